import { cpSync } from "node:fs";
import { expect, test } from "vitest";
import type * as Found from "../../www/src/shared/identification.js";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import { barePage } from "./harness/bare.ts";
import type { Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeIdentification, nativeIndex, nativeReport } from "./harness/native.ts";
import { saved } from "./harness/page-actions.ts";
import { indexOnly, prints } from "./harness/prints.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";

const NAMES = ["base_a", "base_b", "base_nai", "pony"];
const MODEL = checkpoint("brief", "mix_wai");

const made = await prints("brief", NAMES, "identify");
/** Names that mean something else to a careless program. */
const hostile = scratchFolder("identify-hostile");
for (const [i, name] of [
  "%2e%2e%2fa#b?c=d&e",
  "<img src=x onerror=globalThis.hacked=1>",
  "__proto__",
].entries()) {
  cpSync(made.of(NAMES[i] ?? ""), `${hostile}/${name}.kin.safetensors`);
}
await nativeIndex(hostile);
const ALL = NAMES.map(made.of);

/** The nearest relatives of the first file among the others. */
function identified(page: Page, top: number) {
  return page.evaluate(async (top) => {
    const [model, ...files] = globalThis.picked as [Weightkin.ModelInput];
    const steps = new Set<string>();
    const { read, ...found } = await globalThis.weightkin.identify(
      model,
      files.flatMap(({ files }) => files),
      { top, onProgress: ({ step }) => steps.add(step) },
    );
    return { found, read: [...read.keys()], steps: [...steps] };
  }, top);
}

/** What the command line says as well. */
function ranking({ failed: _f, missing: _m, ...ranking }: Omit<Found.Identification, "read">) {
  return ranking;
}

inEachEngine(
  (scene) => {
    test("a folder of fingerprints ranks as on the command line, with its index and without", async () => {
      for (const files of [ALL, [made.index, ...ALL]]) {
        const page = await barePage(scene, [MODEL, ...files]);
        const { found, read, steps } = await identified(page, 2);
        expect(ranking(found)).toEqual(
          await nativeIdentification(MODEL, made.folder, ["--top", "2"]),
        );
        expect(found.failed).toEqual([]);
        expect(found.missing).toEqual([]);
        expect(read.length).toBe(2);
        expect(steps).toEqual(["sample", "read", "refine"]);
        expect(await page.errors()).toEqual([]);
      }
    });

    test("of an index only what matters is asked for, and what cannot be had is said", async () => {
      const index = indexOnly(made, `identify-${scene.engine}`);
      const page = await barePage(scene, [MODEL, index, MODEL]);
      const { found, read } = await identified(page, 2);
      expect(read).toEqual([]);
      expect(found.missing.length).toBe(2);
      expect(found.relatives.length).toBe(NAMES.length);
      expect(found.relatives.some(({ refined }) => refined)).toBe(false);
      // a checkpoint among the fingerprints is not read at all
      expect(found.failed.map(({ code }) => code)).toEqual(["not_a_fingerprint"]);

      const asked = await page.evaluate(async () => {
        const [model, index] = globalThis.picked as Weightkin.ModelInput[];
        const asked: [string, string][] = [];
        await globalThis.weightkin.identify(model as Weightkin.ModelInput, index?.files ?? [], {
          top: 1,
          paths: ["https://models.example/bases/index.kin.safetensors"],
          get: async (file, folder) => {
            asked.push([file, folder]);
            return new File(["something else"], file);
          },
        });
        return asked;
      });
      const [first] = found.relatives;
      expect(asked).toEqual([[first?.file, "https://models.example/bases/"]]);
    });
  },
  { isolated: false },
);

