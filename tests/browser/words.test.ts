import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { ja } from "../../www/src/page/language/words/ja.ts";
import { zhCN } from "../../www/src/page/language/words/zh-cn.ts";
import { App } from "./harness/app.ts";
import { quiet } from "./harness/offline.ts";
import { openSamples, useLanguage } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";

type Tree = { [key: string]: Tree | string | ((...words: never[]) => string) };

/** Every string by its path; functions are called with their place holders. */
function leaves(tree: Tree, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const here = path ? `${path}.${key}` : key;
    if (typeof value === "string") found.set(here, value);
    else if (typeof value === "function") {
      const places = Array.from({ length: value.length }, (_, i) => `<${i}>`);
      found.set(here, (value as (...words: string[]) => string)(...places));
    } else for (const [inner, text] of leaves(value, here)) found.set(inner, text);
  }
  return found;
}

/** Names and signs that are the same in every language. */
const SAME =
  /^(app\.(name|runningTitle)|architectures\.|recipe\.(fit|explained)|result\.stop|tree\.and|strip\.readout|progress\.of)/;

describe.each([
  ["Japanese", ja],
  ["Simplified Chinese", zhCN],
])("%s", (_, words) => {
  const english = leaves(en as unknown as Tree);
  const theirs = leaves(words as unknown as Tree);

  test("says everything, in its own words", () => {
    expect([...theirs.keys()].sort()).toEqual([...english.keys()].sort());
    const untranslated = [...theirs].filter(
      ([key, text]) => !SAME.test(key) && (text === english.get(key) || text.trim() === ""),
    );
    expect(untranslated).toEqual([]);
  });

  test("names everything that English names", () => {
    const places = (text: string) => (text.match(/<\d>/g) ?? []).sort().join();
    for (const [key, text] of english) {
      expect(places(theirs.get(key) ?? ""), key).toBe(places(text));
    }
  });

  test("uses its own punctuation", () => {
    const script = "[\\u3040-\\u30ff\\u4e00-\\u9fff]";
    const wrong = new RegExp(`${script}[,;:?!(]|[,;:?!)]${script}`);
    expect([...theirs].filter(([, text]) => wrong.test(text))).toEqual([]);
  });
});

test("there are words for every kind of error, reason and verdict the core knows", () => {
  const core = join(import.meta.dirname, "..", "..", "src");
  const sources = readdirSync(core, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".rs"))
    .map((name) => readFileSync(join(core, name), "utf8"));
  const codes = sources.flatMap((source) => {
    const [, ...functions] = source.split("fn code(");
    const bodies = functions.map((text) => text.slice(0, text.indexOf("\n    }\n")));
    return bodies.flatMap((body) =>
      [...body.matchAll(/=> "([a-z0-9_]+)"/g)].map(([, code]) => code),
    );
  });
  expect(codes.length).toBeGreaterThan(30);
  const said = { ...en.failures, ...en.leftOut.reasons, ...en.verdicts };
  const unsaid = codes.filter((code) => !Object.hasOwn(said, code ?? ""));
  expect(unsaid).toEqual([]);
});

inEachEngine((scene) => {
  test("a change of language changes everything and requests nothing more", async () => {
    const app = await App.open(scene);
    await openSamples(app);
    const before = await quiet(scene.site);
    for (const [tag, words] of [
      ["ja", ja],
      ["zh-CN", zhCN],
      ["en", en],
    ] as const) {
      await useLanguage(app.page, tag);
      const text = await app.page.evaluate(() => document.body.innerText);
      expect(text).toContain(words.app.purpose);
      expect(text).toContain(words.strip.title);
      expect(text).toContain(words.verdicts.too_close);
      expect(text).toContain(words.share.json);
    }
    expect((await scene.site.requests()).length).toBe(before);
    expect(await app.page.errors()).toEqual([]);
  });

  test("the language chosen is spoken again at the next visit", async () => {
    const first = await App.open(scene);
    await useLanguage(first.page, "ja");
    const { page } = await App.open(scene);
    expect(await page.evaluate(() => document.querySelector("h1")?.textContent)).toBe(
      ja.app.purpose,
    );
    await useLanguage(page, "en");
  });
});
