// Takes the pictures in www/screenshots afresh from the built site and its samples:
// `cargo xtask build`, then `npm run screenshots` in tests/browser.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import puppeteer, { type Page } from "puppeteer-core";
import { installed } from "../harness/installed.ts";
import { DIST } from "../harness/repository.ts";
import { Site } from "../harness/site.ts";

type Theme = "light" | "dark";

/** One picture: what is done before it is taken, and what of the page it shows. */
interface Shot {
  name: string;
  theme: Theme;
  width_px: number;
  height_px: number;
  language: "en" | "ja" | "zh-CN";
  /** Runs the samples first. */
  result: boolean;
  /** Scrolls this to the top. */
  at?: string;
  /** Shows the page in its whole length. */
  whole?: boolean;
}

const WIDE = { width_px: 1280, height_px: 860, language: "en" } as const;

const SHOTS: Shot[] = (["light", "dark"] as const).flatMap((theme) => [
  { ...WIDE, name: `start-${theme}`, theme, result: false },
  { ...WIDE, name: `result-${theme}`, theme, result: true, at: "#result" },
  { ...WIDE, name: `blocks-${theme}`, theme, height_px: 1240, result: true, at: ".part-matrix" },
]);

/** More of them for looking at by hand: WEIGHTKIN_SHOTS=<folder>. */
function everything(): Shot[] {
  return (["light", "dark"] as const).flatMap((theme) =>
    (["en", "ja", "zh-CN"] as const).flatMap((language) =>
      [360, 1280].flatMap((width_px) =>
        [true, false].map((result) => ({
          name: `${result ? "result" : "start"}-${language}-${width_px}-${theme}`,
          theme,
          language,
          width_px,
          height_px: 860,
          result,
          whole: true,
        })),
      ),
    ),
  );
}

async function take(page: Page, address: string, shot: Shot, folder: string): Promise<void> {
  await page.setViewport({ width: shot.width_px, height: shot.height_px });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: shot.theme }]);
  await page.goto(address);
  await page.waitForSelector("#language");
  if (shot.language !== "en") await page.select("#language", shot.language);
  await page.waitForFunction((tag) => document.documentElement.lang === tag, {}, shot.language);
  if (shot.result) {
    await page.click("#samples");
    await page.waitForSelector("#result");
  }
  await page.evaluate((selector) => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
    const target = selector ? document.querySelector(selector) : null;
    if (target) scrollBy(0, target.getBoundingClientRect().top - 24);
  }, shot.at ?? "");
  await new Promise((resolve) => setTimeout(resolve, 400));
  const png = await page.screenshot({ type: "png", fullPage: shot.whole ?? false });
  writeFileSync(join(folder, `${shot.name}.png`), png);
}

const by_hand = process.env["WEIGHTKIN_SHOTS"];
const folder = by_hand ? resolve(by_hand) : join(DIST, "..", "screenshots");
const wanted = (process.env["WEIGHTKIN_ONLY"] ?? "").split(",").filter(Boolean);
const shots = (by_hand ? everything() : SHOTS).filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
mkdirSync(folder, { recursive: true });
const site = await Site.start();
const browser = await puppeteer.launch({
  executablePath: installed("Chromium", ["chromium", "chromium-browser", "google-chrome"]),
  args: ["--no-first-run", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  protocolTimeout: 60_000,
});
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") console.error(message.text());
  });
  for (const shot of shots) {
    await take(page, site.address, shot, folder);
    console.log(`${shot.name}.png`);
  }
} finally {
  await browser.close();
  await site.stop();
}
