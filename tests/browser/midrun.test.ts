// What may happen to files, workers and the page in the middle of a comparison.

import { mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { treeBytes } from "./bench/memory.ts";
import type { App } from "./harness/app.ts";
import { barePage } from "./harness/bare.ts";
import { checkpoint } from "./harness/families.ts";
import { type LabOrder, labFolder, openLab, order, untilHeld, watchLab } from "./harness/lab.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { copyInto, safetensors, scratchFolder, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("midrun");
const LAB = { mounts: { "/lab": labFolder("midrun-lab") } };
const CHECKPOINT = checkpoint("heavy", "mix_wai");
const RELATIVE = checkpoint("heavy", "base_a");
const GOOD = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));

const REMOVE = 'wk-zone[kind="relative"] .card-actions button[aria-label^="Remove"]';

interface Held {
  app: App;
  /** The checkpoint: read to its half, and never held. */
  checkpoint: string;
  /** The relative whose second half is held. */
  relative: string;
}

/** A page with a comparison that stands still when the relative is read to `percent`. */
async function heldRun(scene: Scene, name: string, percent = 50): Promise<Held> {
  const own = `${scene.engine}-${name}`.replaceAll(" ", "-");
  const files = {
    checkpoint: copyInto(folder, CHECKPOINT, `${own}.safetensors`),
    relative: copyInto(folder, RELATIVE, `held-${percent}-${own}.safetensors`),
  };
  const app = await openLab(scene);
  await watchLab(app.page);
  await app.pick(files.checkpoint, [files.relative]);
  await app.page.click("#compare");
  await untilHeld(app.page);
  return { app, ...files };
}

/** The page goes on with a good file in the relative's place. */
async function goesOn(app: App): Promise<void> {
  await app.page.pick("#pick-checkpoint", GOOD.slice(0, 1));
  await app.page.click(REMOVE);
  await app.cards(1);
  await app.page.pick("#pick-relatives", GOOD.slice(1));
  await app.cards(2);
  expect(await app.compare()).toBe(await nativeReport(GOOD));
}

/** Other weights, byte for byte at the same place, as if saved again. */
function overwrite(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x3c, Math.ceil(bytes.length / 20));
  writeFileSync(path, bytes);
  utimesSync(path, new Date(), new Date(Date.now() + 5_000));
}

