// Times fingerprints in a browser: making one, comparing with three, searching an index of many.
// WEIGHTKIN_PRINTS='{"model": FILE, "fingerprints": [FILE, …], "index": FILE, "engine": "chromium"}'
// node run.mjs fingerprints.ts

import { setTimeout as sleep } from "node:timers/promises";
import { barePage } from "../harness/bare.ts";
import { type Engine, launch } from "../harness/browser.ts";
import { Site } from "../harness/site.ts";

const { model, fingerprints, index, beside, engine } = JSON.parse(
  process.env["WEIGHTKIN_PRINTS"] ?? "",
) as {
  model: string;
  fingerprints: string[];
  index: string;
  /** Fingerprints that the index describes. */
  beside: string[];
  engine: Engine;
};
const ROUNDS = 3;
const site = await Site.start();
const browser = await launch(engine, { timeout_ms: 300_000 });
try {
  const page = await barePage({ engine, browser, site }, [
    model,
    ...fingerprints,
    index,
    ...beside,
  ]);
  await sleep(1_000);
  for (let round = 0; round < ROUNDS; round += 1) {
    const figures = await page.evaluate(async (compared) => {
      const { compare, fingerprint, identify } = globalThis.weightkin;
      const [first, ...others] = globalThis.picked;
      if (!first) throw new Error("no model is picked");
      const seconds = async (work: () => Promise<unknown>) => {
        const startedMs = performance.now();
        await work();
        return (performance.now() - startedMs) / 1000;
      };
      let bytes = 0;
      const onProgress = ({ bytes_total }: { bytes_total: number }) => {
        bytes = bytes_total;
      };
      let size = 0;
      const make = await seconds(async () => {
        size = (await fingerprint(first, { onProgress })).size;
      });
      const near = others.slice(0, compared);
      const compared_s = await seconds(() => compare([first, ...near]));
      const among = others.slice(compared).flatMap(({ files }) => files);
      let found = "";
      const searched = await seconds(async () => {
        const { relatives, read } = await identify(first, among);
        found = `${relatives.length} ranked, ${read.size} read`;
      });
      return { make, bytes, size, compare: compared_s, identify: searched, found };
    }, fingerprints.length);
    console.log(JSON.stringify({ engine, ...figures }));
  }
} finally {
  await browser.close();
  await site.stop();
}
