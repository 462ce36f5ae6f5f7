// What the README gives to be copied, copied: with its example hosts replaced and nothing else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Embedder } from "./harness/embedder.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeFingerprint, nativeReport } from "./harness/native.ts";
import { ROOT } from "./harness/repository.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";
import { CHECKPOINT, hostPage, picker, resultText, shown } from "./harness/widget.ts";

const folder = scratchFolder("snippets");
const NAMES = { "base-a": "base_a", "base-b": "base_b" };
const prints = Object.keys(NAMES).map((name) => join(folder, `${name}.kin.safetensors`));
let host: Embedder;
let store: Embedder;
beforeAll(async () => {
  [host, store] = await Promise.all([Embedder.start(), Embedder.start()]);
  store.folder("/", folder);
  for (const [index, model] of Object.values(NAMES).entries()) {
    await nativeFingerprint(checkpoint("brief", model), prints[index] ?? "");
  }
});
afterAll(() => Promise.all([host?.stop(), store?.stop()]));

/** The one block of HTML in the README that has `mark` in it. */
function snippet(mark: string, { site }: Scene): string {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```html\n([^`]+)```/g)].map(([, block = ""]) => block);
  const found = blocks.filter((block) => block.includes(mark));
  expect(found.length, mark).toBe(1);
  return (found[0] ?? "")
    .replaceAll("https://weightkin.example", site.origin)
    .replaceAll("https://cdn.example/weightkin", site.origin)
    .replaceAll("https://models.example", store.origin)
    .replaceAll("https://your-site.example", host.origin);
}

inEachEngine((scene) => {
  test("the frame", async () => {
    const content = snippet("<iframe", scene);
    const page = await scene.browser.open(host.page("/copied.html", hostPage(host, content)));
    const frame = await page.frame("iframe");
    await frame.waitFor("the element", () =>
      Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#pick-checkpoint")),
    );
    await frame.pick(picker(), [CHECKPOINT]);
    expect(await resultText(page)).toBe(await nativeReport([CHECKPOINT, ...prints]));
    await page.waitFor("room for the result", () => {
      const { height } = document.querySelector("iframe") as HTMLIFrameElement;
      return Number(height) > 480;
    });
  });

  test("the element", async () => {
    const content = snippet('title="Which base is it?"', scene);
    const page = await scene.browser.open(host.page("/copied.html", hostPage(host, content)));
    await page.pick(picker(), [CHECKPOINT]);
    expect(await resultText(page)).toBe(await nativeReport([CHECKPOINT, ...prints]));
    expect(await shown(page)).toContain("Which base is it?");
    expect(await page.errors()).toEqual([]);
  });

  test("its colours and parts are the page's to set", async () => {
    const style = `<style>
      weight-kin { --weightkin-paper: red; --weightkin-radius: 7px; }
      weight-kin::part(title) { letter-spacing: 3px; }
    </style>`;
    const content = `${style}${snippet('title="Which base is it?"', scene)}`;
    const page = await scene.browser.open(host.page("/copied.html", hostPage(host, content)));
    const seen = await page.waitFor("the element", () => {
      const root = document.querySelector("weight-kin")?.shadowRoot;
      const [frame, title] = [root?.querySelector(".frame"), root?.querySelector("h2")];
      if (!frame || !title) return null;
      const { backgroundColor, borderTopLeftRadius } = getComputedStyle(frame);
      return [backgroundColor, borderTopLeftRadius, getComputedStyle(title).letterSpacing];
    });
    // a mixed colour is written in the one way or the other
    expect(seen).toEqual([
      expect.stringMatching(/^(rgb\(255, 0, 0\)|color\(srgb 1 0 0\))$/),
      "7px",
      "3px",
    ]);
  });
});
