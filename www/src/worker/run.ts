/** One run as the desk sees it: hands out work, folds outcomes, says how far it is. */
import { progressOf, type Run, resultOf } from "../core.js";
import { failureOf } from "../shared/error.js";
import type { DeskToLane, LaneToDesk, Result } from "../shared/messages.js";
import type { Failure, Progress } from "../shared/types.js";
import { Witness } from "./witness.js";

/** Progress reaches the page at most this often. */
const PROGRESS_INTERVAL_MS = 100;

/** Whom a run reports to. `closed` is called exactly once, after everything else. */
export interface RunListener {
  progress(progress: Progress): void;
  finished(result: Result): void;
  failed(failure: Failure): void;
  closed(): void;
}

export class RunDesk {
  readonly #run: Run;
  readonly #ports: MessagePort[];
  readonly #listener: RunListener;
  readonly #started_ms = performance.now();
  #told_ms = Number.NEGATIVE_INFINITY;
  #tell_later: ReturnType<typeof setTimeout> | undefined;
  #work_out = 0;
  #witness: Witness | undefined;
  #finishing = false;
  #closed = false;

  constructor(run: Run, ports: MessagePort[], listener: RunListener) {
    this.#run = run;
    this.#ports = ports;
    this.#listener = listener;
  }

  /** Hands the files to every lane; each then asks for its first work. */
  begin(): void {
    this.#tell();
    const files = this.#run.files();
    this.#witness = new Witness(files);
    for (const [lane, port] of this.#ports.entries()) {
      port.onmessage = (event: MessageEvent<LaneToDesk>) => this.#hear(lane, port, event.data);
      port.onmessageerror = () => {
        this.#fail({ kind: "lane_crashed", message: "a lane's message could not be read" });
      };
      send(port, { type: "begin", files });
    }
  }

  /** Ends the run where it stands and frees it. Lanes may be gone already. */
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
  cancel(): string | null {
    if (this.#closed) {
      return null;
    }
    const report = this.#run.report() ?? null;
    this.stop();
    return report;
  }

  #hear(lane: number, port: MessagePort, message: LaneToDesk): void {
    if (this.#closed) {
      return;
    }
    try {
      switch (message.type) {
        case "advance":
          this.#run.advance(message.bytes, message.tensor);
          break;
        case "outcome":
          this.#work_out -= 1;
          this.#run.accept(message.outcome);
          this.#give(lane, port);
          break;
        case "want":
          this.#give(lane, port);
          break;
        case "failed":
          this.#fail(message.failure);
          return;
      }
      this.#tellNowAndThen();
    } catch (thrown) {
      this.#fail(failureOf(thrown, { worker: "desk" }));
    }
  }

  #give(lane: number, port: MessagePort): void {
    const work = this.#run.next(lane) as Uint8Array<ArrayBuffer> | undefined;
    if (work) {
      this.#work_out += 1;
      send(port, { type: "work", work }, [work.buffer]);
    } else if (this.#work_out === 0 && !this.#finishing) {
      this.#finishing = true;
      this.#finish().catch((thrown) => this.#fail(failureOf(thrown, { worker: "desk" })));
    }
  }

  async #finish(): Promise<void> {
    if (!this.#run.finished()) {
      throw new Error("all work is done, but the run is not finished");
    }
    await this.#witness?.confirm();
    // cancelled in the meantime
    if (this.#closed) {
      return;
    }
    const result = resultOf(this.#run);
    if (result === undefined) {
      throw new Error("a finished run has no result");
    }
    this.#tell();
    this.stop();
    this.#listener.finished(result);
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
    const wait_ms = this.#told_ms + PROGRESS_INTERVAL_MS - performance.now();
    if (this.#closed || this.#finishing) {
      return;
    }
    if (wait_ms <= 0) {
      this.#tell();
    } else {
      this.#tell_later ??= setTimeout(() => this.#tell(), wait_ms);
    }
  }

  #tell(): void {
    clearTimeout(this.#tell_later);
    this.#tell_later = undefined;
    if (this.#closed) {
      return;
    }
    this.#told_ms = performance.now();
    this.#listener.progress(progressOf(this.#run, this.#told_ms - this.#started_ms));
  }
}

function send(port: MessagePort, message: DeskToLane, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer);
}
