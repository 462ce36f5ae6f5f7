/**
 * The public types: what goes into `compare()` and `inspect()`, and what comes out.
 *
 * Every figure in here is computed by the Rust core; TypeScript only carries it.
 */

import type { DtypeShare, FileFacts, NotRead, Recognition, Report } from "./core.js";

export type {
  Account,
  Architecture,
  Closest,
  Compared,
  ComponentShare,
  DtypeShare,
  Figures,
  FileFacts,
  Gap,
  Intervals,
  Join,
  LeftOut,
  LeftOutParameters,
  NotRead,
  NotReadReason,
  Pair,
  Recipe,
  Recognition,
  Relation,
  Report,
  ReportFingerprint,
  ReportModel,
  ReportTensor,
  Scope,
  ScopeBy,
  TensorPair,
  Verdict,
  Withheld,
} from "./core.js";

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

/** What a model's headers say, without its tensors having been read. */
export interface ModelFacts {
  name: string;
  files: FileFacts[];
  bytes: number;
  tensors: number;
  parameters: number;
  dtypes: DtypeShare[];
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

/** One model found among the files given to `inspect()`. */
export type InspectedModel =
  | {
      ok: true;
      name: string;
      files: File[];
      paths: string[];
      hasParts?: boolean;
      /** The variant that was asked for. */
      variant?: string;
      facts: ModelFacts;
    }
  | {
      ok: false;
      name: string;
      files: File[];
      paths: string[];
      hasParts?: boolean;
      variant?: string;
      error: Failure;
    };

/** The models among files, and what belongs to none of them. */
export interface Inspection {
  models: InspectedModel[];
  not_read: NotRead[];
}

/** What went wrong, in a form that crosses thread boundaries. */
export interface Failure {
  /** A stable word for the kind of error, such as `file_changed` or `worker_crashed`. */
  code: string;
  /** The file concerned, if one is. */
  file?: string;
  message: string;
}
