/** The workers, kept warm between runs. */
import type { FromWorker, ToWorker } from "../shared/messages.js";
import type { WorkerConfig } from "./worker-config.js";
import { WorkerHandle } from "./worker-handle.js";

export type PooledWorker = WorkerHandle<ToWorker, FromWorker>;

/** Workers that stand ready. A run takes some and gives them back, or ends them. */
export class WorkerPool {
  readonly #idle = new Map<string, PooledWorker[]>();

  /** Starts workers until all of the config stand ready. */
  fill(config: WorkerConfig): void {
    const idle = this.#of(config);
    while (idle.length < config.workers) {
      idle.push(new WorkerHandle<ToWorker, FromWorker>("worker", config));
    }
  }

  /** Hands out the workers of a config, which have loaded the core. */
  async take(config: WorkerConfig): Promise<PooledWorker[]> {
    this.fill(config);
    const workers = this.#of(config).splice(0, config.workers);
    try {
      await Promise.all(workers.map((worker) => worker.ready));
      return workers;
    } catch (error) {
      this.end(workers);
      throw error;
    }
  }

  /** Takes workers back after a run that went well. */
  giveBack(config: WorkerConfig, workers: PooledWorker[]): void {
    for (const worker of workers) {
      worker.onDeath = () => {};
    }
    this.#of(config).push(...workers);
  }

  /** Takes workers back that loaded for a run that is over, unless others stand in their place. */
  giveBackLate(config: WorkerConfig, workers: PooledWorker[]): void {
    if (this.#of(config).length < config.workers) {
      this.giveBack(config, workers);
    } else {
      this.end(workers);
    }
  }

  /** Ends workers in the middle of their work; what they hold is freed with them. */
  end(workers: PooledWorker[]): void {
    for (const worker of workers) {
      worker.terminate();
    }
  }

  /** The living workers that are like those of the config. */
  #of({ engine, threads }: WorkerConfig): PooledWorker[] {
    const kind = `${engine} ${threads}`;
    const idle = (this.#idle.get(kind) ?? []).filter((worker) => !worker.dead);
    this.#idle.set(kind, idle);
    return idle;
  }
}
