/** One comparison after another: what runs, what came of it, what went wrong. */
import {
  type CompareOptions,
  type CrewOptions,
  compare,
  type Failure,
  fingerprint,
  type Identification,
  type IdentifyProgress,
  identify,
  type ModelInput,
  openReport,
  type Progress,
  type Report,
  ReportBook,
  WeightkinError,
} from "../weightkin.js";
import type { PathedFiles } from "./dropped.js";
import { formatPercent } from "./format.js";
import { fetchNamed } from "./relatives.js";
import { headlineSentence } from "./result/headline.js";
import { plainWords, t } from "./strings.js";
import { letSleep, stayAwake } from "./wake-lock.js";

export type Phase =
  | { is: "waiting" }
  | { is: "loading" }
  | { is: "seeking"; progress: IdentifyProgress | null; abort: AbortController }
  | Running
  | { is: "done"; book: ReportBook; reopened: boolean; models: readonly ModelInput[] }
  | { is: "cancelled" }
  | { is: "failed"; failure: Failure; title: string };

interface Running {
  is: "running";
  names: string[];
  progress: Progress | null;
  abort: AbortController;
  /** Nothing has been read for a while. */
  stalled: boolean;
  /** The report of a quick look, shown until the exact one is there. */
  estimates: ReportBook | null;
}

/** What a search is for, and where. */
export interface Sought {
  model: ModelInput;
  /** Its fingerprint, as soon as there is one. */
  probe?: ModelInput;
  among: PathedFiles;
}

/** The outcome of a search. */
export interface Found extends Sought {
  probe: ModelInput;
  identification: Identification;
}

/** Relatives whose whole fingerprints a page reads. */
const NEAREST = 3;

/** What a comparison is to be like. */
export interface Wanted extends Pick<CompareOptions, "ancestor" | "includeVae"> {
  /** Worth a quick look first: the exact comparison takes longer than a moment. */
  look?: boolean;
}

/** Whoever shows a session. */
export interface Stage {
  /** Who does the work of comparisons. */
  crew?: CrewOptions;
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

/** Without a byte for this long something is said: a disk that wakes up takes about as long. */
const STALL_MS = 8_000;

export class Session {
  #phase: Phase = { is: "waiting" };
  #found: Found | null = null;
  readonly #stage: Stage;
  #stall: ReturnType<typeof setTimeout> | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get busy(): boolean {
    return ["running", "loading", "seeking"].includes(this.#phase.is);
  }

  /** What the last search has found, as long as nothing else is asked. */
  get found(): Found | null {
    return this.#found;
  }

  /** Files are on their way from somewhere; `ready()` follows, or a failure. */
  load(): void {
    this.#enter({ is: "loading" });
  }

  ready(): void {
    this.#enter({ is: "waiting" });
  }

  /** Forgets what was found: it is no answer to what is asked next. */
  forget(): void {
    this.#found = null;
  }

  /** Ranks many models by how close they are to one. Resolves to whether it came to its end. */
  async seek({ model, probe: known, among }: Sought): Promise<boolean> {
    const abort = new AbortController();
    const { signal } = abort;
    this.#found = null;
    const progress = (progress: IdentifyProgress | null) => {
      if (!signal.aborted) {
        this.#enter({ is: "seeking", progress, abort });
      }
    };
    progress(null);
    this.#stage.announce(t.found.seeking);
    this.#stage.focus("#cancel");
    stayAwake();
    try {
      const probe = known ?? (await this.#probe(model, signal, progress));
      const { files, paths } = among;
      const identification = await identify(probe, files, {
        paths,
        top: NEAREST,
        get: fetchNamed,
        signal,
        onProgress: progress,
      });
      const { foundSentence } = await import("./result/found.js");
      this.#found = { model, probe, among, identification };
      this.#enter({ is: "waiting" });
      this.#stage.announce(foundSentence(identification));
      this.#stage.focus("#found", "start");
      return true;
    } catch (thrown) {
      if (signal.aborted) {
        this.#enter({ is: "waiting" });
        this.#stage.announce(t.outcome.cancelled);
      } else {
        this.fail(thrown);
      }
      return false;
    } finally {
      letSleep();
    }
  }

  /** The fingerprint of a model, made now unless it is one. */
  async #probe(
    model: ModelInput,
    signal: AbortSignal,
    tell: (progress: IdentifyProgress) => void,
  ): Promise<ModelInput> {
    try {
      const onProgress = ({ bytes_done: done, bytes_total: total }: Progress) =>
        tell({ step: "sample", done, total });
      return { files: [await fingerprint(model, { signal, onProgress })] };
    } catch (thrown) {
      if (thrown instanceof WeightkinError && thrown.kind === "is_a_fingerprint") {
        return model;
      }
      throw thrown;
    }
  }

