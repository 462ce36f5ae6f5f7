// Reading and comparing the same files in one browser, in turns.

import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, launch, type Page } from "../harness/browser.ts";
import type { Site } from "../harness/site.ts";
import { type BrowserFigures, median, type Pass, type ReadSetup, speed } from "./figures.ts";
import { peakBytes, treeBytes } from "./memory.ts";

declare global {
  var bench: {
    rawRead(setup: ReadSetup): Promise<Pass>;
    fullCompare(options: { lanes?: number }): Promise<Pass>;
    prepare(options: { lanes?: number }): void;
  };
}

const MEBIBYTE = 1024 * 1024;

/** Ways of reading that have been the fastest on one machine or another. */
const SETUPS: ReadSetup[] = [2, 4].flatMap((workers) =>
  [4, 8].flatMap((streams) =>
    [1, 4].map((mebibytes) => ({ workers, streams, buffer_bytes: mebibytes * MEBIBYTE })),
  ),
);

/** How many of them get a second try. */
const FINALISTS = 3;

export interface MeasureOptions {
  engine: Engine;
  files: string[];
  rounds: number;
  lanes?: number;
}

export async function measure(site: Site, options: MeasureOptions): Promise<BrowserFigures> {
  const { engine, files, rounds } = options;
  const compareOptions = options.lanes === undefined ? {} : { lanes: options.lanes };
  const browser = await launch(engine, { timeout_ms: 600_000 });
  try {
    const page = await browser.open(site.page("bench.html"));
    await page.waitFor("the bench", () => "bench" in globalThis);
    await page.pick("#files", files);
    await page.evaluate((options) => globalThis.bench.prepare(options), compareOptions);
    await sleep(1_500);

    const compare = () =>
      page.evaluate((options) => globalThis.bench.fullCompare(options), compareOptions);
    const idle_bytes = treeBytes(browser.pid);
    // sampling memory disturbs, so this pass is not timed; it also warms everything up
    const peak_bytes = await peakBytes(browser.pid, compare);

    const { best_setup, setups } = await bestSetup(page);
    const passes: BrowserFigures["rounds"] = [];
    for (let round = 0; round < rounds; round += 1) {
      passes.push({ read: await rawRead(page, best_setup), compare: await compare() });
    }
    return {
      browser: engine,
      best_setup,
      setups,
      read_gigabytes_per_second: median(passes.map(({ read }) => speed(read))),
      compare_gigabytes_per_second: median(passes.map(({ compare }) => speed(compare))),
      ratio: median(passes.map(({ read, compare }) => speed(compare) / speed(read))),
      compare_seconds: median(passes.map(({ compare }) => compare.ms)) / 1000,
      memory_growth_bytes: peak_bytes - idle_bytes,
      rounds: passes,
    };
  } finally {
    await browser.close();
  }
}

/** Tries every setup, and the fastest few again so that one lucky pass does not decide. */
async function bestSetup(page: Page) {
  const setups: BrowserFigures["setups"] = [];
  for (const setup of SETUPS) {
    setups.push({ ...setup, gigabytes_per_second: speed(await rawRead(page, setup)) });
  }
  const fastestFirst = () => setups.sort((a, b) => b.gigabytes_per_second - a.gigabytes_per_second);
  for (const setup of fastestFirst().slice(0, FINALISTS)) {
    const again = speed(await rawRead(page, setup));
    setup.gigabytes_per_second = (setup.gigabytes_per_second + again) / 2;
  }
  const [best] = fastestFirst();
  if (!best) throw new Error("there is no way of reading to try");
  const { gigabytes_per_second: _, ...best_setup } = best;
  return { best_setup, setups };
}

function rawRead(page: Page, { workers, streams, buffer_bytes }: ReadSetup): Promise<Pass> {
  const setup = { workers, streams, buffer_bytes };
  return page.evaluate((setup) => globalThis.bench.rawRead(setup), setup);
}