const FAULTS: [what: string, file: "checkpoint" | "relative", ruin: (path: string) => void][] = [
  ["a file is deleted", "relative", (path) => rmSync(path)],
  ["a file is cut short", "relative", (path) => truncateSync(path, 7_000_000)],
  ["a file is overwritten", "relative", overwrite],
  ["a file that has been read is overwritten", "checkpoint", overwrite],
  [
    "a file becomes unreadable",
    "relative",
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
];

/** What may become of a worker and be noticed, and the words for it. */
const BREAKS: [what: string, order: LabOrder, code: keyof typeof en.failures][] = [
  ["a worker crashes", "crash", "worker_crashed"],
  ["a file may no longer be read", "forbid", "permission_lost"],
  ["there is no memory to read into", "starve", "out_of_memory"],
  ["the core's memory is used up", "exhaust", "out_of_memory"],
];

/** What nobody is told of. */
const SILENCES: [what: string, order: LabOrder | null][] = [
  ["nothing comes from the disk", null],
  ["a worker is ended", "vanish"],
];

inEachEngine((scene) => {
  test.each(FAULTS)(
    "%s: an error that names it, and the page goes on",
    async (what, which, ruin) => {
      const { app, ...files } = await heldRun(scene, what);
      ruin(files[which]);
      await order(app.page, "go");
      const said = await app.failure();
      expect(said).toContain(files[which].split("/").at(-1));
      expect(said).toMatch(/changed on disk|no longer where it was|moved or changed/);
      await goesOn(app);
    },
  );

  test.each(BREAKS)("%s: an error that says so, and the page goes on", async (_, what, code) => {
    const { app, relative } = await heldRun(scene, what);
    await order(app.page, what);
    const said = await app.failure();
    expect(said).toContain(en.failures[code]);
    if (code === "permission_lost") expect(said).toContain(relative.split("/").at(-1));
    await goesOn(app);
  });

  test.each(SILENCES)(
    "%s: that nothing is read is said, and cancelling works",
    async (_, silence) => {
      const { app } = await heldRun(scene, silence ?? "stall");
      const { page } = app;
      if (silence) await order(page, silence);
      const words = await page.waitFor("the notice", () => {
        const notice = document.querySelector(".stalled")?.textContent;
        return notice && document.querySelector("#status")?.textContent?.includes(notice) && notice;
      });
      expect(words).toContain("Nothing has been read for a while");
      await page.click("#cancel");
      await page.waitFor("the end", () => document.querySelector("#cancel") === null);
      expect(await page.evaluate(() => document.querySelector("#failure"))).toBe(null);
      await goesOn(app);
    },
  );

  test("cancelled at every stage, the page goes on with exact figures", async () => {
    const { app, ...files } = await heldRun(scene, "cancel", 5);
    const { page } = app;
    const over = () =>
      page.waitFor("the end", () => {
        const compare = document.querySelector<HTMLButtonElement>("#compare");
        return document.querySelector("#cancel") === null && compare?.disabled === false;
      });
    await page.click("#cancel");
    await over();
    // while workers start and headers are read, and a little later
    for (const waitMs of [0, 1, 5, 20, 50]) {
      await page.evaluate(async (waitMs) => {
        document.querySelector<HTMLElement>("#compare")?.click();
        while (!document.querySelector("#cancel")) await new Promise(requestAnimationFrame);
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        document.querySelector<HTMLElement>("#cancel")?.click();
      }, waitMs);
      await over();
    }
    // at the very end
    await page.evaluate(() => {
      globalThis.held = 0;
    });
    await page.click("#compare");
    await untilHeld(page);
    await page.evaluate(() => {
      globalThis.lab.postMessage("go");
      document.querySelector<HTMLElement>("#cancel")?.click();
    });
    await over();
    // workers that stood ready have heard that they may go on, those that were started since have not
    await page.evaluate(() => {
      setInterval(() => globalThis.lab.postMessage("go"), 50);
    });
    await page.click("#compare");
    expect(await app.report()).toBe(await nativeReport([files.checkpoint, files.relative]));
    expect(await page.errors()).toEqual([]);
  });
}, LAB);

inEachEngine(
  (scene) => {
    test("a page hidden, frozen and restored goes on where it was", async () => {
      const { app, ...files } = await heldRun(scene, "frozen");
      await app.page.devtools?.("Page.setWebLifecycleState", { state: "frozen" });
      await app.page.devtools?.("Page.setWebLifecycleState", { state: "active" });
      await order(app.page, "go");
      expect(await app.report()).toBe(await nativeReport([files.checkpoint, files.relative]));
    });
  },
  { ...LAB, only: ["chromium"] },
);

inEachEngine(
  (scene) => {
    test("a hundred comparisons in a row leave nothing behind", async () => {
      const shapes = { "a.weight": [1024, 1024], "b.weight": [2048, 512] };
      const files = ["one", "other"].map((name) =>
        writeInto(folder, `${scene.engine}-${name}.safetensors`, safetensors(shapes)),
      );
      const page = await barePage(scene, files);
      const expected = await nativeReport(files);
      const compare = async (times: number) => {
        const texts = await page.evaluate(async (times) => {
          const { compare, reportText } = globalThis.weightkin;
          const texts = new Set<string>();
          for (let i = 0; i < times; i += 1)
            texts.add(reportText(await compare(globalThis.picked)));
          return [...texts];
        }, times);
        expect(texts.length === 1 && texts[0] === expected).toBe(true);
        // Firefox cannot be told to, and collects by itself
        if (scene.engine === "chromium") await page.devtools?.("HeapProfiler.collectGarbage");
        return treeBytes(scene.browser.pid);
      };
      await compare(40); // the heap of Firefox grows to its size for about as long
      let early_bytes = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3; round += 1)
        early_bytes = Math.min(early_bytes, await compare(10));
      await compare(40);
      // What is not collected yet comes and goes, what is kept stays: one low is enough, and with
      // what one comparison reads kept each time (8.4 MB) every round would be 84 MB further from it.
      const LIMIT_MB = 100;
      let growth_mb = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 12 && growth_mb >= LIMIT_MB; round += 1)
        growth_mb = Math.min(growth_mb, ((await compare(10)) - early_bytes) / 1e6);
      console.log(`${scene.engine}: ${growth_mb.toFixed(0)} MB more after 50 or more comparisons`);
      expect(growth_mb).toBeLessThan(LIMIT_MB);
    });
  },
  { only: ["chromium", "firefox"] },
);
