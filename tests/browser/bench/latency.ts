// How long comparing small files takes in one browser, from the call to the report.

import { launch } from "../harness/browser.ts";
import type { Site } from "../harness/site.ts";
import { type LatencyFigures, median } from "./figures.ts";
import { BenchPage, type Subject } from "./page.ts";

/** Passes before those that count: compilers of the browser are through with the core by then. */
const WARM_PASSES = 10;

export async function latency(
  site: Site,
  { browser: name, files, setups }: Subject,
  passes: number,
): Promise<LatencyFigures> {
  const browser = await launch(name, { timeout_ms: 60_000 });
  try {
    const page = await BenchPage.open(site, browser, files, setups);
    const measured = setups.map((setup) => ({ setup, passes_ms: [] as number[] }));
    for (let pass = -WARM_PASSES; pass < passes; pass += 1) {
      for (const { setup, passes_ms } of measured) {
        const { ms } = await page.compare(setup);
        if (pass >= 0) passes_ms.push(ms);
      }
    }
    const compares = measured.map(({ setup, passes_ms }) => ({
      setup,
      median_ms: median(passes_ms),
      fastest_ms: Math.min(...passes_ms),
      passes_ms,
    }));
    return { browser: name, compares };
  } finally {
    await browser.close();
  }
}
