/** One comparison after another: what runs, what came of it, what went wrong. */
import {
  type CompareOptions,
  compare,
  type Failure,
  type ModelInput,
  openReport,
  type Progress,
  type Report,
  type ReportBook,
  reportText,
  WeightkinError,
} from "../weightkin.js";
import { formatPercent } from "./format.js";
import { headlineSentence } from "./result/headline.js";
import { plainWords, t } from "./strings.js";
import { letSleep, stayAwake } from "./wake-lock.js";

export type Phase =
  | { is: "waiting" }
  | { is: "loading" }
  | { is: "running"; names: string[]; progress: Progress | null; abort: AbortController }
  | { is: "done"; book: ReportBook; reopened: boolean }
  | { is: "cancelled" }
  | { is: "failed"; failure: Failure; title: string };

/** Whoever shows a session. */
export interface Stage {
  /** Puts its words in use (see `strings.ts`). */
  speak: () => void;
  /** The phase is another, or has moved on. */
  changed: () => void;
  /** Says something to whoever does not see the screen. */
  announce: (words: string) => void;
  /** Moves focus and view to what is new. */
  focus: (selector: string, block?: ScrollLogicalPosition) => void;
  /** A comparison has moved on, or is over (`null`). */
  progressed: (progress: Progress | null) => void;
  /** A comparison has come to its end. */
  finished: (report: Report) => void;
  /** A cancelled comparison has left a result on what it had finished, which is now shown. */
  stopped?: (report: Report) => void;
  /** Something has gone wrong. */
  failed: (failure: Failure) => void;
}

/** The live region speaks at every tenth. */
const ANNOUNCEMENTS = 10;

export class Session {
  #phase: Phase = { is: "waiting" };
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get busy(): boolean {
    return this.#phase.is === "running" || this.#phase.is === "loading";
  }

  /** Files are on their way from somewhere; `ready()` follows, or a failure. */
  load(): void {
    this.#enter({ is: "loading" });
  }

  ready(): void {
    this.#enter({ is: "waiting" });
  }

  /** Shows a report's JSON text; the models are not needed for it. `name` is said if it fails. */
  async reopen(text: Promise<string>, name: string): Promise<void> {
    try {
      this.#show(await openReport(await text), true);
    } catch (thrown) {
      this.fail(thrown, name);
    }
  }

  async compare(
    models: readonly ModelInput[],
    wanted: Pick<CompareOptions, "ancestor" | "includeVae">,
  ): Promise<void> {
    const abort = new AbortController();
    const names = models.map(({ name }) => name ?? "");
    this.#enter({ is: "running", names, progress: null, abort });
    this.#stage.announce(t.progress.title);
    this.#stage.focus("#cancel");
    stayAwake();
    const options: CompareOptions = {
      ...wanted,
      signal: abort.signal,
      onProgress: (progress) => this.#progress(progress, names, abort),
      onPartial: (report) => this.#partial(report),
    };
    try {
      const report = await compare(models, options);
      this.#show(await openReport(reportText(report)), false);
      this.#stage.finished(report);
    } catch (thrown) {
      if (abort.signal.aborted) {
        this.#enter({ is: "cancelled" });
        this.#stage.announce(t.outcome.cancelled);
      } else {
        this.fail(thrown);
      }
      this.#stage.focus("#compare");
    } finally {
      letSleep();
      this.#stage.progressed(null);
    }
  }

  /** Ends a running comparison. */
  cancel(): void {
    if (this.#phase.is === "running") {
      this.#phase.abort.abort();
    }
  }

  /** Shows what went wrong; `report` is the report that could not be opened, if it was one. */
  fail(thrown: unknown, report?: string): void {
    this.#stage.speak();
    const title = report === undefined ? t.outcome.failed : t.outcome.report_failed;
    const failure: Failure =
      thrown instanceof WeightkinError
        ? {
            kind: thrown.kind,
            message: thrown.message,
            ...(thrown.file === undefined ? {} : { file: thrown.file }),
          }
        : { kind: "unexpected", message: String(thrown) };
    if (report !== undefined) {
      failure.file = report;
    }
    this.#enter({ is: "failed", failure, title });
    this.#stage.announce(`${title} ${plainWords(failure)}`);
    this.#stage.failed(failure);
  }

  /** What a cancelled comparison had finished, unless something else has begun since. */
  async #partial(report: Report): Promise<void> {
    const book = await openReport(reportText(report));
    if (this.#phase.is === "cancelled") {
      this.#show(book, false);
      this.#stage.stopped?.(report);
    } else {
      book.close();
    }
  }

  /** Puts a result in place of the last. */
  #show(book: ReportBook, reopened: boolean): void {
    this.#enter({ is: "done", book, reopened });
    this.#stage.announce(headlineSentence(book.report));
    this.#stage.focus("#headline", "start");
  }

  #progress(progress: Progress, names: string[], abort: AbortController): void {
    if (abort.signal.aborted || this.#phase.is !== "running") {
      return;
    }
    const tenth = (fraction: number) => Math.floor(fraction * ANNOUNCEMENTS);
    if (tenth(progress.fraction) > tenth(this.#phase.progress?.fraction ?? 0)) {
      this.#stage.announce(t.outcome.announce_percent(formatPercent(progress.fraction)));
    }
    this.#enter({ is: "running", names, progress, abort });
    this.#stage.progressed(progress);
  }

  #enter(phase: Phase): void {
    const last = this.#phase;
    if (last.is === "done") {
      last.book.close();
    }
    this.#phase = phase;
    this.#stage.speak();
    this.#stage.changed();
  }
}
