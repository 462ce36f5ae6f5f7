/** Puts `src/worker/pool.ts` in the place of the script that wasm-bindgen-rayon brings along. */
import type { Plugin } from "vite";

export function ownPool(): Plugin {
  return {
    name: "weightkin-own-pool",
    enforce: "pre",
    resolveId(source) {
      const isPool = /\/wasm-bindgen-rayon-\w+\/src\/workerHelpers\.js$/.test(source);
      return isPool ? new URL("../src/worker/pool.ts", import.meta.url).pathname : null;
    },
  };
}
