// The quick look that comes before a long comparison.

import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { App } from "./harness/app.ts";
import type { Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { DIST } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, sparseCheckpoint } from "./harness/scratch.ts";

const folder = scratchFolder("look");
const long = ["long_a", "long_b"].map((name) => join(folder, `${name}.safetensors`));
const FILES = ["mix_wai", "base_a", "base_nai"].map((name) => checkpoint("heavy", name));

/** A copy of the site that takes a quick look before short comparisons, too. */
const eager = scratchFolder("look-eager");
cpSync(DIST, eager, { recursive: true });
for (const name of readdirSync(join(eager, "assets"))) {
  const path = join(eager, "assets", name);
  // where a comparison begins to be long (`model-list.ts`)
  writeFileSync(path, readFileSync(path, "utf8").replace(/=2e9;/, "=2e6;"));
}

beforeAll(() => {
  for (const [i, path] of long.entries()) {
    sparseCheckpoint(path, checkpoint("small", "base_a"), 7e9);
    // some weights that are not zero, and not the same
    const bytes = Buffer.alloc(1 << 20);
    for (let at = 0; at < bytes.length; at += 2) {
      bytes.writeUInt16LE(0x3000 + ((Math.imul(at + i * 77, 0x9e3779b1) >>> 20) & 0xfff), at);
    }
    const file = openSync(path, "r+");
    for (let mb = 1; mb < 64; mb += 1) writeSync(file, bytes, 0, bytes.length, mb << 20);
    closeSync(file);
  }
});

/** What is to be seen: figures and the comparison that is still under way. */
function seen(page: Page) {
  return page.evaluate(() => ({
    headline: document.querySelector(".headline .number")?.textContent ?? "",
    note: document.querySelector(".note.sampled")?.textContent ?? "",
    running: document.querySelector(".running")?.textContent ?? "",
    fraction: document.querySelector("progress")?.value ?? null,
    cancel: document.querySelector("#cancel")?.textContent ?? "",
  }));
}

inEachEngine(
  (scene) => {
    test("estimates are shown while 14 GB are still being read, and stay when that is cancelled", async () => {
      const app = await App.open(scene);
      const { page } = app;
      await app.pick(long[0] ?? "", long.slice(1));
      await page.click("#compare");
      await page.waitFor("estimates", () => document.querySelector("#result") !== null, {
        timeout_ms: 50_000,
      });
      const underWay = await seen(page);
      expect(underWay.headline).toMatch(/\d\s*±\s*\d/);
      expect(underWay.note).toContain("95 %");
      expect(underWay.running).toContain(en.progress.exactFollows);
      expect(underWay.fraction).toBeLessThan(1);
      expect(underWay.cancel).toBe(en.progress.keepEstimates);
      await page.click("#cancel");
      await page.waitFor("the end", () => document.querySelector("#cancel") === null);
      const kept = await seen(page);
      expect(kept).toEqual({ ...underWay, running: "", fraction: null, cancel: "" });
      expect(JSON.parse(await app.report()).estimate).toBe(true);
      expect(await page.errors()).toEqual([]);
    });

    test("exact figures take the estimates' place, where the reader is", async () => {
      const address = `${scene.site.origin.replace("//localhost", "//127.0.0.1")}/eager/`;
      const app = await App.open({ ...scene, site: { address } });
      const { page } = app;
      await app.pick(FILES[0] ?? "", FILES.slice(1));
      await page.evaluate(() => {
        // what a reader does as soon as there are estimates
        const reading = new MutationObserver(() => {
          const result = document.querySelector("wk-result");
          const number = result?.querySelector(".headline .number")?.textContent;
          if (!number || !document.querySelector("#cancel")) return;
          reading.disconnect();
          Object.assign(globalThis, { result, number });
          document.querySelector<HTMLElement>("#language")?.focus();
        });
        reading.observe(document.body, { childList: true, subtree: true });
      });
      await page.click("#compare");
      await page.waitFor("the end", () => {
        return document.querySelector("#result") && !document.querySelector("#cancel");
      });
      expect(await app.report()).toBe(await nativeReport(FILES));
      const read = await page.evaluate(() => {
        const { result, number } = globalThis as unknown as { result: Element; number: string };
        return {
          number,
          is_same: result === document.querySelector("wk-result"),
          focus: document.activeElement?.id,
        };
      });
      expect(read.number).toMatch(/\d\s*±\s*\d/);
      expect(read).toMatchObject({ is_same: true, focus: "language" });
      const exact = await seen(page);
      expect(exact.headline).toMatch(/\d/);
      expect(exact.headline + exact.note).not.toMatch(/±|95 %/);
      expect(await page.errors()).toEqual([]);
    });
  },
  { mounts: { "/eager": eager } },
);
