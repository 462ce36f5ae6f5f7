/** One run as the coordinator sees it: hands out work, folds outcomes, says how far it is. */
import { progressOf, type ReportView, type Run } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { CoordinatorToWorker, WorkerToCoordinator } from "../shared/messages.js";
import type { Failure, Progress } from "../shared/types.js";
import type { ChangeDetector } from "./change-detector.js";

/** Progress reaches the page at most this often. */
const PROGRESS_INTERVAL_MS = 100;

/** Whom a run reports to. `closed` is called exactly once, after everything else. */
export interface RunListener {
  progress(progress: Progress): void;
  /** Takes over the report of a comparison. */
  reported(view: ReportView): void;
  fingerprinted(bytes: Uint8Array<ArrayBuffer>): void;
  failed(failure: Failure): void;
  closed(): void;
}

export class RunDriver {
  readonly #run: Run;
  readonly #ports: MessagePort[];
  readonly #listener: RunListener;
  readonly #startedMs = performance.now();
  #toldMs = Number.NEGATIVE_INFINITY;
  #tellLater: ReturnType<typeof setTimeout> | undefined;
  #workOut = 0;
  readonly #changes: readonly ChangeDetector[];
  #finishing = false;
  #closed = false;

  /** `changes` are those of the files that are read. */
  constructor(
    run: Run,
    ports: MessagePort[],
    changes: readonly ChangeDetector[],
    listener: RunListener,
  ) {
    this.#run = run;
    this.#changes = changes;
    this.#ports = ports;
    this.#listener = listener;
  }

  /** Hands the files to every worker; each then asks for its first work. */
  begin(): void {
    this.#tell();
    const files = this.#run.files();
    for (const [worker, port] of this.#ports.entries()) {
      port.onmessage = (event: MessageEvent<WorkerToCoordinator>) =>
        this.#hear(worker, port, event.data);
      port.onmessageerror = () => {
        this.#fail({ code: "worker_crashed", message: "a worker's message could not be read" });
      };
      send(port, { type: "begin", files });
    }
  }

  /** Ends the run where it stands and frees it. Workers may be gone already. */
  stop(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    for (const port of this.#ports) {
      send(port, { type: "end" });
      port.close();
    }
    this.#run.free();
    this.#listener.closed();
  }

  /** Ends the run and returns the report on what was finished, if anything was. */
  cancel(): ReportView | undefined {
    if (this.#closed) {
      return undefined;
    }
    const report = this.#run.report();
    this.stop();
    return report;
  }

  #hear(worker: number, port: MessagePort, message: WorkerToCoordinator): void {
    if (this.#closed) {
      return;
    }
    try {
      switch (message.type) {
        case "advance":
          this.#run.advance(message.bytes, message.tensor);
          break;
        case "outcome":
          this.#workOut -= 1;
          this.#run.accept(message.outcome);
          this.#give(worker, port);
          break;
        case "want":
          this.#give(worker, port);
          break;
        case "failed":
          this.#fail(message.failure);
          return;
      }
      this.#tellNowAndThen();
    } catch (thrown) {
      this.#fail(failureOf(thrown, { worker: "coordinator" }));
    }
  }

  #give(worker: number, port: MessagePort): void {
    const work = this.#run.next(worker) as Uint8Array<ArrayBuffer> | undefined;
    if (work) {
      this.#workOut += 1;
      send(port, { type: "work", work }, [work.buffer]);
    } else if (this.#workOut === 0 && !this.#finishing) {
      this.#finishing = true;
      this.#finish().catch((thrown) => this.#fail(failureOf(thrown, { worker: "coordinator" })));
    }
  }

  async #finish(): Promise<void> {
    if (!this.#run.finished()) {
      throw new Error("all work is done, but the run is not finished");
    }
    await Promise.all(this.#changes.map((changes) => changes.confirm()));
    // cancelled in the meantime
    if (this.#closed) {
      return;
    }
    const report = this.#run.report();
    const bytes = report ? undefined : this.#run.fingerprint();
    this.#tell();
    this.stop();
    if (report) {
      this.#listener.reported(report);
    } else if (bytes) {
      this.#listener.fingerprinted(bytes as Uint8Array<ArrayBuffer>);
    } else {
      throw new Error("a finished run has no result");
    }
  }

  #fail(failure: Failure): void {
    if (this.#closed) {
      return;
    }
    this.stop();
    this.#listener.failed(failure);
  }

  /** What comes too soon after the last is told later, or a run that stalls would look behind. */
  #tellNowAndThen(): void {
    const waitMs = this.#toldMs + PROGRESS_INTERVAL_MS - performance.now();
    if (this.#closed || this.#finishing) {
      return;
    }
    if (waitMs <= 0) {
      this.#tell();
    } else {
      this.#tellLater ??= setTimeout(() => this.#tell(), waitMs);
    }
  }

  #tell(): void {
    clearTimeout(this.#tellLater);
    this.#tellLater = undefined;
    if (this.#closed) {
      return;
    }
    this.#toldMs = performance.now();
    this.#listener.progress(progressOf(this.#run, this.#toldMs - this.#startedMs));
  }
}

function send(
  port: MessagePort,
  message: CoordinatorToWorker,
  transfer: Transferable[] = [],
): void {
  port.postMessage(message, transfer);
}
