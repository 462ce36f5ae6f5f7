import { readFileSync, rmSync, truncateSync, utimesSync } from "node:fs";
import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";
import { copyInto, scratchFolder, writeInto } from "./harness/scratch.ts";

const folder = scratchFolder("faults");
const GOOD = ["mix_wai", "base_nai"].map((name) => checkpoint("brief", name));

/** Files that are no model, and a word of what the page must say about each. */
const WRONG: [what: string, name: string, content: Uint8Array | string, said: RegExp][] = [
  [
    "a download that broke off",
    "truncated.safetensors",
    readFileSync(checkpoint("small", "base_a")).subarray(0, 1_000_000),
    /incomplete/,
  ],
  ["a web page", "page.safetensors", "<!doctype html><title>Not found</title>", /web page/],
  ["an empty file", "empty.safetensors", "", /empty/],
  ["a pickle", "model.safetensors", Buffer.from("800563706f7374", "hex"), /pickle/],
];

inEachEngine((scene) => {
  test.each(WRONG)("%s is named, and the good files compare", async (_, name, content, said) => {
    const path = writeInto(folder, name, content);
    const app = await App.open(scene);
    await app.pick(GOOD[0] ?? "", [...GOOD.slice(1), path]);
    const broken = await app.page.evaluate(
      () => document.querySelector(".card.broken")?.textContent,
    );
    expect(broken).toContain(name.replace(".safetensors", ""));
    expect(broken).toMatch(said);
    expect(await app.compare()).toBe(await nativeReport(GOOD));
    expect(await app.page.errors()).toEqual([]);
  });

  const spoil: [what: string, (path: string) => void][] = [
    ["deleted", (path) => rmSync(path)],
    ["cut short", (path) => truncateSync(path, 1_500_000)],
  ];
  // Firefox does not hold a picked file to the state it was picked in
  if (scene.engine !== "firefox") {
    spoil.push(["touched", (path) => utimesSync(path, new Date(), new Date(Date.now() + 5_000))]);
  }

  test.each(spoil)("a file %s after picking is an error that names it", async (what, ruin) => {
    const name = `${scene.engine} ${what}.safetensors`;
    const path = copyInto(folder, checkpoint("small", "base_a"), name);
    const app = await App.open(scene);
    await app.pick(GOOD[0] ?? "", [path]);
    ruin(path);
    await app.page.click("#compare");
    expect(await app.failure()).toContain(name);

    // the page goes on with a good file in its place
    await app.page.click('wk-zone[kind="relative"] .card-actions button[aria-label^="Remove"]');
    await app.cards(1);
    await app.page.pick("#pick-relatives", GOOD.slice(1));
    await app.cards(2);
    expect(await app.compare()).toBe(await nativeReport(GOOD));
  });
});
