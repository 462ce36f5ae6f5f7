/** The service worker and the list of what it keeps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { integrityOf } from "./hosting.js";

/** Largest file that is kept; the samples are the largest there are. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/** Everything the site needs to work, and the samples. */
const KEPT = ["**/*.{html,js,css,svg,png,wasm,webmanifest,safetensors}", "samples/index.json"];

export function offline(): Plugin[] {
  const dist = new URL("../dist", import.meta.url).pathname;
  return VitePWA({
    strategies: "injectManifest",
    srcDir: "src/service",
    filename: "sw.ts",
    injectRegister: false,
    // there is one for each language: see manifests.ts
    manifest: false,
    injectManifest: {
      globPatterns: KEPT,
      globIgnores: ["icons/screenshot*", "sw.js"],
      // named by their content: no need to ask for them past the browser's own cache
      dontCacheBustURLsMatching: /^assets\//,
      maximumFileSizeToCacheInBytes: LARGEST_BYTES,
      manifestTransforms: [
        (entries) => ({
          manifest: entries.map((entry) =>
            entry.url.startsWith("samples/")
              ? { ...entry, integrity: integrityOf(readFileSync(join(dist, entry.url))) }
              : entry,
          ),
        }),
      ],
    },
  });
}
