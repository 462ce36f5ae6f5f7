/** One comparison after another: what runs, what came of it, what went wrong. */
import {
  type CompareOptions,
  compare,
  type Failure,
  fingerprint,
  type IdentifyProgress,
  identify,
  type ModelInput,
  openReport,
  type Progress,
  type Report,
  ReportBook,
  WeightkinError,
  type WorkerOptions,
} from "../../weightkin.js";
import { fetchNamed } from "../models/addresses.js";
import {
  bookOf,
  type Found,
  type Phase,
  type SessionEvent,
  type Sought,
  type Wanted,
} from "./phase.js";
import { letSleep, stayAwake } from "./wake-lock.js";

/** Relatives whose whole fingerprints a page reads. */
const NEAREST = 3;

/** Without a byte for this long something is said: a disk that wakes up takes about as long. */
const STALL_MS = 8_000;

export class Session {
  #phase: Phase = { is: "waiting" };
  #found: Found | null = null;
  readonly #tell: (event: SessionEvent) => void;
  readonly #workers: WorkerOptions;
  #stall: ReturnType<typeof setTimeout> | undefined;

  /** `tell` hears everything that happens; `workers` say who does the work of comparisons. */
  constructor(tell: (event: SessionEvent) => void, workers: WorkerOptions = {}) {
    this.#tell = tell;
    this.#workers = workers;
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
    this.#tell({ type: "search-started" });
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
      this.#found = { model, probe, among, identification };
      this.#enter({ is: "waiting" });
      this.#tell({ type: "search-finished", identification });
      return true;
    } catch (thrown) {
      if (signal.aborted) {
        this.#enter({ is: "waiting" });
        this.#tell({ type: "cancelled" });
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
      if (thrown instanceof WeightkinError && thrown.code === "is_a_fingerprint") {
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
    this.#tell({ type: "comparison-started" });
    stayAwake();
    const options: CompareOptions = {
      ...this.#workers,
      ...wanted,
      signal: abort.signal,
      onProgress: (progress) => this.#progress(progress, abort),
      onPartial: (report) => this.#partial(report, models),
    };
    let estimates: Report | undefined;
    let complete = false;
    try {
      if (look) {
        estimates = await compare(models, { ...options, quick: true });
        this.#estimate(await ReportBook.of(estimates), abort);
      }
      const report = await compare(models, options);
      complete = true;
      this.#show(await ReportBook.of(report), false, models);
      this.#tell({ type: "finished", report });
    } catch (thrown) {
      const { phase } = this;
      if (abort.signal.aborted && estimates && phase.is === "running" && phase.estimates) {
        this.#show(phase.estimates, false, models);
        this.#tell({ type: "finished", report: estimates });
      } else if (abort.signal.aborted) {
        this.#enter({ is: "cancelled" });
        this.#tell({ type: "cancelled" });
      } else {
        this.fail(thrown);
      }
    } finally {
      clearTimeout(this.#stall);
      letSleep();
      this.#tell({ type: "comparison-ended", complete });
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
    const failure: Failure =
      thrown instanceof WeightkinError
        ? {
            code: thrown.code,
            message: thrown.message,
            ...(thrown.file === undefined ? {} : { file: thrown.file }),
          }
        : { code: "unexpected", message: String(thrown) };
    if (report !== undefined) {
      failure.file = report;
    }
    const of = report === undefined ? "comparison" : "report";
    this.#enter({ is: "failed", failure, of });
    this.#tell({ type: "failed", failure, of });
  }

  /** What a cancelled comparison had finished, unless something else has begun since. */
  async #partial(report: Report, models: readonly ModelInput[]): Promise<void> {
    const book = await ReportBook.of(report);
    if (this.#phase.is === "cancelled") {
      this.#show(book, false, models);
      this.#tell({ type: "stopped", report });
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
    this.#tell({ type: "estimated", report: estimates.report });
  }

  /**
   * Puts a result in place of the last. `models` are those compared, as far as they are at hand.
   */
  #show(book: ReportBook, reopened: boolean, models: readonly ModelInput[]): void {
    const replaces = this.#phase.is === "running" && this.#phase.estimates !== null;
    const whole = models.filter((_, i) => book.report.models[i]?.fingerprint === undefined);
    this.#enter({ is: "done", book, reopened, models: whole });
    this.#tell({ type: "shown", report: book.report, replaces });
  }

  #progress(progress: Progress, abort: AbortController): void {
    if (abort.signal.aborted || this.#phase.is !== "running") {
      return;
    }
    const before = this.#phase.progress?.fraction ?? 0;
    this.#enter({ ...this.#phase, progress, stalled: false });
    this.#tell({ type: "progress", progress, before });
    this.#expectBytes();
  }

  /** Says so if nothing more is read for a while. The run may still go on, or be cancelled. */
  #expectBytes(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      if (this.#phase.is === "running") {
        this.#enter({ ...this.#phase, stalled: true });
        this.#tell({ type: "stalled" });
      }
    }, STALL_MS);
  }

  #enter(phase: Phase): void {
    const last = bookOf(this.#phase);
    if (last !== bookOf(phase)) {
      last?.close();
    }
    this.#phase = phase;
    this.#tell({ type: "changed" });
  }
}
