import { expect, test } from "vitest";
import { barePage } from "./harness/bare.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";

const FILES = ["mix_wai", "base_a", "base_b", "base_nai"].map((name) => checkpoint("brief", name));

inEachEngine((scene) => {
  test("compare() gives the same bytes with any number of workers", async () => {
    const page = await barePage(scene, FILES);
    const expected = await nativeReport(FILES);
    for (const workers of [1, 2, 3, 6]) {
      const report = await page.evaluate(async (workers) => {
        const { compare, reportText } = globalThis.weightkin;
        return reportText(await compare(globalThis.picked, { workers }));
      }, workers);
      expect(report, `${workers} workers`).toBe(expected);
    }
    expect(await page.errors()).toEqual([]);
  });

  test("progress only grows and ends at the end", async () => {
    const page = await barePage(scene, FILES);
    const seen = await page.evaluate(async () => {
      const seen: number[] = [];
      await globalThis.weightkin.compare(globalThis.picked, {
        onProgress: ({ bytes_done, bytes_total, fraction }) => {
          seen.push(fraction, bytes_done / bytes_total);
        },
      });
      return seen;
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });

  test("a comparison of names of one's own carries them", async () => {
    const page = await barePage(scene, FILES.slice(0, 2));
    const names = await page.evaluate(async () => {
      const models = globalThis.picked.map(({ files }, i) => ({ name: `model ${i}`, files }));
      return (await globalThis.weightkin.compare(models)).models.map(({ name }) => name);
    });
    expect(names).toEqual(["model 0", "model 1"]);
  });

  test("an aborted signal rejects with its reason", async () => {
    const page = await barePage(scene, FILES);
    const reasons = await page.evaluate(async () => {
      const { compare } = globalThis.weightkin;
      const early = compare(globalThis.picked, { signal: AbortSignal.abort("before") });
      const controller = new AbortController();
      const late = compare(globalThis.picked, { signal: controller.signal });
      controller.abort("during");
      return Promise.all([early, late].map((run) => run.then(() => "finished", String)));
    });
    expect(reasons).toEqual(["before", "during"]);
  });

  test("two comparisons at once are each the command line's", async () => {
    const page = await barePage(scene, FILES);
    const texts = await page.evaluate(async () => {
      const { compare, reportText } = globalThis.weightkin;
      const [first, ...others] = globalThis.picked;
      const runs = [compare(globalThis.picked.slice(0, 2)), compare([...others, first as never])];
      return (await Promise.all(runs)).map(reportText);
    });
    const [first = "", ...others] = FILES;
    expect(texts[0]).toBe(await nativeReport(FILES.slice(0, 2)));
    expect(texts[1]).toBe(await nativeReport([...others, first]));
  });

  test("inspect() reads headers only and says what is wrong", async () => {
    const page = await barePage(scene, [checkpoint("brief", "mix_wai")]);
    const [good, bad] = await page.evaluate(async () => {
      const files = globalThis.picked.flatMap(({ files }) => files);
      const notAModel = new File(["<!doctype html><title>404</title>"], "page.safetensors");
      return [
        await globalThis.weightkin.inspect([...files]),
        await globalThis.weightkin.inspect([notAModel]),
      ].map(([model]) => (model?.ok ? model.facts.name : model?.error.message));
    });
    expect(good).toBe("mix_wai");
    expect(bad).toContain("page.safetensors");
  });
});
