import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import { checkpoint, type Family } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { DIST } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";

/** What is compared: the checkpoint first, then its relatives. */
const SETS: [what: string, family: Family, names: string[]][] = [
  ["a merge and its bases", "medium", ["mix_wai", "base_a", "base_b", "base_nai"]],
  ["every floating dtype", "small", ["dt_f32", "dt_bf16", "dt_e4m3", "dt_e5m2", "dt_mixed"]],
  ["mixed dtypes and a plain relative", "small", ["dt_mixed", "base_nai"]],
  ["tensors in another order", "small", ["edge_reorder", "mix_5050", "base_a"]],
  ["NaN and infinite weights", "small", ["edge_nan", "edge_inf", "mix_5050"]],
  ["zero columns and subnormals", "small", ["edge_zerocol", "edge_tiny", "mix_5050"]],
  ["missing and odd-shaped tensors", "small", ["edge_missing", "edge_shape", "mix_5050"]],
  ["integers, booleans and scalars", "small", ["edge_odd", "edge_odd2", "edge_posids"]],
  ["extra tensors and long metadata", "small", ["edge_ema", "edge_meta", "mix_5050"]],
  [
    "eight models",
    "small",
    ["mix_block", "root", "base_a", "base_b", "base_nai", "pony", "mix_anti", "unrelated"],
  ],
];

inEachEngine((scene) => {
  test.each(SETS)("%s: the report is the command line's to the byte", async (_, family, names) => {
    const [first = "", ...others] = names.map((name) => checkpoint(family, name));
    const app = await App.open(scene);
    await app.pick(first, others);
    const report = await app.compare();
    expect(report).toBe(await nativeReport([first, ...others]));
    expect(await app.page.errors()).toEqual([]);
  });

  test("the VAE takes part when asked for", async () => {
    const files = ["mix_5050", "base_a"].map((name) => checkpoint("small", name));
    const app = await App.open(scene);
    await app.pick(files[0] ?? "", files.slice(1));
    await app.page.click("#include-vae");
    const report = await app.compare();
    expect(report).toBe(await nativeReport(files, ["--include-vae"]));
    expect(report).toContain("first_stage_model.");
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
});
