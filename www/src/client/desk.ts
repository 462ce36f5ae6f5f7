/** The page's side of the desk: requests with answers, and runs with listeners. */
import { WeightkinError } from "../shared/error.js";
import type {
  DeskAnswers,
  DeskRequest,
  FromDesk,
  Result,
  Task,
  ToDesk,
} from "../shared/messages.js";
import type { Progress } from "../shared/types.js";
import { Warden } from "./worker.js";

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
  cancel: () => Promise<string | null>;
}

export class DeskClient {
  readonly #worker = new Warden<ToDesk, FromDesk>("desk", { engine: "lanes", threads: 0 });
  readonly #requests = new Map<number, Waiting>();
  readonly #runs = new Map<number, RunWaiting>();
  readonly #cancelled = new Map<number, (partial: string | null) => void>();
  #ids = 0;

  constructor() {
    this.#worker.onMessage = (message) => this.#hear(message);
    this.#worker.onDeath = (error) => {
      for (const waiting of [...this.#requests.values(), ...this.#runs.values()]) {
        waiting.reject(error);
      }
      for (const hand_over of this.#cancelled.values()) {
        hand_over(null);
      }
      this.#requests.clear();
      this.#runs.clear();
      this.#cancelled.clear();
    };
  }

  get dead(): boolean {
    return this.#worker.dead;
  }

  /** Asks one thing of the desk. */
  async ask<R extends DeskRequest>(body: R): Promise<DeskAnswers[R["type"]]> {
    await this.#worker.ready;
    const { promise, resolve, reject } = Promise.withResolvers<DeskAnswers[R["type"]]>();
    this.#ids += 1;
    this.#worker.post({ type: "request", request: this.#ids, body });
    this.#requests.set(this.#ids, { resolve, reject });
    return promise;
  }

  /** Starts a run over open models, with one port to each lane. */
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
      const { promise: partial, resolve: handOver } = Promise.withResolvers<string | null>();
      this.#cancelled.set(run, handOver);
      this.#worker.post({ type: "cancel", run });
      return partial;
    };
    return { result: promise, cancel };
  }

  #hear(message: Exclude<FromDesk, { type: "ready" } | { type: "crashed" }>): void {
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
