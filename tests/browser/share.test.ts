import { expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { labFolder, openLab } from "./harness/lab.ts";
import { copied, drop, saved, settled } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";
import { copyInto, scratchFolder, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("share");
const FILES = ["mix_wai", "base_a", "base_b", "base_nai"].map((name) => checkpoint("brief", name));
/** A comparison with this file stands still before its end, in the site under `/lab/`. */
const held = copyInto(folder, checkpoint("heavy", "base_a"), "held-90.safetensors");
const LAB = { mounts: { "/lab": labFolder("share-lab") } };

/** Digits as the core writes them into text. */
function digits(value: number | null): string {
  return value === null ? "" : Number.isInteger(value) ? `${value}.0` : String(value);
}

inEachEngine((scene) => {
  test("text and Markdown carry six decimals, CSV all digits of the report", async () => {
    const app = await App.open(scene);
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    const { models, pairs, tensors } = JSON.parse(await app.compare()) as Weightkin.Report;
    const name = (model: number) => models[model]?.name;

    const text = await copied(app.page, "#share-text");
    const said = text.trimEnd().split("\n");
    expect(said.slice(0, models.length)).toEqual([
      "Mean cosine similarity:",
      ...pairs
        .filter(({ a }) => a === 0)
        .map(({ b, column_cosine }) => `${name(b)}<=>${name(0)}: ${column_cosine?.toFixed(6)}`),
    ]);
    // the rest says what has to be known to read them
    for (const note of said.slice(models.length))
      expect(note).toMatch(/zero in both models|tensors with fewer than 8 rows/);
    const confirmed = await app.page.waitFor("the confirmation", () => {
      const button = document.querySelector("#share-text.done");
      return button && document.querySelector("#status")?.textContent;
    });
    expect(confirmed).toBe("Copied");

    const table = (await copied(app.page, "#share-markdown")).split("\n");
    const rows = table.filter((line) => line.startsWith("|")).slice(2);
    expect(rows.length).toBe(pairs.length);
    pairs.forEach((pair, i) => {
      for (const value of [pair.column_cosine, pair.flat_cosine, pair.relative_distance]) {
        expect(rows[i]).toContain(` ${value?.toFixed(6)} `);
      }
    });

    const csv = await saved(app.page, "#share-csv");
    const lines = Buffer.from(csv.base64, "base64").toString("utf8").trimEnd().split("\r\n");
    expect(csv.name).toBe("mix_wai.weightkin.csv");
    expect(lines.length).toBe(1 + tensors.length * pairs.length);
    const [first] = tensors;
    expect(lines[1]).toContain(`,${digits(first?.pairs[0]?.column_cosine ?? null)},`);
    expect(await app.page.errors()).toEqual([]);
  });

  test("the picture is a PNG of the size that sites show", async () => {
    const app = await App.open(scene);
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    await app.compare();
    const picture = await saved(app.page, "#share-picture");
    const png = Buffer.from(picture.base64, "base64");
    expect(picture.name).toBe("mix_wai.weightkin.png");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2400, 1260]);
    // a picture with text and colours on it, not a blank one
    expect(png.length).toBeGreaterThan(20_000);
  });

  test("a saved report opens again without the models, by dropping and by picking", async () => {
    const first = await App.open(scene);
    await first.pick(FILES[0] ?? "", FILES.slice(1));
    const report = await first.compare();
    const words = () =>
      ["#headline", ".part-matrix", ".part-recipe", ".part-tree", "table.pairs"].map(
        (selector) => document.querySelector(selector)?.textContent ?? "",
      );
    const before = await first.page.evaluate(words);

    const dropped = await App.open(scene);
    await drop(dropped.page, "main", [{ name: "mix_wai.weightkin.json", text: report }]);
    expect(await dropped.report()).toBe(report);
    expect(await dropped.page.evaluate(words)).toEqual(before);
    expect(
      await dropped.page.evaluate(() => document.querySelector(".reopened")?.textContent),
    ).toContain("saved report");

    const picked = await App.open(scene);
    const path = writeInto(folder, "saved.json", report);
    await picked.page.pick("#pick-checkpoint", [path]);
    expect(await picked.report()).toBe(report);
  });

  test("a report that was changed shows the figures of its records", async () => {
    const first = await App.open(scene);
    await first.pick(FILES[0] ?? "", FILES.slice(1, 3));
    const report = JSON.parse(await first.compare()) as Weightkin.Report;
    const [pair] = report.pairs;
    const honest = digits(pair?.column_cosine ?? null);
    if (pair) pair.column_cosine = 0.123456;
    const app = await App.open(scene);
    await drop(app.page, "main", [{ name: "r.json", text: JSON.stringify(report) }]);
    await app.report();
    const text = await app.page.evaluate(() => document.querySelector("table.pairs")?.textContent);
    expect(text).not.toContain("0.123456");
    expect(text).toContain((pair ? Number(honest) : 0).toFixed(6));
  });

  test("what a cancelled comparison had finished stays readable and is called partial", async () => {
    const app = await openLab(scene);
    await app.pick(checkpoint("heavy", "mix_wai"), [held]);
    await app.page.click("#compare");
    await app.page.waitFor("a finished tensor", () => {
      const estimate = document.querySelector(".estimates .figure")?.textContent ?? "";
      return estimate.includes("≈");
    });
    await app.page.click("#cancel");
    const said = await app.page.waitFor(
      "the partial result",
      () => document.querySelector(".partial")?.textContent,
    );
    expect(said).toMatch(/Partial result/);
    const report = JSON.parse(await app.report()) as Weightkin.Report;
    const { unfinished = 0, tensors } = report.compared;
    expect(unfinished).toBeGreaterThan(0);
    expect(tensors).toBe(report.tensors.length);
    expect(said).toContain(`${tensors.toLocaleString("en")} of`);
    await settled(app.page);
    expect(await app.page.errors()).toEqual([]);
  });
}, LAB);
