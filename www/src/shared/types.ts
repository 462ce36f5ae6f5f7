/**
 * The public types: what goes into `compare()` and `inspect()`, and what comes out.
 *
 * Every figure in here is computed by the Rust core; TypeScript only carries it.
 */

/**
 * One model handed to `compare()`: a single file, the shards and index of one model, the parts of a
 * diffusers folder, or a fingerprint that stands for a model.
 */
export interface ModelInput {
  /** Shown in the report; taken from the files' names when left out. */
  name?: string;
  files: readonly File[];
  /** The files' paths, parallel to `files`. A diffusers folder needs them (`unet/…`). */
  paths?: readonly string[];
  /**
   * Whether the folders of `paths` are parts of a diffusers model, as `inspect()` has found; else
   * the paths alone have to tell.
   */
  hasParts?: boolean;
  /** Of variants of the same weights, the one to read: `fp16`, `non_ema`. */
  variant?: string;
}

/** A file, or a folder without weights (ending in `/`), beside a model: no part of it. */
export interface NotRead {
  file: string;
  reason:
    | "variant"
    | "not_in_index"
    | "stale_index"
    | "other_model"
    | "other_format"
    | "fingerprint"
    | "no_weights";
  /** Of another variant, which. */
  variant?: string;
}

/**
 * The two ways to run, which give the same bits: workers, each a worker that reads and computes by
 * itself, in any page; or threads in one memory, which one worker reads for, in isolated pages.
 */
export type Engine = "workers" | "threads";

/** Who does the work. What is left out is chosen from what the browser and the machine offer. */
export interface WorkerOptions {
  /** Threads only work in a page that is cross-origin isolated; elsewhere it is workers all the same. */
  engine?: Engine;
  /** Number of workers. */
  workers?: number;
  /** Number of threads that compute, with the engine of that name. */
  threads?: number;
}

/** How anything runs that reads models. */
export interface RunOptions extends WorkerOptions {
  /** Called at most ten times a second while it runs, and once at its end. */
  onProgress?: (progress: Progress) => void;
  /** Aborting frees everything at once and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** How `fingerprint()` runs. */
export interface FingerprintOptions extends RunOptions {
  /** Rows to take of a tensor with 1280 columns; wider ones give more. */
  rows?: number;
  /** Largest size of the file, 16,000,000 by default; of no effect beside `rows`. */
  maxBytes?: number;
  /** SHA-256 of the model's file in hexadecimal digits, to be noted in the fingerprint. */
  sha256?: string;
}

/** How `compare()` runs. */
export interface CompareOptions extends RunOptions {
  /** Compare the VAE (`first_stage_model.`) too. Off by default, as in the original figures. */
  includeVae?: boolean;
  /** Position of the model that all others descend from, if one is known. */
  ancestor?: number;
  /** Read a small sample of the models only: every figure is an estimate, in seconds. */
  quick?: boolean;
  /**
   * Called soon after an abort with the report on the tensors that were finished by then;
   * `compared.unfinished` says how many were not. Not called when none was.
   */
  onPartial?: (report: Report) => void;
}

/** Where a run stands. */
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
  /** Tensors that are through; of a sample, portions. */
  tensors_done: number;
  tensors: number;
  /** Running means over the columns done so far; none while samples are taken. */
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
  recognition: Recognition;
  /** The variant that is read, where several lie side by side and it has a name. */
  variant?: string;
  not_read: NotRead[];
  /** To know the model again by, together with its name and size: 16 hexadecimal digits. */
  header_hash: string;
  /** Of a fingerprint; all other facts are those of the model it stands for. */
  fingerprint?: FingerprintFacts;
  /** Of an index of fingerprints, which is no model: what it describes. */
  index?: { models: number };
}

/** A fingerprint's own facts. */
export interface FingerprintFacts {
  /** Size of its file. */
  bytes: number;
  /** Rows it has of a tensor with 1280 columns. */
  rows: number;
  /** Columns it has of every 1024. */
  columns: number;
  /** SHA-256 of the model's file, where its maker noted it. */
  sha256: string | null;
}

/** What is no family of its own. */
export type GenericArchitecture = "language" | "text_encoder" | "vae" | "unknown";

/** Families of models with the same tensors, such as `sdxl` or `wan`; `lora` is a difference. */
export type Architecture = GenericArchitecture | "lora" | (string & {});

