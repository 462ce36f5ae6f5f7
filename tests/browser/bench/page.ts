// The page of the bench: the files of a request picked on it, ready to be read and compared.

import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Engine, Page } from "../harness/browser.ts";
import type { Site } from "../harness/site.ts";
import type { CompareSetup, Pass, ReadSetup } from "./figures.ts";

declare global {
  var bench: {
    rawRead(setup: ReadSetup): Promise<Pass>;
    fullCompare(setup: CompareSetup): Promise<Pass>;
    prepare(setup: CompareSetup): void;
  };
}

/** What a measurement is of. */
export interface Subject {
  browser: Engine;
  files: string[];
  /** The ways of comparing, in turns. */
  setups: CompareSetup[];
}

/** By then workers have loaded what they need. */
const SETTLING_MS = 1_500;

export class BenchPage {
  private readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** A fresh page, with the workers of these ways of comparing started. */
  static async open(
    site: Site,
    browser: Browser,
    files: string[],
    setups: CompareSetup[],
  ): Promise<BenchPage> {
    const page = await browser.open(site.page("bench.html"));
    await page.waitFor("the bench", () => "bench" in globalThis);
    await page.pick("#files", files);
    for (const setup of setups) {
      await page.evaluate((setup) => globalThis.bench.prepare(setup), setup);
    }
    await sleep(SETTLING_MS);
    return new BenchPage(page);
  }

  compare(setup: CompareSetup): Promise<Pass> {
    return this.page.evaluate((setup) => globalThis.bench.fullCompare(setup), setup);
  }

  rawRead({ workers, streams, buffer_bytes }: ReadSetup): Promise<Pass> {
    const setup = { workers, streams, buffer_bytes };
    return this.page.evaluate((setup) => globalThis.bench.rawRead(setup), setup);
  }
}
