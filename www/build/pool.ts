/** Where the threads of a pool find their core. */
import type { Plugin } from "vite";

/** What wasm-bindgen-rayon calls the module that it is a part of: the folder of a package. */
const PACKAGE = "../../..";

export function poolCore(): Plugin {
  return {
    name: "weightkin-pool-core",
    enforce: "pre",
    resolveId(source, importer) {
      const is_asked = source === PACKAGE && importer?.includes("wasm-bindgen-rayon");
      return is_asked ? new URL("../pkg/weightkin-threads.js", import.meta.url).pathname : null;
    },
  };
}