/** One large part of a checkpoint, such as `U-Net` or `TE-L`. */
export interface ComponentFacts {
  component: string;
  tensors: number;
  parameters: number;
}

/** What the names in a header tell about a checkpoint. */
export interface Recognition {
  architecture: Architecture;
  /** The architecture's usual name, in English. */
  title: string;
  components: ComponentFacts[];
  /** Parts that a complete checkpoint of this kind has and this one lacks. */
  absent: string[];
  /** Averages kept by a training run; ignored. */
  ema_tensors: number;
  /** Tensors that serve a quantisation and are no weights. */
  bookkeeping_tensors: number;
}

/** One model found among the files given to `inspect()`. */
export type InspectedModel =
  | {
      ok: true;
      name: string;
      files: File[];
      paths: string[];
      hasParts?: boolean;
      facts: ModelFacts;
    }
  | {
      ok: false;
      name: string;
      files: File[];
      paths: string[];
      hasParts?: boolean;
      error: Failure;
    };

/** What went wrong, in a form that crosses thread boundaries. */
export interface Failure {
  /** A stable word for the kind of error, such as `file_changed` or `worker_crashed`. */
  code: string;
  /** The file concerned, if one is. */
  file?: string;
  message: string;
}

/** How close a pair is, in words; the page's sentence for each is in its strings. */
export type Verdict =
  | "identical"
  | "too_close"
  | "fair_difference"
  | "large_difference"
  | "other_ancestry";

/** A model in the report. */
export interface ReportModel {
  name: string;
  files: FileFacts[];
  architecture: Architecture;
  tensors: number;
  parameters: number;
  dtypes: DtypeFacts[];
  /** Only a sample of its weights took part: its pairs are estimates. */
  sampled?: true;
  /** The variant that was read, where several lie side by side and it has a name. */
  variant?: string;
  /** What lies beside its files and was not read. */
  not_read?: NotRead[];
  /** The fingerprint that stood in for it. */
  fingerprint?: { rule: number; rows: number; columns: number };
  /** What became of its parameters. */
  account?: Account;
  /** Share of its weights that was compared, those left out by choice not counted. */
  share?: number;
}

/** What became of the parameters of a model. */
export interface Account {
  compared: number;
  /** All others by reason, the most first. */
  left_out: LeftOutParameters[];
}

/** Parameters of a model that were left out for one reason. */
export interface LeftOutParameters {
  /** As in the list of left-out tensors; or rows that others lack, or what no sample holds. */
  reason: LeftOut["reason"] | "rows" | "not_sampled";
  /** Elements as stored. */
  parameters: number;
  /** How many weights they stand for. */
  weights: number;
  /** Left out by choice, or no weights. */
  by_choice: boolean;
}

/** A model of which too little was compared to say anything. */
export interface Gap {
  model: number;
  /** Share of its weights that was compared. */
  share: number;
  /** Why most of the others were not. */
  reason: LeftOutParameters["reason"];
  /** Share of the weights that were left out for this reason. */
  reason_share: number;
}

/** A tensor that was not compared, and why. */
export type LeftOut = { name: string } & (
  | { reason: "vae" }
  /** Models that do not have it. */
  | { reason: "missing"; missing_in: number[] }
  /** Its shape in each model. */
  | { reason: "shape"; shapes: number[][] }
  /** Computed tables of positions, and the models that have them. */
  | { reason: "positions"; models: number[] }
  /** Averages of a training run, and the models that have them. */
  | { reason: "ema"; models: number[] }
  /** Adapters inside a model, and the models that carry them. */
  | { reason: "adapter"; models: number[] }
  /** Data of a quantisation, and the models that have it. */
  | { reason: "bookkeeping"; models: number[] }
  /** Quantised in blocks, so that the stored numbers are not the weights. */
  | { reason: "quantised"; models: number[] }
  /** Its element type in each model, one of which cannot be compared on its own. */
  | { reason: "dtype"; dtypes: string[] }
);

/** How much was compared. */
export interface Compared {
  tensors: number;
  columns: number;
  /** Of the compared tensors, in all models together. */
  bytes: number;
  /** Tensors a cancelled comparison did not finish; missing when all were. */
  unfinished?: number;
  left_out: LeftOut[];
}

