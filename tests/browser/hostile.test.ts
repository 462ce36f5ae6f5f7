// Every file of the hostile table (`tests/hostile`), picked in real browsers.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { peakBytes, treeBytes } from "./bench/memory.ts";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { TARGET } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";

const FOLDER = join(TARGET, "families", "hostile");
const EXPECTED = join(FOLDER, "expected.json");
const table: { file: string; code: keyof typeof en.failures | null }[] = existsSync(EXPECTED)
  ? JSON.parse(readFileSync(EXPECTED, "utf8"))
  : [];
const malformed = table.filter(({ code }) => code !== null);
const valid = table.filter(({ code }) => code === null);
const GOOD = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));

/** What a card says: the plain words, and the exact message behind "Details". */
type Said = { name: string; broken: boolean; problem: string; exact: string };

async function pickAll(app: App, files: { file: string }[], good: string[]): Promise<Said[]> {
  const [first, ...more] = good;
  const paths = [...more, ...files.map(({ file }) => join(FOLDER, file))];
  if (first) {
    await app.page.pick("#pick-checkpoint", [first]);
    await app.cards(1);
  }
  await app.page.pick("#pick-relatives", paths);
  await app.cards(paths.length + (first ? 1 : 0));
  const said = await app.page.evaluate(() =>
    [...document.querySelectorAll('wk-zone[kind="relative"] .card')].map((card) => ({
      name: card.querySelector(".name")?.textContent ?? "",
      broken: card.classList.contains("broken"),
      problem: card.querySelector(".problem")?.textContent ?? "",
      exact: card.querySelector(".exact")?.textContent ?? "",
    })),
  );
  return said.slice(more.length);
}

/** What no page may hold because of a file: anything wider than itself, or anything that runs. */
async function expectSound(app: App): Promise<void> {
  await app.page.resize(360, 740);
  const page = await app.page.evaluate(() => ({
    overflow_px: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    intruders: document.querySelectorAll(".card script, .card img, .card b").length,
  }));
  expect(page).toEqual({ overflow_px: 0, intruders: 0 });
  expect(await app.page.errors()).toEqual([]);
}

inEachEngine((scene) => {
  // WebKitGTK twice gave no answer within a minute to hundreds of files at once, and then did
  const retry = scene.engine === "webkit" ? 1 : 0;
  test("malformed files of every kind are named, and good ones beside them compare", {
    retry,
  }, async () => {
    expect(malformed.length).toBeGreaterThanOrEqual(200);
    const app = await App.open(scene);
    const said = await pickAll(app, malformed, GOOD);
    const wrong = malformed.flatMap(({ file, code }, i) => {
      const { name, broken, problem, exact } = said[i] as Said;
      const isRight =
        broken &&
        problem === en.failures[code as keyof typeof en.failures] &&
        // a file without a model's name is called by its own
        file.startsWith(name) &&
        exact.length < 1000 &&
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be shown
        !/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/.test(exact);
      return isRight ? [] : [{ file, code, name, problem, exact: exact.slice(0, 300) }];
    });
    expect(wrong).toEqual([]);
    await expectSound(app);
    expect(await app.compare()).toBe(await nativeReport(GOOD));
  });

  test("valid files at the edge of the format are taken", async () => {
    expect(valid.length).toBeGreaterThan(50);
    const app = await App.open(scene);
    const said = await pickAll(app, valid, []);
    const refused = valid.flatMap(({ file }, i) => (said[i]?.broken ? [{ file, ...said[i] }] : []));
    expect(refused).toEqual([]);
    await expectSound(app);
  });
});

/** Most memory that a batch of small files may take, whatever they say. */
const MEMORY_BYTES = 64 << 20;
/** Files up to this size are small. */
const SMALL_BYTES = 1 << 20;
const BATCH = 50;

// WebKit's processes are no children of its driver
inEachEngine(
  (scene) => {
    test("a batch of small bad files takes little memory", async () => {
      const small = malformed.filter(
        ({ file }) => statSync(join(FOLDER, file)).size <= SMALL_BYTES,
      );
      const app = await App.open(scene);
      const took: number[] = [];
      for (let start = 0; start < small.length; start += BATCH) {
        const batch = small.slice(start, start + BATCH);
        const before = treeBytes(scene.browser.pid);
        const peak = await peakBytes(scene.browser.pid, () => pickAll(app, batch, []));
        took.push(peak - before);
        await app.removeAll();
      }
      const megabytes = took.map((bytes) => Math.round(bytes / (1 << 20)));
      console.log(`${scene.engine}: ${megabytes.join(", ")} MB for ${BATCH} files each`);
      // the first batch brings what the page has not used before
      expect(Math.max(...took.slice(1))).toBeLessThan(MEMORY_BYTES);
    });
  },
  { only: ["chromium", "firefox"] },
);
