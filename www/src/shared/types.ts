/**
 * The public types: what goes into `compare()` and `inspect()`, and what comes out.
 *
 * Every figure in here is computed by the Rust core; TypeScript only carries it.
 */

/** One model handed to `compare()`: a single file, or the shards and index of one model. */
export interface ModelInput {
  /** Shown in the report; taken from the files' names when left out. */
  name?: string;
  files: readonly File[];
}

/** How `compare()` runs. */
export interface CompareOptions {
  /** Compare the VAE (`first_stage_model.`) too. Off by default, as in the original figures. */
  includeVae?: boolean;
  /** Number of lanes (workers that read and compute); chosen from the number of cores by default. */
  lanes?: number;
  /** Called at most ten times a second while the comparison runs, and once at its end. */
  onProgress?: (progress: Progress) => void;
  /** Aborting frees everything at once and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Where a running comparison stands. */
export interface Progress {
  bytes_done: number;
  bytes_total: number;
  /** 0 to 1. */
  fraction: number;
  bytes_per_second: number;
  /** `null` while nothing can be said yet. */
  eta_seconds: number | null;
  /** The tensor read last. */
  tensor: string;
  tensors_done: number;
  tensors: number;
  /** Running means over the columns done so far: estimates, not results. */
  pairs: RunningPair[];
}

/** The running mean of one pair. */
export interface RunningPair {
  a: number;
  b: number;
  column_cosine: number | null;
}

/** A file as the report and the header facts name it. */
export interface FileFacts {
  name: string;
  bytes: number;
}

/** How much of a model is stored in one element type. */
export interface DtypeFacts {
  dtype: string;
  tensors: number;
  bytes: number;
}

/** What a model's headers say, without its tensors having been read. */
export interface ModelFacts {
  name: string;
  files: FileFacts[];
  bytes: number;
  tensors: number;
  parameters: number;
  dtypes: DtypeFacts[];
  metadata: Record<string, string>;
}

/** One model found among the files given to `inspect()`. */
export type InspectedModel =
  | { ok: true; name: string; files: File[]; facts: ModelFacts }
  | { ok: false; name: string; files: File[]; error: Failure };

/** What went wrong, in a form that crosses thread boundaries. */
export interface Failure {
  /** A stable word for the kind of error, such as `file_changed` or `lane_crashed`. */
  kind: string;
  /** The file concerned, if one is. */
  file?: string;
  message: string;
}

/** How close a pair is, in words; the page's sentence for each is in its strings. */
export type Verdict = "too_close" | "fair_difference" | "large_difference" | "other_ancestry";

/** A model in the report. */
export interface ReportModel {
  name: string;
  files: FileFacts[];
  tensors: number;
  parameters: number;
  dtypes: DtypeFacts[];
}

/** A tensor that was not compared, and why. */
export type LeftOut = { name: string } & (
  | { reason: "vae" }
  /** Models that do not have it. */
  | { reason: "missing"; missing_in: number[] }
  /** Its shape in each model. */
  | { reason: "shape"; shapes: number[][] }
  /** Its element type in each model, one of which cannot be compared on its own. */
  | { reason: "dtype"; dtypes: string[] }
);

/** How much was compared. */
export interface Compared {
  tensors: number;
  columns: number;
  /** Of the compared tensors, in all models together. */
  bytes: number;
  left_out: LeftOut[];
}

/** The figures of two models over some tensors; `null` where one is undefined. */
export interface Figures {
  /** The headline number: mean cosine over all columns. */
  column_cosine: number | null;
  columns: number;
  /** Columns with a NaN or an infinity in either model. */
  left_out_columns: number;
  flat_cosine: number | null;
  relative_distance: number | null;
}

/** The result of one pair of models; `a < b` index `models`. */
export interface ReportPair extends Figures {
  a: number;
  b: number;
  identical_tensors: number;
  verdict: Verdict | null;
}

/** A compared tensor, with what the pass kept of it; any figure can be derived from that again. */
export interface ReportTensor {
  name: string;
  shape: number[];
  /** How each model stores it. */
  dtypes: string[];
  /** Whole numbers count in the column cosine only. */
  integer: boolean;
  /** `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns finite in every model. */
  gram: number[];
  /** Sum of the column cosines for each pair `a < b`. */
  cosine_sums: number[];
  /** For each pair `a < b`. */
  left_out_columns: number[];
  finite_columns: number;
  columns: number;
  /** All pairs, in the order of the report's own. */
  pairs: (Figures & { identical: boolean })[];
}

/** How far the first model's closest relative is ahead of the next. */
export interface Closest {
  model: number;
  runner_up: number | null;
  margin: number | null;
}

/** The report, the same from the browser and the command line. */
export interface Report {
  format: "weightkin-report";
  version: number;
  models: ReportModel[];
  compared: Compared;
  /** Ordered by `a`, then `b`. */
  pairs: ReportPair[];
  closest?: Closest | null;
  /** All compared tensors, by name. */
  tensors: ReportTensor[];
}
