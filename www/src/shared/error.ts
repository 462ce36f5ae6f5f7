import type { Failure } from "./types.js";

/** The one error type this library rejects with, an aborted signal's reason apart. */
export class WeightkinError extends Error {
  override readonly name = "WeightkinError";
  /** A stable word for the kind of error, such as `file_changed` or `lane_crashed`. */
  readonly kind: string;
  /** The file concerned, if one is. */
  readonly file: string | undefined;

  constructor({ kind, file, message }: Failure) {
    super(message);
    this.kind = kind;
    this.file = file;
  }
}

/** Which worker an error came from, and what it was doing. */
export interface Scene {
  worker: "desk" | "lane";
  /** The tensor read last, where there was one. */
  tensor?: string | undefined;
}

/** Browsers word an exhausted memory differently; all of them say one of these. */
const OUT_OF_MEMORY =
  /out of memory|could not allocate|memory allocation|allocation fail|memory\.grow/i;

/** Turns whatever was thrown into a [`Failure`] that can be posted to another thread. */
export function failureOf(thrown: unknown, scene: Scene): Failure {
  if (isFailure(thrown)) {
    const { kind, file, message } = thrown;
    return file === undefined ? { kind, message } : { kind, file, message };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const place = scene.tensor ? ` while reading ${scene.tensor}` : "";
  if (OUT_OF_MEMORY.test(text)) {
    return { kind: "out_of_memory", message: `the browser ran out of memory${place}` };
  }
  return { kind: `${scene.worker}_crashed`, message: `a ${scene.worker} crashed${place}: ${text}` };
}

/** True for the core's own errors, whichever side of the wasm boundary made them. */
function isFailure(thrown: unknown): thrown is Failure {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "kind" in thrown &&
    typeof thrown.kind === "string" &&
    "message" in thrown &&
    typeof thrown.message === "string"
  );
}
