/** Compiles the wasm core once; every worker instantiates the same module. */
import { WeightkinError } from "../shared/error.js";

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled core. A failure is not kept: the next call tries again. */
export function compiledCore(): Promise<WebAssembly.Module> {
  compiled ??= compile(new URL("../../pkg/weightkin_bg.wasm", import.meta.url)).catch((cause) => {
    compiled = undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeightkinError({
      kind: "core_unavailable",
      message: `cannot load the core: ${reason}`,
    });
  });
  return compiled;
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
