/** Starts workers and watches over them. */
import { WeightkinError } from "../shared/error.js";
import type { Become, PoolStatus, WorkerStatus } from "../shared/messages.js";
import { startWorker } from "./script.js";
import { Threads } from "./threads.js";
import { compiledCore } from "./wasm.js";
import type { WorkerConfig } from "./worker-config.js";

/** A worker in one role: its start, its death and its messages. */
export class WorkerHandle<In, Out extends { type: string }> {
  /** Settles when the worker has loaded the core. */
  readonly ready: Promise<void>;
  /** Called at most once, when the worker is beyond use. It is terminated already. */
  onDeath: (error: WeightkinError) => void = () => {};
  /** Called for every message but those about the worker's own state. */
  onMessage: (message: Exclude<Out, WorkerStatus>) => void = () => {};
  readonly #worker: Worker;
  readonly #role: Become["role"];
  readonly #threads = new Threads((reason) => this.#die(`a thread: ${reason}`));
  readonly #settle: { ready: () => void; dead: (error: WeightkinError) => void };
  #dead = false;
  #death: WeightkinError | undefined;

  constructor(role: Become["role"], { engine, threads }: Pick<WorkerConfig, "engine" | "threads">) {
    this.#role = role;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.ready.catch(() => {}); // whoever needs the worker awaits `ready` and meets the error there
    this.#settle = { ready: resolve, dead: reject };
    this.#worker = startWorker(engine);
    this.#worker.onmessage = (event: MessageEvent<Out | WorkerStatus>) => this.#hear(event.data);
    this.#worker.onmessageerror = () => this.#die("its message could not be read");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(event.message || "its script could not be loaded");
    };
    compiledCore(engine).then(
      (module) =>
        this.#worker.postMessage({ type: "become", role, module, threads } satisfies Become),
      (error: WeightkinError) => this.#end(error),
    );
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Throws the error the worker died of, if it did: a message to it would never be answered. */
  post(message: In, transfer: Transferable[] = []): void {
    if (this.#death) {
      throw this.#death;
    }
    this.#worker.postMessage(message, transfer);
  }

  /** Ends the worker at once, whatever it is doing. `onDeath` is not called. */
  terminate(): void {
    this.#dead = true;
    this.#worker.terminate();
    this.#threads.terminate();
  }

  #hear(message: Out | WorkerStatus): void {
    if (this.#dead) {
      return;
    }
    if (message.type === "pool") {
      this.#threads.start(message as PoolStatus).then(
        () => this.#worker.postMessage(null),
        (thrown) => this.#die(String(thrown)),
      );
    } else if (message.type === "ready") {
      this.#settle.ready();
    } else if (message.type === "crashed") {
      this.#end(
        new WeightkinError((message as Extract<WorkerStatus, { type: "crashed" }>).failure),
      );
    } else {
      this.onMessage(message as Exclude<Out, WorkerStatus>);
    }
  }

  #die(reason: string): void {
    const code = `${this.#role}_crashed`;
    this.#end(new WeightkinError({ code, message: `a ${this.#role} crashed: ${reason}` }));
  }

  #end(error: WeightkinError): void {
    if (!this.#dead) {
      this.terminate();
      this.#death = error;
      this.#settle.dead(error);
      this.onDeath(error);
    }
  }
}
