/** Compiles each wasm core once; every worker instantiates the same module. */
import { WeightkinError } from "../shared/error.js";
import type { Engine } from "../shared/types.js";

const ADDRESSES = {
  workers: new URL("../../pkg/weightkin_bg.wasm", import.meta.url),
  threads: new URL("../../pkg/weightkin-threads_bg.wasm", import.meta.url),
};

const compiled: Partial<Record<Engine, Promise<WebAssembly.Module>>> = {};

/** The compiled core of an engine. A failure is not kept: the next call tries again. */
export function compiledCore(engine: Engine): Promise<WebAssembly.Module> {
  compiled[engine] ??= compile(ADDRESSES[engine]).catch((cause) => {
    delete compiled[engine];
    if (!hasVectors()) {
      throw new WeightkinError({ code: "no_simd", message: "this browser has no vectors in wasm" });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeightkinError({
      code: "core_unavailable",
      message: `cannot load the core: ${reason}`,
    });
  });
  return compiled[engine];
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url.pathname}: status ${response.status}`);
  }
  // Streaming compilation insists on this type; some plain hosts send another.
  if (response.headers.get("content-type")?.startsWith("application/wasm")) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

/** A module of one function, which splats a byte. */
// biome-ignore format: bytes
const VECTOR_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0,
  10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether the browser knows fixed-width SIMD, without which neither core runs. */
function hasVectors(): boolean {
  return WebAssembly.validate(VECTOR_MODULE);
}
