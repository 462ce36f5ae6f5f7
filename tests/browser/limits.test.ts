// As large as models get, and larger: the page takes it or says why not, and goes on.

import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";
import { safetensors, scratchFolder, sparseCheckpoint, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("limits");
const GOOD = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));
/** Largest header of a file (`src/header`). */
const HEADER_BYTES = 100_000_000;
const MOST_MODELS = 16;

/** A small model whose weights are not zero, and its own. */
function model(name: string, seed: number, shapes: Record<string, number[]>): string {
  const content = safetensors(shapes);
  const start = 8 + Number(Buffer.from(content).readBigUInt64LE());
  for (let at = start; at < content.length; at += 2) {
    const mixed = Math.imul(at + seed * 7919, 0x9e3779b1) >>> 16;
    content[at] = mixed & 0xff;
    content[at + 1] = 0x30 | ((mixed >> 8) & 0x8f);
  }
  return writeInto(folder, `${name}.safetensors`, content);
}

/** A file whose header has exactly so many bytes. */
async function longHeader(name: string, header_bytes: number): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  const tensor = `"a.weight":{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]}}`;
  const begin = `{"__metadata__":{"notes":"`;
  const filled = header_bytes - begin.length - 3 - tensor.length;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header_bytes));
  const file = createWriteStream(path);
  for (const part of [length, begin, "x".repeat(filled), `"},`, tensor, Buffer.alloc(64, 0x3c)]) {
    file.write(part);
  }
  file.end();
  await finished(file);
  return path;
}

const many = Array.from({ length: MOST_MODELS + 1 }, (_, i) =>
  model(`m${i}`, i, { "a.weight": [64, 48], "b.weight": [32, 96] }),
);
const LONG = Object.fromEntries(
  ["a", "b", "c"].map((letter): [string, number[]] => [letter.repeat(65_000), [16, 16]]),
);
const long = ["long-1", "long-2"].map((name, i) => model(name, i, LONG));
const countless = Object.fromEntries(
  Array.from({ length: 100_000 }, (_, i): [string, number[]] => [
    `layers.${i % 2_000}.${i}.weight`,
    [2, 2],
  ]),
);
const tensors = ["tensors-1", "tensors-2"].map((name, i) => model(name, i, countless));
const vast = join(folder, "vast.safetensors");
sparseCheckpoint(vast, checkpoint("small", "base_a"), 120e9);
const allowed = await longHeader("allowed", HEADER_BYTES);
const beyond = await longHeader("beyond", HEADER_BYTES + 1);

/** The page compares as ever. */
async function expectUsable(app: App): Promise<void> {
  await app.removeAll();
  await app.pick(GOOD[0] ?? "", GOOD.slice(1));
  expect(await app.compare()).toBe(await nativeReport(GOOD));
  expect(await app.page.errors()).toEqual([]);
}

inEachEngine((scene) => {
  test("sixteen models are compared at once, and a seventeenth is said to be too many", async () => {
    const app = await App.open(scene);
    await app.pick(many[0] ?? "", many.slice(1, MOST_MODELS));
    expect(await app.compare()).toBe(await nativeReport(many.slice(0, MOST_MODELS)));
    await app.page.pick("#pick-relatives", many.slice(MOST_MODELS));
    await app.cards(MOST_MODELS + 1);
    await app.page.click("#compare");
    expect(await app.failure()).toContain(en.failures.too_many_models);
    await expectUsable(app);
  });

  test("names of 65,000 characters are shown in short, and compared", async () => {
    const app = await App.open(scene);
    await app.pick(long[0] ?? "", long.slice(1));
    expect(await app.compare()).toBe(await nativeReport(long));
    await app.page.resize(360, 740);
    const overflow_px = await app.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow_px).toBe(0);
    await expectUsable(app);
  });

  // a minute in each engine on a busy machine: all three only when asked for
  const is_wanted = scene.engine === "chromium" || process.env["WEIGHTKIN_LONG"] !== undefined;
  test.runIf(is_wanted)(
    "two models of 100,000 tensors are compared",
    async () => {
      const app = await App.open(scene);
      const startedMs = Date.now();
      await app.pick(tensors[0] ?? "", tensors.slice(1));
      await app.page.click("#compare");
      const headline = await app.page.waitFor(
        "a result",
        () => document.querySelector("#result .headline .number, #failure")?.textContent,
        { timeout_ms: 100_000 },
      );
      console.log(`${scene.engine}: 100,000 tensors after ${Date.now() - startedMs} ms`);
      const { pairs } = JSON.parse(await nativeReport(tensors));
      const { drawn, said } = await app.page.evaluate(() => ({
        drawn: document.querySelectorAll(".strip-row:not(.axis) .cell").length,
        said: document.querySelector("wk-strip .hint")?.textContent,
      }));
      expect(drawn).toBe(1_000);
      expect(said).toContain(en.strip.first("1,000", "2,000"));
      const digits = String(pairs[0].column_cosine).slice(0, 6);
      expect(headline).toContain(digits);
      await expectUsable(app);
    },
    150_000,
  );

  test("a file of 120 GB is shown, as is a header of 100 MB; one byte more is refused", async () => {
    const app = await App.open(scene);
    const startedMs = Date.now();
    await app.page.pick("#pick-checkpoint", [vast]);
    const [card] = await app.cards(1);
    expect(card).toContain("120 GB");
    const vast_ms = Date.now() - startedMs;
    expect(vast_ms).toBeLessThan(10_000);
    await app.page.pick("#pick-relatives", [allowed, beyond]);
    const [, good, refused] = await app.cards(3);
    console.log(`${scene.engine}: 120 GB ${vast_ms} ms; headers ${Date.now() - startedMs} ms`);
    expect(good).toContain("allowed");
    expect(good).toContain("1 tensor");
    expect(refused).toContain(en.failures.header_too_large);
    await expectUsable(app);
  });
});