  /** Shows a report's JSON text; the models are not needed for it. `name` is said if it fails. */
  async reopen(text: Promise<string>, name: string): Promise<void> {
    try {
      this.#show(await openReport(await text), true, []);
    } catch (thrown) {
      this.fail(thrown, name);
    }
  }

  async compare(models: readonly ModelInput[], { look, ...wanted }: Wanted): Promise<void> {
    const abort = new AbortController();
    const names = models.map(({ name }) => name ?? "");
    this.#enter({ is: "running", names, progress: null, abort, stalled: false, estimates: null });
    this.#expectBytes();
    this.#stage.announce(t.progress.title);
    this.#stage.focus("#cancel");
    stayAwake();
    const options: CompareOptions = {
      ...this.#stage.crew,
      ...wanted,
      signal: abort.signal,
      onProgress: (progress) => this.#progress(progress, abort),
      onPartial: (report) => this.#partial(report, models),
    };
    let estimates: Report | undefined;
    try {
      if (look) {
        estimates = await compare(models, { ...options, quick: true });
        this.#estimate(await ReportBook.of(estimates), abort);
      }
      const report = await compare(models, options);
      this.#show(await ReportBook.of(report), false, models);
      this.#stage.finished(report);
    } catch (thrown) {
      const { phase } = this;
      if (abort.signal.aborted && estimates && phase.is === "running" && phase.estimates) {
        this.#show(phase.estimates, false, models);
        this.#stage.finished(estimates);
      } else if (abort.signal.aborted) {
        this.#enter({ is: "cancelled" });
        this.#stage.announce(t.outcome.cancelled);
      } else {
        this.fail(thrown);
      }
      this.#stage.focus("#compare");
    } finally {
      clearTimeout(this.#stall);
      letSleep();
      this.#stage.progressed(null);
    }
  }

  /** Ends a running comparison. */
  cancel(): void {
    if (this.#phase.is === "running" || this.#phase.is === "seeking") {
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
  async #partial(report: Report, models: readonly ModelInput[]): Promise<void> {
    const book = await ReportBook.of(report);
    if (this.#phase.is === "cancelled") {
      this.#show(book, false, models);
      this.#stage.stopped?.(report);
    } else {
      book.close();
    }
  }

  /** Shows what a quick look has found while the comparison goes on. */
  #estimate(estimates: ReportBook, abort: AbortController): void {
    if (abort.signal.aborted || this.#phase.is !== "running") {
      estimates.close();
      abort.signal.throwIfAborted();
      return;
    }
    this.#enter({ ...this.#phase, progress: null, stalled: false, estimates });
    this.#expectBytes();
    this.#stage.announce(headlineSentence(estimates.report));
  }

  /**
   * Puts a result in place of the last. Whoever has been reading estimates is left where they are.
   * `models` are those compared, as far as they are at hand.
   */
  #show(book: ReportBook, reopened: boolean, models: readonly ModelInput[]): void {
    const is_new = this.#phase.is !== "running" || this.#phase.estimates === null;
    const whole = models.filter((_, i) => book.report.models[i]?.fingerprint === undefined);
    this.#enter({ is: "done", book, reopened, models: whole });
    this.#stage.announce(headlineSentence(book.report));
    if (is_new) {
      this.#stage.focus("#headline", "start");
    }
  }

  #progress(progress: Progress, abort: AbortController): void {
    if (abort.signal.aborted || this.#phase.is !== "running") {
      return;
    }
    const tenth = (fraction: number) => Math.floor(fraction * ANNOUNCEMENTS);
    if (tenth(progress.fraction) > tenth(this.#phase.progress?.fraction ?? 0)) {
      this.#stage.announce(t.outcome.announce_percent(formatPercent(progress.fraction)));
    }
    this.#enter({ ...this.#phase, progress, stalled: false });
    this.#stage.progressed(progress);
    this.#expectBytes();
  }

  /** Says so if nothing more is read for a while. The run may still go on, or be cancelled. */
  #expectBytes(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      if (this.#phase.is === "running") {
        this.#enter({ ...this.#phase, stalled: true });
        this.#stage.announce(t.progress.stalled);
      }
    }, STALL_MS);
  }

  #enter(phase: Phase): void {
    const last = bookOf(this.#phase);
    if (last !== bookOf(phase)) {
      last?.close();
    }
    this.#phase = phase;
    this.#stage.speak();
    this.#stage.changed();
  }
}

/** The report that is shown in a phase. */
function bookOf(phase: Phase): ReportBook | null {
  switch (phase.is) {
    case "running":
      return phase.estimates;
    case "done":
      return phase.book;
    default:
      return null;
  }
}
