import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder, sparseCheckpoint } from "./harness/scratch.ts";

const BYTES = 7e9;
const path = join(scratchFolder("huge"), "huge.safetensors");

beforeAll(() => sparseCheckpoint(path, checkpoint("small", "base_a"), BYTES));

/** Picks the file; from the moment the page is told of it to the frame that shows its facts. */
async function shownAfter(app: App): Promise<number> {
  await app.page.evaluate(() => {
    const times = globalThis as { shown_ms?: number };
    delete times.shown_ms;
    document.addEventListener(
      "change",
      () => {
        const startedMs = performance.now();
        const look = () => {
          if (document.querySelector(".card:not(.reading)")) {
            times.shown_ms = performance.now() - startedMs;
          } else requestAnimationFrame(look);
        };
        look();
      },
      { capture: true, once: true },
    );
  });
  await app.page.pick("#pick-checkpoint", [path]);
  const [card] = await app.cards(1);
  expect(card).toContain("huge");
  return app.page.waitFor("the card's time", () => (globalThis as { shown_ms?: number }).shown_ms);
}

inEachEngine((scene) => {
  test("a file of 7 GB is shown in under a second", async () => {
    const app = await App.open(scene);
    // nobody finds a file in the dialogue before the page has loaded its core
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const took_ms = [];
    for (let round = 0; round < 3; round += 1) {
      took_ms.push(await shownAfter(app));
      await app.removeAll();
    }
    const told = took_ms.map((ms) => ms.toFixed(0)).join(", ");
    console.log(`${scene.engine}: 7 GB file shown after ${told} ms`);
    // other tests run beside this one: what the page needs shows in the best of three
    expect(Math.min(...took_ms)).toBeLessThan(1000);
  });
});
