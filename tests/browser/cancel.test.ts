import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, sparseCheckpoint } from "./harness/scratch.ts";

const folder = scratchFolder("cancel");
const long = ["long_a", "long_b"].map((name) => join(folder, `${name}.safetensors`));

beforeAll(() => {
  for (const path of long) sparseCheckpoint(path, checkpoint("small", "base_a"), 7e9);
});

inEachEngine((scene) => {
  test("a running comparison is cancelled within 200 ms, and the page goes on", async () => {
    const app = await App.open(scene);
    await app.pick(long[0] ?? "", long.slice(1));
    const took_ms: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await app.page.click("#compare");
      await app.page.waitFor("some progress", () => {
        const bar = document.querySelector<HTMLProgressElement>("progress");
        return (bar?.value ?? 0) > 0;
      });
      took_ms.push(
        await app.page.evaluate(async () => {
          const startedMs = performance.now();
          document.querySelector<HTMLElement>("#cancel")?.click();
          const isOver = () =>
            document.querySelector("#cancel") === null &&
            document.querySelector<HTMLButtonElement>("#compare")?.disabled === false;
          while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 1));
          return performance.now() - startedMs;
        }),
      );
    }
    took_ms.sort((a, b) => a - b);
    expect(took_ms[1]).toBeLessThan(200);

    // the same page, without reloading, on other files
    const files = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));
    for (let left = long.length; left > 0; left -= 1) {
      await app.page.click('.card-actions button[aria-label^="Remove"]');
      if (left > 1) await app.cards(left - 1);
    }
    await app.pick(files[0] ?? "", files.slice(1));
    expect(await app.compare()).toBe(await nativeReport(files));
    expect(await app.page.errors()).toEqual([]);
  });
});
