import { defineConfig } from "vite";

/** Files other pages rely on keep their names; everything else is named by its content. */
const STABLE_ENTRIES = new Set(["weightkin"]);

export default defineConfig({
  // Every address is relative, so that the site works below any path.
  base: "./",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // The core is one file at a known place, never inlined.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: "index.html", weightkin: "src/weightkin.ts" },
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: ({ name }) =>
          STABLE_ENTRIES.has(name) ? "[name].js" : "assets/[name]-[hash].js",
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith(".wasm"))
            ? "[name][extname]"
            : "assets/[name]-[hash][extname]",
      },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: "weightkin-worker.js" } },
  },
});
