/** A worker: asks the coordinator for work, reads and computes, and posts what came out. */
import type { WorkerCore } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { CoordinatorToWorker, ToWorker, WorkerToCoordinator } from "../shared/messages.js";

/** Byte counts are collected for this long before they are posted. */
const ADVANCE_INTERVAL_MS = 50;

let tensorLast = "";

/** The tensor this worker read last; empty before the first. Names the place of a crash. */
export function lastTensor(): string {
  return tensorLast;
}

/** Either core's worker. */
type WorkerCoreClass = new (files: File[]) => WorkerCore;

/** Starts taking part in runs with workers of the core at hand; call once, after it is loaded. */
export function serveWorker(OwnCore: WorkerCoreClass): void {
  self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
    if (event.data.type === "join") {
      join(event.data.port, OwnCore);
    }
  });
}

/** Takes part in one run, from `begin` to `end`. */
function join(port: MessagePort, OwnCore: WorkerCoreClass): void {
  const counter = new ByteCounter(port);
  let worker: WorkerCore | undefined;
  let work: Promise<void> = Promise.resolve();

  port.onmessage = (event: MessageEvent<CoordinatorToWorker>) => {
    const message = event.data;
    switch (message.type) {
      case "begin":
        try {
          worker = new OwnCore(message.files);
        } catch (thrown) {
          fail(port, thrown);
          return;
        }
        // one for now, and one to go on with at once
        send(port, { type: "want" });
        send(port, { type: "want" });
        break;
      case "work":
        // one after the other: a second one's streams would push the first one's out of cache
        work = work.then(() => worker && execute(worker, message.work, port, counter));
        break;
      case "end":
        port.close();
        // it is in use as long as a read is under way, and that may fail or come yet
        work.finally(freeing(worker));
        worker = undefined;
        break;
    }
  };
}

function execute(
  worker: WorkerCore,
  work: Uint8Array,
  port: MessagePort,
  counter: ByteCounter,
): Promise<void> {
  return worker
    .execute(work, (bytes: number, tensor: string) => counter.count(bytes, tensor))
    .then((result) => {
      const outcome = result as Uint8Array<ArrayBuffer>;
      counter.flush();
      send(port, { type: "outcome", outcome }, [outcome.buffer]);
    })
    .catch((thrown: unknown) => fail(port, thrown));
}

/** Frees this worker, whatever has come into its place by then. */
function freeing(worker: WorkerCore | undefined): () => void {
  return () => worker?.free();
}

function fail(port: MessagePort, thrown: unknown): void {
  send(port, {
    type: "failed",
    failure: failureOf(thrown, { worker: "worker", tensor: tensorLast }),
  });
}

function send(
  port: MessagePort,
  message: WorkerToCoordinator,
  transfer: Transferable[] = [],
): void {
  port.postMessage(message, transfer);
}

/** Adds byte counts up and posts them now and then. */
class ByteCounter {
  readonly #port: MessagePort;
  #bytes = 0;
  #postedMs = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  count(bytes: number, tensor: string): void {
    this.#bytes += bytes;
    tensorLast = tensor;
    if (performance.now() - this.#postedMs >= ADVANCE_INTERVAL_MS) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#bytes > 0) {
      send(this.#port, { type: "advance", bytes: this.#bytes, tensor: tensorLast });
    }
    this.#bytes = 0;
    this.#postedMs = performance.now();
  }
}
