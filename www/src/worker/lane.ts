/** A lane: asks the desk for work, reads and computes, and posts what came out. */
import type { WorkerCore } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { DeskToLane, LaneToDesk, ToLane } from "../shared/messages.js";

/** Byte counts are collected for this long before they are posted. */
const ADVANCE_INTERVAL_MS = 50;

let tensor_last = "";

/** The tensor this worker read last; empty before the first. Names the place of a crash. */
export function lastTensor(): string {
  return tensor_last;
}

/** Either core's lane. */
type LaneClass = new (files: File[]) => WorkerCore;

/** Starts taking part in runs with lanes of the core at hand; call once, after it is loaded. */
export function serveLane(OwnLane: LaneClass): void {
  self.addEventListener("message", (event: MessageEvent<ToLane>) => {
    if (event.data.type === "join") {
      join(event.data.port, OwnLane);
    }
  });
}

/** Takes part in one run, from `begin` to `end`. */
function join(port: MessagePort, OwnLane: LaneClass): void {
  const meter = new Meter(port);
  let lane: WorkerCore | undefined;
  let work: Promise<void> = Promise.resolve();

  port.onmessage = (event: MessageEvent<DeskToLane>) => {
    const message = event.data;
    switch (message.type) {
      case "begin":
        try {
          lane = new OwnLane(message.files);
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
        work = work.then(() => lane && execute(lane, message.work, port, meter));
        break;
      case "end":
        port.close();
        // it is in use as long as a read is under way, and that may fail or come yet
        work.finally(freeing(lane));
        lane = undefined;
        break;
    }
  };
}

function execute(
  lane: WorkerCore,
  work: Uint8Array,
  port: MessagePort,
  meter: Meter,
): Promise<void> {
  return lane
    .execute(work, (bytes: number, tensor: string) => meter.count(bytes, tensor))
    .then((result) => {
      const outcome = result as Uint8Array<ArrayBuffer>;
      meter.flush();
      send(port, { type: "outcome", outcome }, [outcome.buffer]);
    })
    .catch((thrown: unknown) => fail(port, thrown));
}

/** Frees this lane, whatever has come into its place by then. */
function freeing(lane: WorkerCore | undefined): () => void {
  return () => lane?.free();
}

function fail(port: MessagePort, thrown: unknown): void {
  send(port, {
    type: "failed",
    failure: failureOf(thrown, { worker: "lane", tensor: tensor_last }),
  });
}

function send(port: MessagePort, message: LaneToDesk, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer);
}

/** Adds byte counts up and posts them now and then. */
class Meter {
  readonly #port: MessagePort;
  #bytes = 0;
  #posted_ms = 0;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  count(bytes: number, tensor: string): void {
    this.#bytes += bytes;
    tensor_last = tensor;
    if (performance.now() - this.#posted_ms >= ADVANCE_INTERVAL_MS) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#bytes > 0) {
      send(this.#port, { type: "advance", bytes: this.#bytes, tensor: tensor_last });
    }
    this.#bytes = 0;
    this.#posted_ms = performance.now();
  }
}
