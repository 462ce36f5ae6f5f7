import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ja } from "../../www/src/page/language/words/ja.ts";
import { zhCN } from "../../www/src/page/language/words/zh-cn.ts";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import { barePage } from "./harness/bare.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeFingerprint, nativeReport } from "./harness/native.ts";
import { saved, useLanguage } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, writeInto } from "./harness/scratch.ts";

const NAMES = ["mix_wai", "base_a", "base_b", "base_nai"] as const;

const folder = scratchFolder("fingerprints");

/** Fingerprints of the heavy family, made by the command line. */
const made = new Map<string, string>();
for (const name of NAMES) {
  const path = `${folder}/${name}.kin.safetensors`;
  await nativeFingerprint(checkpoint("heavy", name), path);
  made.set(name, path);
}
const print = (name: (typeof NAMES)[number]) => made.get(name) ?? "";

inEachEngine((scene) => {
  test("a fingerprint made here is the command line's to the byte, at any size", async () => {
    const model = checkpoint("heavy", "base_a");
    const page = await barePage(scene, [model]);
    for (const [options, flags] of [
      [{}, []],
      [{ rows: 9, workers: 1 }, ["--rows", "9"]],
      [{ maxBytes: 12_000_000 }, ["--max-bytes", "12000000"]],
    ] as const) {
      const [name, base64, fractions] = await page.evaluate(async (options) => {
        const fractions: number[] = [];
        const [model] = globalThis.picked;
        const file = await globalThis.weightkin.fingerprint(model as Weightkin.ModelInput, {
          ...options,
          onProgress: ({ fraction }) => fractions.push(fraction),
        });
        const bytes = new Uint8Array(await file.arrayBuffer());
        let binary = "";
        for (let i = 0; i < bytes.length; i += 8192) {
          binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
        }
        return [file.name, btoa(binary), fractions] as const;
      }, options);
      const path = `${folder}/${scene.engine}.kin.safetensors`;
      const expected = await nativeFingerprint(model, path, [...flags, "--force"]);
      expect(name).toBe("base_a.kin.safetensors");
      expect(Buffer.from(base64, "base64").equals(expected), flags.join(" ")).toBe(true);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
    }
    expect(await page.errors()).toEqual([]);
  });

  test("fingerprints stand for models, mixed freely: the command line's report", async () => {
    for (const files of [
      [checkpoint("heavy", "mix_wai"), print("base_a"), print("base_b")],
      [print("mix_wai"), print("base_a"), print("base_nai")],
      [checkpoint("heavy", "mix_wai"), checkpoint("heavy", "base_a"), print("base_nai")],
    ]) {
      const page = await barePage(scene, files);
      const text = await page.evaluate(async () => {
        const { compare, reportText } = globalThis.weightkin;
        return reportText(await compare(globalThis.picked, { ancestor: 1 }));
      });
      const [, ancestor = ""] = files;
      expect(text).toBe(await nativeReport(files, ["--ancestor", ancestor]));
      const report = JSON.parse(text) as Weightkin.Report;
      expect(report.estimate).toBe(true);
      for (const { a, b, intervals } of report.pairs) {
        const whole = [a, b].every((model) => !files[model]?.endsWith(".kin.safetensors"));
        expect(intervals === undefined, `${a}|${b}`).toBe(whole);
      }
    }
  });

  test("quick: estimates that agree with the exact figures, from a part of the bytes", async () => {
    const files = NAMES.map((name) => checkpoint("heavy", name));
    const page = await barePage(scene, files);
    const [quick, exact, quick_bytes, exact_bytes] = await page.evaluate(async () => {
      const { compare, reportText } = globalThis.weightkin;
      const bytes: number[] = [];
      const run = (quick: boolean) =>
        compare(globalThis.picked, {
          quick,
          onProgress: ({ bytes_total }) => {
            bytes[quick ? 0 : 1] = bytes_total;
          },
        });
      const quick = reportText(await run(true));
      const exact = await run(false);
      return [quick, exact, bytes[0] ?? 0, bytes[1] ?? 0] as const;
    });
    expect(quick).toBe(await nativeReport(files, ["--quick"]));
    expect(quick_bytes).toBeLessThan(exact_bytes);
    const estimates = (JSON.parse(quick) as Weightkin.Report).pairs;
    for (const [i, { column_cosine, intervals }] of estimates.entries()) {
      const truth = exact.pairs[i];
      expect(truth?.intervals).toBeUndefined();
      const off = Math.abs((column_cosine ?? 0) - (truth?.column_cosine ?? 9));
      expect(off).toBeLessThan(3 * (intervals?.column_cosine ?? 0) + 1e-9);
    }
  });

  test("an aborted fingerprint rejects with the reason, and the next one works", async () => {
    const page = await barePage(scene, [checkpoint("heavy", "base_a")]);
    const [reason, size] = await page.evaluate(async () => {
      const [model] = globalThis.picked as [Weightkin.ModelInput];
      const { fingerprint } = globalThis.weightkin;
      const abort = new AbortController();
      const first = fingerprint(model, { signal: abort.signal }).then(() => "made", String);
      abort.abort("stopped");
      return [await first, (await fingerprint(model)).size] as const;
    });
    expect(reason).toBe("stopped");
    expect(size).toBe(readFileSync(print("base_a")).length);
  });

  test("a card says what a fingerprint stands for, and results carry ± in every view", async () => {
    const app = await App.open(scene);
    await app.page.pick("#pick-checkpoint", [checkpoint("heavy", "mix_wai")]);
    await app.cards(1);
    await app.page.pick("#pick-relatives", [print("base_a"), print("base_b"), print("base_nai")]);
    const cards = await app.cards(4);
    for (const card of cards.slice(1)) {
      expect(card).toContain("Fingerprint");
      expect(card).toContain("estimates");
      expect(card).not.toContain("Save fingerprint");
    }
    expect(cards[0]).toContain("Save fingerprint");
    const report = JSON.parse(await app.compare()) as Weightkin.Report;
    const shown = await app.page.evaluate(() => {
      const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";
      return {
        note: text(".note.sampled"),
        number: text(".headline .number"),
        ranking: text(".ranking"),
        matrix: text(".matrix"),
        strip: text("wk-strip table"),
        recipe: text(".part-recipe .weights"),
        blocks: text(".part-recipe table"),
        pairs: text("table.pairs"),
        tensors: text(".tensor-table"),
      };
    });
    expect(shown.note).toContain("95 %");
    for (const [view, text] of Object.entries(shown)) {
      if (view !== "note") expect(text, view).toMatch(/\d\s*±\s*\d/);
    }
    const closest = report.pairs.find(({ a, b }) => a === 0 && b === report.closest[0]?.model);
    const half_width = closest?.intervals?.column_cosine ?? 0;
    expect(half_width).toBeGreaterThan(0);
    const [value, by] = (shown.number.match(/\d\.\d+/g) ?? []).map(Number);
    expect(Math.abs((value ?? 0) - (closest?.column_cosine ?? 0))).toBeLessThan(half_width);
    expect(by).toBeCloseTo(half_width, 4);
    // what is behind a fingerprint cannot be made into another one
    const offered = await app.page.evaluate(
      () => document.querySelectorAll(".fingerprints wk-save-fingerprint").length,
    );
    expect(offered).toBe(1);
    expect(await app.page.errors()).toEqual([]);
    for (const [tag, words] of [
      ["ja", ja],
      ["zh-CN", zhCN],
    ] as const) {
      await useLanguage(app.page, tag);
      const text = await app.page.evaluate(() => document.body.innerText);
      expect(text).toContain(words.result.estimatedDetail);
      expect(text).toContain(words.fingerprint.save);
    }
    await useLanguage(app.page, "en");
  });

  test("“Save fingerprint” saves the command line's file, from the card and after a comparison", async () => {
    const app = await App.open(scene);
    await app.pick(checkpoint("heavy", "mix_wai"), [checkpoint("heavy", "base_a")]);
    const expected = (name: (typeof NAMES)[number]) => readFileSync(print(name)).toString("base64");
    const early = await saved(app.page, "wk-zone:last-of-type .save-fingerprint");
    expect(early.name).toBe("base_a.kin.safetensors");
    expect(early.base64 === expected("base_a")).toBe(true);
    await app.compare();
    const late = await saved(app.page, ".fingerprints .save-fingerprint");
    expect(late.name).toBe("mix_wai.kin.safetensors");
    expect(late.base64 === expected("mix_wai")).toBe(true);
    expect(await app.page.errors()).toEqual([]);
  });

  test("damaged and newer fingerprints are refused in words", async () => {
    const good = readFileSync(print("base_a"));
    const damaged = Buffer.from(good);
    damaged[damaged.length - 40] = (damaged[damaged.length - 40] ?? 0) ^ 1;
    const newer = Buffer.from(
      good.toString("latin1").replace('\\"version\\":1', '\\"version\\":9'),
      "latin1",
    );
    expect(newer.equals(good)).toBe(false);
    const app = await App.open(scene);
    await app.page.pick("#pick-relatives", [
      writeInto(folder, "damaged.kin.safetensors", damaged),
      writeInto(folder, "newer.kin.safetensors", newer),
    ]);
    const cards = await app.cards(2);
    expect(cards[0]).toContain("This fingerprint is damaged");
    expect(cards[0]).toContain("checksum");
    expect(cards[1]).toContain("newer weightkin");
    expect(await app.page.errors()).toEqual([]);
  });
});
