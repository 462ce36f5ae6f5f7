// Draws the PNG icons of the app from their SVG sources in www/public/icons:
// `npm run icons` in tests/browser.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { installed } from "../harness/installed.ts";
import { DIST } from "../harness/repository.ts";

const folder = join(DIST, "..", "public", "icons");

/** Source, its sizes in pixels, and the name of each drawing. */
const DRAWINGS: [source: string, sizePx: number, name: string][] = [
  ["icon", 192, "icon-192"],
  ["icon", 512, "icon-512"],
  ["maskable", 192, "maskable-192"],
  ["maskable", 512, "maskable-512"],
  // iOS cuts its own corners
  ["maskable", 180, "apple-touch-icon"],
];

const browser = await puppeteer.launch({
  executablePath: installed("Chromium", ["chromium", "chromium-browser", "google-chrome"]),
  args: ["--no-first-run", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  protocolTimeout: 60_000,
});
try {
  const page = await browser.newPage();
  for (const [source, sizePx, name] of DRAWINGS) {
    const svg = readFileSync(join(folder, `${source}.svg`), "utf8");
    await page.setViewport({ width: sizePx, height: sizePx });
    await page.setContent(
      `<style>html, body, svg { display: block; margin: 0; width: 100%; height: 100% }</style>${svg}`,
    );
    const png = await page.screenshot({ type: "png", omitBackground: true });
    writeFileSync(join(folder, `${name}.png`), png);
    console.log(`${name}.png`);
  }
} finally {
  await browser.close();
}
