/** The page's side of the coordinator: requests with answers, and runs with listeners. */
import { WeightkinError } from "../shared/error.js";
import type {
  CoordinatorAnswers,
  CoordinatorRequest,
  FromCoordinator,
  HeldReport,
  Result,
  Task,
  ToCoordinator,
} from "../shared/messages.js";
import type { Progress } from "../shared/types.js";
import { WorkerHandle } from "./worker-handle.js";

interface Waiting {
  resolve: (body: never) => void;
  reject: (error: WeightkinError) => void;
}

/** What a run tells the page; its result settles once. */
interface RunWaiting {
  onProgress: (progress: Progress) => void;
  resolve: (result: Result) => void;
  reject: (error: WeightkinError) => void;
}

/** A run under way. */
export interface StartedRun {
  result: Promise<Result>;
  /** Ends the run; resolves to the report on what was finished, or `null`. Never rejects. */
  cancel: () => Promise<HeldReport | null>;
}

export class CoordinatorClient {
  readonly #worker = new WorkerHandle<ToCoordinator, FromCoordinator>("coordinator", {
    engine: "workers",
    threads: 0,
  });
  readonly #requests = new Map<number, Waiting>();
  readonly #runs = new Map<number, RunWaiting>();
  readonly #cancelled = new Map<number, (partial: HeldReport | null) => void>();
  #ids = 0;

  constructor() {
    this.#worker.onMessage = (message) => this.#hear(message);
    this.#worker.onDeath = (error) => {
      for (const waiting of [...this.#requests.values(), ...this.#runs.values()]) {
        waiting.reject(error);
      }
      for (const handOver of this.#cancelled.values()) {
        handOver(null);
      }
      this.#requests.clear();
      this.#runs.clear();
      this.#cancelled.clear();
    };
  }

  get dead(): boolean {
    return this.#worker.dead;
  }

  /** Asks one thing of the coordinator. */
  async ask<R extends CoordinatorRequest>(body: R): Promise<CoordinatorAnswers[R["type"]]> {
    await this.#worker.ready;
    const { promise, resolve, reject } = Promise.withResolvers<CoordinatorAnswers[R["type"]]>();
    this.#ids += 1;
    this.#worker.post({ type: "request", request: this.#ids, body });
    this.#requests.set(this.#ids, { resolve, reject });
    return promise;
  }

  /** Starts a run over open models, with one port to each worker. */
  start(task: Task, ports: MessagePort[], onProgress: (progress: Progress) => void): StartedRun {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#ids += 1;
    const run = this.#ids;
    this.#worker.post({ type: "start", run, task, ports }, ports);
    this.#runs.set(run, { onProgress, resolve, reject });
    const cancel = async () => {
      if (!this.#runs.delete(run) || this.dead) {
        return null;
      }
      const { promise: partial, resolve: handOver } = Promise.withResolvers<HeldReport | null>();
      this.#cancelled.set(run, handOver);
      this.#worker.post({ type: "cancel", run });
      return partial;
    };
    return { result: promise, cancel };
  }

  #hear(message: Exclude<FromCoordinator, { type: "ready" } | { type: "crashed" }>): void {
    switch (message.type) {
      case "answer":
        this.#requests.get(message.request)?.resolve(message.body as never);
        this.#requests.delete(message.request);
        break;
      case "refused":
        this.#requests.get(message.request)?.reject(new WeightkinError(message.failure));
        this.#requests.delete(message.request);
        break;
      case "progress":
        this.#runs.get(message.run)?.onProgress(message.progress);
        break;
      case "finished":
        this.#runs.get(message.run)?.resolve(message.result);
        this.#runs.delete(message.run);
        break;
      case "failed":
        this.#runs.get(message.run)?.reject(new WeightkinError(message.failure));
        this.#runs.delete(message.run);
        break;
      case "cancelled":
        this.#cancelled.get(message.run)?.(message.report);
        this.#cancelled.delete(message.run);
        break;
    }
  }
}

let sharedInstance: CoordinatorClient | undefined;

/** The coordinator; a new one if the last crashed. */
export function sharedCoordinator(): CoordinatorClient {
  if (sharedInstance === undefined || sharedInstance.dead) {
    sharedInstance = new CoordinatorClient();
  }
  return sharedInstance;
}
