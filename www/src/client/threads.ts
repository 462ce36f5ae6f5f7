/** The threads of one worker's pool. */
import type { PoolStatus, ThreadStatus, ToThread } from "../shared/messages.js";
import { startWorker } from "./script.js";
import { compiledCore } from "./wasm.js";

export class Threads {
  readonly #workers: Worker[] = [];
  readonly #onDeath: (reason: string) => void;

  /** `onDeath` is told why a thread is beyond use; the pool is then, too. */
  constructor(onDeath: (reason: string) => void) {
    this.#onDeath = onDeath;
  }

  /** Starts as many as the worker asks for; they wait for their work when this resolves. */
  async start({ threads, memory, receiver }: PoolStatus): Promise<void> {
    const module = await compiledCore("threads");
    this.#workers.push(...Array.from({ length: threads }, () => startWorker("thread")));
    await this.#tell({ type: "load", module, memory });
    await this.#tell({ type: "begin", receiver });
  }

  terminate(): void {
    for (const worker of this.#workers) {
      worker.terminate();
    }
  }

  /** Tells all of them and waits for the answers. */
  async #tell(message: ToThread): Promise<void> {
    await Promise.all(
      this.#workers.map((worker) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        worker.onmessage = ({ data }: MessageEvent<ThreadStatus>) =>
          data.type === "ready" ? resolve() : this.#onDeath(data.message);
        worker.onerror = (event) => {
          event.preventDefault();
          this.#onDeath(event.message || "its script could not be loaded");
        };
        worker.postMessage(message);
        return promise;
      }),
    );
  }
}
