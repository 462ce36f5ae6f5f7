// Fingerprints and indices that were made to do harm, with checksums that are right, on the page.
// `attacks.test.ts` has them in the element.

import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { App } from "./harness/app.ts";
import { MARKUP } from "./harness/attacks.ts";
import { checkpoint } from "./harness/families.ts";
import { type Forged, forge } from "./harness/forged.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("forged");
const GOOD = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));
const { model, fingerprints, indices } = await forge("forged-kin");

/** Files on disk; their names say nothing of what is in them. */
function written(kind: string, forged: Record<string, Forged>) {
  return Object.entries(forged).map(([what, { content, code }], i) => {
    return { what, code, path: writeInto(folder, `${kind}-${i}.safetensors`, content) };
  });
}

const files = [...written("fingerprint", fingerprints), ...written("index", indices)];
const refused = files.filter(({ code }) => code !== null);
const taken = written("fingerprint", fingerprints).filter(({ code }) => code === null);
const searched = written("index", indices).filter(({ code }) => code === null);

/** Nothing of what strangers wrote has become a part of the page, or has run. */
async function expectSound({ page }: App): Promise<void> {
  const found = await page.evaluate(() => ({
    intruders: [
      ...document.querySelectorAll("main script, main img, main [onerror], main [onload]"),
    ].length,
    hacked: [globalThis, Object.create(Object.prototype) as object].some((one) => "hacked" in one),
  }));
  expect(found).toEqual({ intruders: 0, hacked: false });
  expect(await page.errors()).toEqual([]);
}

async function expectGood(app: App): Promise<void> {
  await app.removeAll();
  await app.pick(GOOD[0] ?? "", GOOD.slice(1));
  expect(await app.compare()).toBe(await nativeReport(GOOD));
}

inEachEngine((scene) => {
  test("what is not as it should be is refused in words, and good files beside it compare", async () => {
    expect(refused.length).toBeGreaterThanOrEqual(25);
    const app = await App.open(scene);
    await app.page.pick("#pick-checkpoint", GOOD.slice(0, 1));
    await app.cards(1);
    await app.page.pick("#pick-relatives", [...GOOD.slice(1), ...refused.map(({ path }) => path)]);
    await app.cards(2 + refused.length);
    const said = await app.page.evaluate(() =>
      [...document.querySelectorAll(".card")].slice(2).map((card) => ({
        broken: card.classList.contains("broken"),
        problem: card.querySelector(".problem")?.textContent ?? "",
        exact: card.querySelector(".exact")?.textContent ?? "",
      })),
    );
    const wrong = refused.flatMap(({ what, code }, i) => {
      const { broken, problem, exact } = said[i] ?? { broken: false, problem: "", exact: "" };
      // it is looked at, and not only summed up
      const isSum = /checksum|damaged$/.test(what) === /its checksum is/.test(exact);
      const isRight =
        broken && code && problem === en.failures[code] && isSum && exact.length < 1000;
      return isRight ? [] : [{ what, code, problem, exact: exact.slice(0, 300) }];
    });
    expect(wrong).toEqual([]);
    await expectSound(app);
    expect(await app.compare()).toBe(await nativeReport(GOOD));
  });

  test("what is as it should be compares as on the command line, whatever it says", async () => {
    const app = await App.open(scene);
    for (const { what, path } of taken) {
      await app.removeAll();
      await app.pick(model, [path]);
      expect(await app.compare(), what).toBe(await nativeReport([model, path]));
      const words = await app.page.evaluate(() => document.querySelector("main")?.innerText);
      if (what.includes("markup")) expect(words).toContain(MARKUP);
      await expectSound(app);
    }
    await expectGood(app);
  });

  test("an index that is as it should be is searched, whatever it says", async () => {
    const app = await App.open(scene);
    for (const { what, path } of searched) {
      await app.removeAll();
      await app.pick(model, [path]);
      await app.page.click("#seek");
      const words = await app.page.waitFor("an answer", () => {
        return document.querySelector<HTMLElement>(".found, #failure")?.innerText;
      });
      if (what.includes("markup")) expect(words).toContain(MARKUP);
      await expectSound(app);
    }
    await expectGood(app);
  });
});
