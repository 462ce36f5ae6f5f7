import type { Failure } from "./types.js";

/** The one error type this library rejects with, an aborted signal's reason apart. */
export class WeightkinError extends Error {
  override readonly name = "WeightkinError";
  /** A stable word for the kind of error, such as `file_changed` or `worker_crashed`. */
  readonly code: string;
  /** The file concerned, if one is. */
  readonly file: string | undefined;

  constructor({ code, file, message }: Failure) {
    super(message);
    this.code = code;
    this.file = file;
  }
}

/** Which worker an error came from, and what it was doing. */
export interface ErrorContext {
  worker: "coordinator" | "worker";
  /** The tensor read last, where there was one. */
  tensor?: string | undefined;
}

/** Browsers word an exhausted memory differently; all of them say one of these. */
const OUT_OF_MEMORY =
  /out of memory|could not allocate|memory allocation|allocation fail|memory\.grow/i;

/** Turns whatever was thrown into a [`Failure`] that can be posted to another thread. */
export function failureOf(thrown: unknown, context: ErrorContext): Failure {
  if (isFailure(thrown)) {
    const { code, file, message } = thrown;
    return file === undefined ? { code, message } : { code, file, message };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const place = context.tensor ? ` while reading ${context.tensor}` : "";
  if (OUT_OF_MEMORY.test(text)) {
    return { code: "out_of_memory", message: `the browser ran out of memory${place}` };
  }
  return {
    code: `${context.worker}_crashed`,
    message: `a ${context.worker} crashed${place}: ${text}`,
  };
}

/** True for the core's own errors, whichever side of the wasm boundary made them. */
function isFailure(thrown: unknown): thrown is Failure {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    "code" in thrown &&
    typeof thrown.code === "string" &&
    "message" in thrown &&
    typeof thrown.message === "string"
  );
}
