/** What goes into `identify()`, and what comes out. */
import type { Apart, Identified, Margin, Relative } from "./core.js";
import type { Failure, RunOptions } from "./types.js";

export type { Margin, Refined, Relative, Similarity } from "./core.js";

/** How `identify()` runs. */
export interface IdentifyOptions extends Omit<RunOptions, "onProgress"> {
  /** The files' paths, parallel to them; by default their `webkitRelativePath` or name. */
  paths?: readonly string[];
  /** Relatives to compare by their whole fingerprints; 5 by default. */
  top?: number;
  /**
   * Called for a fingerprint that an index names and that is not among the files. `file` is its
   * path from the folder of the index, parts that are neither empty nor `.` nor `..` with `/`
   * between them; `folder` is the path of that folder, empty or with a `/` at its end. It may
   * resolve to nothing.
   */
  get?: (file: string, folder: string, signal: AbortSignal | undefined) => Promise<File | null>;
  /** Called as it goes on. */
  onProgress?: (progress: IdentifyProgress) => void;
}

/** What `identify()` does at the moment, and how far that is. */
export interface IdentifyProgress {
  /** Samples of the model are read; indices and fingerprints; the fingerprints that matter. */
  step: "sample" | "read" | "refine";
  /** Bytes of a sample, files otherwise. */
  done: number;
  total: number;
}

/** The nearest relatives of a model among many. */
export interface Identification {
  format: "weightkin-identification";
  version: number;
  model: Identified;
  /** Those compared by fingerprints first, then the others; nearest first. */
  relatives: Relative[];
  /** How far the nearest is ahead of the second. */
  margin: Margin | null;
  /** Models of other kinds. */
  apart: Apart[];
  /** Why some files took no part. */
  failed: Failure[];
  /** Paths of the fingerprints that would make the ranking better and were not to be had. */
  missing: string[];
  /** The fingerprints that were read for the ranking, by path. */
  read: ReadonlyMap<string, File>;
}
