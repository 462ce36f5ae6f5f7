import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { violations } from "./harness/axe.ts";
import type { Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import {
  choose,
  drop,
  openSamples,
  settled,
  type Theme,
  useTheme,
} from "./harness/page-actions.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder, sparseCheckpoint, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("accessibility");
const long = ["long_a", "long_b", "long_c"].map((name) => join(folder, `${name}.safetensors`));

beforeAll(() => {
  for (const path of long) sparseCheckpoint(path, checkpoint("small", "base_a"), 7e9);
});

/** Every view of the page, and how one gets there. */
const VIEWS: [view: string, reach: (scene: Scene) => Promise<Page>][] = [
  ["the opening view", async (scene) => (await App.open(scene)).page],
  [
    "cards of good and of broken files",
    async (scene) => {
      const broken = writeInto(folder, "broken.safetensors", "<!doctype html>");
      const app = await App.open(scene);
      await app.pick(checkpoint("small", "edge_ema"), [checkpoint("small", "edge_meta"), broken]);
      await openDetails(app.page);
      return app.page;
    },
  ],
  [
    "a running comparison",
    async (scene) => {
      const app = await App.open(scene);
      await app.pick(long[0] ?? "", long.slice(1));
      await app.page.click("#compare");
      await app.page.waitFor("progress", () => document.querySelector("#cancel") !== null);
      return app.page;
    },
  ],
  [
    "a result with everything unfolded",
    async (scene) => {
      const app = await App.open(scene);
      await openSamples(app);
      await openDetails(app.page);
      return app.page;
    },
  ],
  [
    "a result seen from an ancestor, one block of it",
    async (scene) => {
      const app = await App.open(scene);
      await openSamples(app);
      await choose(app.page, "#look-ancestor", "1");
      await app.page.waitFor("the ancestor", () => document.querySelectorAll(".matrix").length > 1);
      await choose(app.page, "#look-scope", "block IN07");
      return app.page;
    },
  ],
  [
    "the search for tensor names, with a complaint",
    async (scene) => {
      const app = await App.open(scene);
      await openSamples(app);
      await choose(app.page, "#look-scope", "filter");
      await app.page.evaluate(() => {
        const field = document.querySelector<HTMLInputElement>("#look-pattern");
        if (field) field.value = "/[/";
        field?.form?.requestSubmit();
      });
      await app.page.waitFor(
        "the complaint",
        () => document.querySelector(".pattern .problem") !== null,
      );
      return app.page;
    },
  ],
  [
    "an explanation",
    async (scene) => {
      const app = await App.open(scene);
      await openSamples(app);
      await app.page.click(".headline .help");
      await settled(app.page);
      return app.page;
    },
  ],
  [
    "a report that cannot be opened",
    async (scene) => {
      const { page } = await App.open(scene);
      await drop(page, "main", [{ name: "workflow.json", text: '{"nodes": []}' }]);
      await page.waitFor("the failure", () => document.querySelector("#failure") !== null);
      return page;
    },
  ],
];

async function openDetails(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await settled(page);
}

inEachEngine(
  (scene) => {
    test("axe would find something if there were something", async () => {
      const { page } = await App.open(scene);
      await page.evaluate(() => {
        document.documentElement.removeAttribute("lang");
        document.body.append(document.createElement("button"));
      });
      const found = await violations(page);
      expect(found.join("\n")).toMatch(/html-has-lang/);
      expect(found.join("\n")).toMatch(/button-name/);
    });

    test.each(VIEWS)(
      "axe finds nothing in %s, in both themes",
      async (_, reach) => {
        const page = await reach(scene);
        for (const theme of ["light", "dark"] satisfies Theme[]) {
          await useTheme(page, theme);
          await settled(page);
          expect(await violations(page), theme).toEqual([]);
        }
      },
      120_000,
    );
  },
  { only: ["chromium", "firefox"] },
);
