import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { goldenSets } from "./harness/golden.ts";
import { nativeReport } from "./harness/native.ts";
import { DIST } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";

/** How far a mean may be from the float64 reference. */
const TOLERANCE = 1e-6;

inEachEngine(
  (scene) => {
    test.each(goldenSets().map((set) => [set.name, set] as const))(
      "%s: the reference's figures, the command line's bytes",
      async (_, set) => {
        const [first = "", ...others] = set.models.map((name) => checkpoint("small", name));
        const app = await App.open(scene);
        await app.pick(first, others);
        if (set.include_vae) await app.page.click("#include-vae");
        const text = await app.compare();
        const options = set.include_vae ? ["--include-vae"] : [];
        expect(text).toBe(await nativeReport([first, ...others], options));
        expect(await app.page.errors()).toEqual([]);

        // the references leave out a 1×1 convolution beside the matrix that it is
        if (set.name === "shape") return;
        const report = JSON.parse(text) as Weightkin.Report;
        expect(report.compared.tensors).toBe(set.compared_tensors);
        expect(report.pairs).toHaveLength(set.pairs.length);
        for (const { a, b, column_cosine, columns, left_out_columns } of report.pairs) {
          const pair = `${set.models[a]}|${set.models[b]}`;
          const golden = set.pairs.find((candidate) => candidate.pair === pair);
          expect(golden, pair).toBeDefined();
          expect(Math.abs((column_cosine ?? 0) - (golden?.truth_f64 ?? 0)), pair).toBeLessThan(
            TOLERANCE,
          );
          expect([columns, left_out_columns], pair).toEqual([golden?.columns, golden?.nan_columns]);
        }
      },
    );

    test("100 MB of checkpoints: the report is the command line's to the byte", async () => {
      const files = ["mix_wai", "base_a", "base_b", "base_nai"];
      const [first = "", ...others] = files.map((name) => checkpoint("medium", name));
      const app = await App.open(scene);
      await app.pick(first, others);
      expect(await app.compare()).toBe(await nativeReport([first, ...others]));
      expect(await app.page.errors()).toEqual([]);
    });

    test("one click on the samples shows a result", async () => {
      const folder = join(DIST, "samples");
      const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
      const files: string[] = [index.checkpoint, ...index.relatives];
      const app = await App.open(scene);
      await app.page.click("#samples");
      const report = await app.report();
      expect(report).toBe(await nativeReport(files.map((name) => join(folder, name))));
      const headline = await app.page.evaluate(
        () => document.querySelector("#headline")?.textContent ?? "",
      );
      const { models, pairs } = JSON.parse(report) as Weightkin.Report;
      const relatives = pairs.filter(({ a }) => a === 0);
      relatives.sort((x, y) => (y.column_cosine ?? -2) - (x.column_cosine ?? -2));
      expect(headline).toContain(models[relatives[0]?.b ?? -1]?.name);
      expect(await app.page.errors()).toEqual([]);
    });

    test("the result fits a phone's width", async () => {
      const app = await App.open(scene);
      await app.page.resize(360, 740);
      await app.page.click("#samples");
      await app.report();
      const overflow_px = await app.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow_px).toBe(0);
    });
  },
  // figures are to be the same whichever way WebAssembly is compiled
  { isOptimising: true },
);
