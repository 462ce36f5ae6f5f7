import { defineConfig } from "vite";
import { hosting } from "./build/hosting.js";
import { litWithoutMarks } from "./build/lit.js";
import { manifests } from "./build/manifests.js";
import { offline } from "./build/offline.js";
import { policyOf } from "./build/policy.js";
import { ownPool } from "./build/pool.js";

/** Files other pages rely on keep their names; everything else is named by its content. */
const STABLE_ENTRIES = new Set(["weightkin", "element"]);

/** Names of the workers' scripts. */
const WORKERS: Record<string, string> = {
  worker: "weightkin-worker.js",
  threads: "weightkin-threads.js",
  thread: "weightkin-thread.js",
};

const policies = { page: policyOf("index.html"), embed: policyOf("embed.html") };

export default defineConfig({
  // Every address is relative, so that the site works below any path.
  base: "./",
  define: { PAGE_POLICY: JSON.stringify(policies.page) },
  plugins: [litWithoutMarks(), manifests(), offline(), hosting(policies)],
  build: {
    target: "es2022",
    // older ones lack what the scripts need anyway; for them light-dark() would be taken apart, and
    // an element could not follow the colour scheme of the page around it
    cssTarget: ["chrome123", "edge123", "firefox121", "safari17.5"],
    modulePreload: {
      polyfill: false,
      // a script that loads another would leave links in the head of whatever page it is on
      resolveDependencies: (_, dependencies, { hostType }) =>
        hostType === "js" ? [] : dependencies,
    },
    // The core is one file at a known place, never inlined.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: "index.html",
        embed: "embed.html",
        weightkin: "src/weightkin.ts",
        element: "src/element.ts",
      },
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
    plugins: () => [ownPool()],
    rolldownOptions: {
      output: {
        entryFileNames: ({ name }) => WORKERS[name] ?? "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
      },
    },
  },
});
