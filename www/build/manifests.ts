/** The web app manifests, one for each language, all of the same app. */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { en } from "../src/page/language/words/en.js";
import { ja } from "../src/page/language/words/ja.js";
import { zhCN } from "../src/page/language/words/zh-cn.js";
import { SHARED_FIELD, SHARED_QUERY } from "../src/shared/service.js";

const LANGUAGES = { en, ja, "zh-CN": zhCN };

/** Where the manifest of a language is; `src/page/offline/manifest.ts` links it. */
const fileName = (tag: string) =>
  tag === "en" ? "manifest.webmanifest" : `manifest.${tag}.webmanifest`;

const CHECKPOINTS = { "application/x-safetensors": [".safetensors"] };

/** Shown by browsers that ask before they install. */
const SCREENSHOT = "icons/screenshot.png";

function manifest(lang: string, { app }: typeof en): object {
  return {
    id: "./",
    start_url: "./",
    scope: "./",
    lang,
    dir: "ltr",
    name: app.name,
    short_name: app.name,
    description: app.description,
    categories: ["utilities", "productivity"],
    display: "standalone",
    background_color: "#f6f5f1",
    theme_color: "#0f6659",
    icons: [
      { src: "icons/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "icons/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "icons/maskable-192.png", sizes: "192x192", type: "image/png", purpose: "maskable" },
      { src: "icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
      { src: "icons/icon.svg", sizes: "any", type: "image/svg+xml" },
    ],
    screenshots: [
      {
        src: SCREENSHOT,
        sizes: "1280x860",
        type: "image/png",
        form_factor: "wide",
        label: app.purpose,
      },
    ],
    file_handlers: [{ action: "./", accept: CHECKPOINTS }],
    // a checkpoint that is opened joins those already on the page
    launch_handler: { client_mode: ["focus-existing", "auto"] },
    share_target: {
      action: `./?${SHARED_QUERY}`,
      method: "POST",
      enctype: "multipart/form-data",
      params: {
        files: [
          {
            name: SHARED_FIELD,
            accept: [".safetensors", "application/octet-stream", ".json", "application/json"],
          },
        ],
      },
    },
  };
}

/** Writes the manifests beside the page. */
export function manifests(): Plugin {
  return {
    name: "weightkin-manifests",
    generateBundle() {
      const picture = readFileSync(new URL("../screenshots/result-light.png", import.meta.url));
      this.emitFile({ type: "asset", fileName: SCREENSHOT, source: picture });
      for (const [tag, words] of Object.entries(LANGUAGES)) {
        const source = `${JSON.stringify(manifest(tag, words), null, 2)}\n`;
        this.emitFile({ type: "asset", fileName: fileName(tag), source });
      }
    },
  };
}
