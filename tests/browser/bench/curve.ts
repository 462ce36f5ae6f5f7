// The page's memory while it compares, every five seconds: the real page, real picks, one click.
// WEIGHTKIN_CURVE='{"files": [FILE, …], "engine": "chromium"}' node run.mjs curve.ts

import { App } from "../harness/app.ts";
import { type Engine, launch } from "../harness/browser.ts";
import { Site } from "../harness/site.ts";
import { treeBytes } from "./memory.ts";

const { files, engine } = JSON.parse(process.env["WEIGHTKIN_CURVE"] ?? "") as {
  files: string[];
  engine: Engine;
};
const SAMPLE_MS = 250;
const [checkpoint = "", ...relatives] = files;
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
const site = await Site.start();
const browser = await launch(engine, { timeout_ms: 600_000 });
try {
  const app = await App.open({ browser, site });
  await app.pick(checkpoint, relatives);
  // until then workers load
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const idle_bytes = treeBytes(browser.pid);
  const startedMs = performance.now();
  let peak_bytes = idle_bytes;
  let told_s = -5;
  const timer = setInterval(() => {
    const bytes = treeBytes(browser.pid);
    peak_bytes = Math.max(peak_bytes, bytes);
    const seconds = Math.floor((performance.now() - startedMs) / 1000);
    if (seconds >= told_s + 5) {
      told_s = seconds;
      console.log(`${seconds} s: +${megabytes(bytes - idle_bytes)} MB`);
    }
  }, SAMPLE_MS);
  await app.page.click("#compare");
  // estimates come first, and say so
  await app.page.waitFor(
    "exact figures",
    () => document.querySelector("#result, #failure") && !document.querySelector("#cancel"),
    { timeout_ms: 500_000 },
  );
  const seconds = (performance.now() - startedMs) / 1000;
  clearInterval(timer);
  const report = await app.report();
  const { pairs } = JSON.parse(report) as { pairs: { column_cosine: number }[] };
  console.log(
    JSON.stringify({
      engine,
      seconds,
      idle_megabytes: megabytes(idle_bytes),
      peak_growth_megabytes: megabytes(peak_bytes - idle_bytes),
      end_growth_megabytes: megabytes(treeBytes(browser.pid) - idle_bytes),
      pairs: pairs.map(({ column_cosine }) => column_cosine),
    }),
  );
} finally {
  await browser.close();
  await site.stop();
}
