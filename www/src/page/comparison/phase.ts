/** Where a session is, and what it tells as it goes on: facts, no sentences. */
import type {
  CompareOptions,
  Failure,
  Identification,
  IdentifyProgress,
  ModelInput,
  Progress,
  Report,
  ReportBook,
} from "../../weightkin.js";
import type { PathedFiles } from "../models/dropped.js";

export type Phase =
  | { is: "waiting" }
  | { is: "loading" }
  | { is: "seeking"; progress: IdentifyProgress | null; abort: AbortController }
  | Running
  | { is: "done"; book: ReportBook; reopened: boolean; models: readonly ModelInput[] }
  | { is: "cancelled" }
  | { is: "failed"; failure: Failure; of: FailedWork };

export interface Running {
  is: "running";
  names: string[];
  progress: Progress | null;
  abort: AbortController;
  /** Nothing has been read for a while. */
  stalled: boolean;
  /** The report of a quick look, shown until the exact one is there. */
  estimates: ReportBook | null;
}

/** What failed: a comparison or a search, or the opening of a report. */
export type FailedWork = "comparison" | "report";

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

/** What a comparison is to be like. */
export interface Wanted extends Pick<CompareOptions, "ancestor" | "includeVae"> {
  /** Worth a quick look first: the exact comparison takes longer than a moment. */
  look?: boolean;
}

/** What happens in a session. */
export type SessionEvent =
  /** The phase is another, or has moved on. */
  | { type: "changed" }
  | { type: "search-started" }
  | { type: "search-finished"; identification: Identification }
  | { type: "comparison-started" }
  | { type: "progress"; progress: Progress; before: number }
  /** Nothing has been read for a while. */
  | { type: "stalled" }
  /** A quick look is through; its figures are shown while the comparison goes on. */
  | { type: "estimated"; report: Report }
  /** A result is shown; `replaces` the estimates of the same comparison. */
  | { type: "shown"; report: Report; replaces: boolean }
  /** A comparison has come to its end; or, with its estimates, has been stopped after them. */
  | { type: "finished"; report: Report }
  /** A cancelled comparison has left a result on what it had finished. */
  | { type: "stopped"; report: Report }
  | { type: "cancelled" }
  | { type: "failed"; failure: Failure; of: FailedWork }
  /** Nothing is being compared any more; `complete` if all was compared that was asked for. */
  | { type: "comparison-ended"; complete: boolean };

/** The report that is shown in a phase. */
export function bookOf(phase: Phase): ReportBook | null {
  switch (phase.is) {
    case "running":
      return phase.estimates;
    case "done":
      return phase.book;
    default:
      return null;
  }
}
