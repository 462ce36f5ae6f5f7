// Reading and comparing the same files in one browser, in turns.

import { type Browser, type Engine, launch } from "../harness/browser.ts";
import type { Site } from "../harness/site.ts";
import {
  type BrowserFigures,
  type CompareSetup,
  median,
  type Pass,
  type ReadSetup,
  speed,
} from "./figures.ts";
import { peakBytes, treeBytes } from "./memory.ts";
import { BenchPage, type Subject } from "./page.ts";

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
  rounds: number;
  /** The fastest way of reading, if it is known. */
  read_setup?: ReadSetup | null;
}

export async function measure(
  site: Site,
  { browser: name, files, setups }: Subject,
  { rounds, read_setup }: MeasureOptions,
): Promise<BrowserFigures> {
  const last = setups.at(-1);
  if (!last) throw new Error("there is no way of comparing to measure");
  const growth_bytes: number[] = [];
  for (const setup of setups.slice(0, -1)) {
    const grown_bytes = await inBrowser(name, async (browser) =>
      growth(await BenchPage.open(site, browser, files, [setup]), browser, setup),
    );
    growth_bytes.push(grown_bytes);
  }
  return inBrowser(name, async (browser) => {
    const page = await BenchPage.open(site, browser, files, [last]);
    growth_bytes.push(await growth(page, browser, last));
    for (const setup of setups.slice(0, -1)) await page.compare(setup);

    const { best_setup, setups: tried } = read_setup
      ? { best_setup: read_setup, setups: [] }
      : await bestSetup(page);
    const passes: BrowserFigures["rounds"] = [];
    for (let round = 0; round < rounds; round += 1) {
      const read = await page.rawRead(best_setup);
      const compares: Pass[] = [];
      for (const setup of setups) compares.push(await page.compare(setup));
      passes.push({ read, compares });
    }
    return {
      browser: name,
      best_setup,
      setups: tried,
      read_gigabytes_per_second: median(passes.map(({ read }) => speed(read))),
      compares: setups.map((setup, place) => ({
        setup,
        ...medians(passes, place),
        memory_growth_bytes: growth_bytes[place] ?? 0,
      })),
      rounds: passes,
    };
  });
}

async function inBrowser<T>(name: Engine, work: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launch(name, { timeout_ms: 600_000 });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/**
 * By how much memory grows in the first comparison, after which the page is warm. Workers keep
 * theirs for the next one and browsers that of pages closed a moment ago, so this wants a browser
 * that has done nothing else.
 */
async function growth(page: BenchPage, browser: Browser, setup: CompareSetup) {
  const idle_bytes = treeBytes(browser.pid);
  // sampling memory disturbs, so this pass is not timed
  const peak_bytes = await peakBytes(browser.pid, () => page.compare(setup));
  return peak_bytes - idle_bytes;
}

/** One way of comparing over all rounds. */
function medians(rounds: BrowserFigures["rounds"], place: number) {
  const passes = rounds.flatMap(({ read, compares }) => {
    const compare = compares[place];
    return compare ? [{ read, compare }] : [];
  });
  return {
    gigabytes_per_second: median(passes.map(({ compare }) => speed(compare))),
    ratio: median(passes.map(({ read, compare }) => speed(compare) / speed(read))),
    seconds: median(passes.map(({ compare }) => compare.ms)) / 1000,
  };
}

/** Tries every setup, and the fastest few again so that one lucky pass does not decide. */
async function bestSetup(page: BenchPage) {
  const setups: BrowserFigures["setups"] = [];
  for (const setup of SETUPS) {
    setups.push({ ...setup, gigabytes_per_second: speed(await page.rawRead(setup)) });
  }
  const fastestFirst = () => setups.sort((a, b) => b.gigabytes_per_second - a.gigabytes_per_second);
  for (const setup of fastestFirst().slice(0, FINALISTS)) {
    const again = speed(await page.rawRead(setup));
    setup.gigabytes_per_second = (setup.gigabytes_per_second + again) / 2;
  }
  const [best] = fastestFirst();
  if (!best) throw new Error("there is no way of reading to try");
  const { gigabytes_per_second: _, ...best_setup } = best;
  return { best_setup, setups };
}