/** The figures of two models over some tensors; `null` where one is undefined. */
export interface Figures {
  /** The headline number: mean cosine over all columns. */
  column_cosine: number | null;
  columns: number;
  /** Columns with a NaN or an infinity in either model. */
  left_out_columns: number;
  /** Columns of zeros among those counted, in both models or in one, where there are any. */
  zero_columns?: { both: number; one: number };
  /** The mean without columns that are zero in both: what the verdict judges, where there are any. */
  nonzero_column_cosine?: number;
  flat_cosine: number | null;
  relative_distance: number | null;
}

/** Half-widths of the 95 % intervals of figures that are estimates. */
export interface Intervals {
  column_cosine?: number;
  flat_cosine?: number;
  relative_distance?: number;
  ancestor_cosine?: number;
}

/** The result of one pair of models; `a < b` index `models`. */
export interface ReportPair extends Figures {
  a: number;
  b: number;
  identical_tensors: number;
  verdict: Verdict | null;
  /** Why there is no verdict: too little of one of the models was compared. */
  withheld?: "share";
  /**
   * Cosine of what both have learnt since the ancestor; `null` without one, or where a difference
   * is no larger than rounding.
   */
  ancestor_cosine: number | null;
  /** Of a pair with a model that is sampled. */
  intervals?: Intervals;
}

/** The figures of one tensor in two models. */
export interface TensorFigures extends Figures {
  /** Of an estimate: as far as the sample goes. */
  identical: boolean;
  intervals?: Intervals;
}

/** A compared tensor, with what the pass kept of it; any figure can be derived from that again. */
export interface ReportTensor {
  name: string;
  shape: number[];
  /** How each model stores it. */
  dtypes: string[];
  /** Whole numbers count in the column cosine only. */
  integer: boolean;
  /** Rows in each model, where they differ and the common ones are compared. */
  heights?: number[];
  /** The large part it belongs to. */
  component: string;
  /** Its block, under the name merge tools use. */
  block: string;
  /** What it does there. */
  kind: string;
  /** `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns finite in every model. */
  gram: number[];
  /** Sum of the column cosines for each pair `a < b`. */
  cosine_sums: number[];
  /** For each pair `a < b`. */
  left_out_columns: number[];
  finite_columns: number;
  columns: number;
  /** All pairs, in the order of the report's own. */
  pairs: TensorFigures[];
}

/** The model closest to one of the models, and how far it is ahead of the next. */
export interface Closest {
  of: number;
  model: number;
  runner_up: number | null;
  margin: number | null;
}

/** How a model relates to the others, as far as the figures show. */
export type Relation = "child" | "mixture" | "signed_mixture" | "unrelated" | "unclear";

/** The mixture of the other models that comes closest to one of them. */
export interface Recipe {
  child: number;
  parents: number[];
  /** One for each parent, none negative. */
  weights: number[];
  /** Share explained. */
  r2: number | null;
  /** The best weights when negative ones are allowed, where those fit clearly better. */
  signed_weights: number[] | null;
  /** Share that the signed weights explain, where there are any. */
  signed_r2: number | null;
  /** Half-widths of the 95 % intervals of the weights, in a report made from samples. */
  weight_intervals?: number[];
  r2_interval?: number;
  /** Said of the whole model only. */
  relation: Relation | null;
}

/** What a scope is a part by. */
export type ScopeBy = "component" | "block" | "layer" | "kind" | "part" | "filter";

/** A part of the checkpoints, with figures of its own. */
export interface Scope {
  by: ScopeBy;
  name: string;
  tensors: number;
  columns: number;
  pairs: ReportPair[];
  recipes: Recipe[];
  /** Positions of its tensors in the report, ascending, where a pattern chose them. */
  members?: number[];
}

/**
 * One joining of two groups. Numbers below the number of models are models; `models + k` is the
 * group made by join `k`.
 */
export interface Join {
  left: number;
  right: number;
  /** Mean of `1 - column cosine` between their models. */
  distance: number;
}

/** The report, the same from the browser and the command line. */
export interface Report {
  format: "weightkin-report";
  version: number;
  /** Some figures, or all, are estimates from samples; those have `intervals`. */
  estimate?: true;
  models: ReportModel[];
  /** The models of which too little was compared to say anything of them. */
  gaps?: Gap[];
  compared: Compared;
  /** Ordered by `a`, then `b`. */
  pairs: ReportPair[];
  /** One for each model that has a figure. */
  closest: Closest[];
  scopes: Scope[];
  ancestor: number | null;
  recipes: Recipe[];
  /** Closest first; empty where a pair has no figure. */
  tree: Join[];
  /** All compared tensors, by name. */
  tensors: ReportTensor[];
}