inEachEngine(
  (scene) => {
    test("an index picked on the page ranks, asks for what is missing, and leads to a comparison", async () => {
      const app = await App.open(scene);
      const { page } = app;
      await page.pick("#pick-checkpoint", [MODEL]);
      await app.cards(1);
      await page.pick("#pick-relatives", [indexOnly(made, `identify-page-${scene.engine}`)]);
      const [, card] = await app.cards(2);
      expect(card).toContain("Describes 4 models");
      await page.click("#seek");
      const asked = await page.waitFor("a ranking", () => {
        const panel = document.querySelector<HTMLElement>(".found");
        return panel?.querySelector("#found-missing") ? panel.innerText : null;
      });
      expect(asked).toContain("coarse estimate");
      expect(asked).toContain("fingerprints would settle the ranking");
      await page.pick("#pick-missing", ALL);
      const settled = await page.waitFor("the final ranking", () => {
        const panel = document.querySelector<HTMLElement>(".found");
        return panel && !panel.querySelector("#found-missing") ? panel.innerText : null;
      });
      const expected = (await nativeIdentification(MODEL, made.folder, [
        "--top",
        "3",
      ])) as Found.Identification;
      const [first] = expected.relatives;
      expect(settled).toContain(`Closest to ${first?.name}`);
      expect(settled).toMatch(/0\.\d+ ± 0\.\d+/);
      const { name, base64 } = await saved(page, "#download-ranking");
      expect(name).toBe("mix_wai.relatives.json");
      expect(JSON.parse(Buffer.from(base64, "base64").toString())).toEqual(expected);

      await page.click("#compare-found");
      const near = expected.relatives.slice(0, 3).map(({ name }) => made.of(name));
      expect(await app.report()).toBe(await nativeReport([MODEL, ...near]));
      expect(await page.evaluate(() => document.querySelector(".found") !== null)).toBe(true);
      expect(await page.errors()).toEqual([]);
    });
  },
  { only: ["chromium", "webkit"] },
);

inEachEngine(
  (scene) => {
    test("an index that the page's address names is fetched, and then only what matters", async () => {
      const before = (await scene.site.requests()).length;
      const site = { address: `${scene.site.address}?relatives=bases/index.kin.safetensors` };
      const app = await App.open({ ...scene, site });
      await app.cards(1);
      await app.page.pick("#pick-checkpoint", [MODEL]);
      await app.cards(2);
      await app.page.click("#seek");
      await app.page.waitFor("a ranking", () => document.querySelector(".found .ranking"));
      const served = (await scene.site.requests()).slice(before).map(({ path }) => path);
      expect(served.filter((path) => path.startsWith("/bases/")).sort()).toEqual([
        "/bases/base_a.kin.safetensors",
        "/bases/base_b.kin.safetensors",
        "/bases/base_nai.kin.safetensors",
        "/bases/index.kin.safetensors",
      ]);
      expect(await app.page.evaluate(() => document.querySelector("#found-missing"))).toBe(null);
      expect(await app.page.errors()).toEqual([]);
    });

    test("names in an index are text, and paths below its folder, whatever is in them", async () => {
      const site = { address: `${scene.site.address}?relatives=hostile/index.kin.safetensors` };
      const app = await App.open({ ...scene, site });
      const before = (await scene.site.requests()).length;
      await app.cards(1);
      await app.page.pick("#pick-checkpoint", [MODEL]);
      await app.cards(2);
      await app.page.click("#seek");
      await app.page.waitFor("a ranking", () => document.querySelector(".found .ranking"));
      const served = (await scene.site.requests()).slice(before).map(({ path }) => path);
      // the site's own samples may be on their way into its cache
      const fetched = served.filter((path) => /^(?!\/samples\/).*safetensors/.test(path));
      expect(fetched.length).toBeGreaterThan(2);
      expect(fetched.filter((path) => !path.startsWith("/hostile/"))).toEqual([]);
      expect(served.filter((path) => path.includes("hacked") && !fetched.includes(path))).toEqual(
        [],
      );
      expect(await app.page.evaluate(() => document.querySelector("#found-missing"))).toBe(null);
      expect(await app.page.evaluate(() => "hacked" in globalThis)).toBe(false);
    });

    test("a search is stopped with one click, and the next one works", async () => {
      const app = await App.open(scene);
      await app.page.pick("#pick-checkpoint", [MODEL]);
      await app.page.pick("#pick-relatives", [made.index, ...ALL]);
      const [, card] = await app.cards(2);
      expect(card).toContain("5 files");
      await app.page.evaluate(() => {
        document.querySelector<HTMLElement>("#seek")?.click();
      });
      await app.page.waitFor("the search", () => document.querySelector("#cancel"));
      await app.page.evaluate(() => document.querySelector<HTMLElement>("#cancel")?.click());
      await app.page.waitFor("the end", () => document.querySelector("#cancel") === null);
      await app.page.click("#seek");
      await app.page.waitFor("a ranking", () => document.querySelector(".found .ranking"));
      expect(await app.page.errors()).toEqual([]);
    });
  },
  { only: ["chromium"], mounts: { "/bases": made.folder, "/hostile": hostile } },
);
