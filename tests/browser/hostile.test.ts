import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { LISTS, MARKUP, REPORTS } from "./harness/attacks.ts";
import type { Page } from "./harness/browser.ts";
import { Embedder } from "./harness/embedder.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder, writeInto } from "./harness/scratch.ts";
import {
  CHECKPOINT,
  documentedPolicy,
  elementScript,
  FILES,
  hostPage,
  picker,
  putUpModels,
  resultText,
  shown,
} from "./harness/widget.ts";

const folder = scratchFolder("hostile");
let host: Embedder;
let store: Embedder;
let relatives: string;
let report: string;
beforeAll(async () => {
  [host, store] = await Promise.all([Embedder.start(), Embedder.start()]);
  relatives = putUpModels(store).join(" ");
  store.folder("/hostile/", folder);
  report = await nativeReport(FILES);
});
afterAll(() => Promise.all([host?.stop(), store?.stop()]));

/** A page with the element, the documented policy and nothing to be afraid of yet. */
async function open(scene: Scene, attributes = ""): Promise<Page> {
  const policy = documentedPolicy("element", {
    "https://cdn.example": scene.site.origin,
    "https://models.example": store.origin,
  });
  const content = `${elementScript(scene.site)}<weight-kin ${attributes}></weight-kin>`;
  const page = hostPage(host, content, { "content-security-policy": policy });
  const opened = await scene.browser.open(host.page("/hostile.html", page));
  await opened.waitFor("the element", () =>
    Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#pick-checkpoint")),
  );
  store.seen.length = 0;
  return opened;
}

/** Waits until the element has answered, with a result or with a failure. */
function answered(page: Page): Promise<string> {
  return page.waitFor("an answer", () => {
    const root = document.querySelector("weight-kin")?.shadowRoot;
    const answer = root?.querySelector<HTMLElement>("#result, #failure, .card.broken");
    return answer?.innerText;
  });
}

/** Nothing has been run, added to the page or asked for. */
async function unharmed(page: Page): Promise<void> {
  const found = await page.evaluate(async () => {
    const root = document.querySelector("weight-kin")?.shadowRoot;
    const own = Object.create(Object.prototype) as object;
    return {
      hacked: [globalThis, {}, own].some((object) => "hacked" in object),
      changes: await globalThis.changes(),
      markup: [
        ...(root?.querySelectorAll(
          "script, img, iframe, object, embed, link, style, [onerror], [onload], [href], [src]",
        ) ?? []),
      ].map(({ localName }) => localName),
    };
  });
  expect(found).toEqual({ hacked: false, changes: [], markup: [] });
  expect([...host.seen, ...store.seen].filter((path) => /hacked/.test(path))).toEqual([]);
}

/** After all that, the element compares as ever. */
async function works(page: Page): Promise<void> {
  await page.evaluate((relatives) => {
    globalThis.told = [];
    document.querySelector("weight-kin")?.setAttribute("relatives", relatives);
  }, relatives);
  await page.pick(picker(), [CHECKPOINT]);
  expect(await resultText(page)).toBe(report);
}

/** A safetensors file with a header of one's own. */
function withHeader(header: string, length = BigInt(Buffer.byteLength(header))): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length);
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(64)]);
}

const one_tensor = (name: string, metadata: string) =>
  `{"__metadata__":${metadata},${JSON.stringify(name)}:{"dtype":"F16","shape":[4,8],"data_offsets":[0,64]}}`;

const metadata = JSON.stringify({ "modelspec.title": MARKUP, ss_output_name: MARKUP })
  .slice(0, -1)
  .concat(`,"__proto__":${JSON.stringify(MARKUP)},"constructor":"x","toString":"y"}`);

/** Models, and fingerprints among them, that are up to something. */
const MODELS: Record<string, Uint8Array> = {
  "has markup for notes and for a tensor": withHeader(one_tensor(MARKUP, metadata)),
  "has a tensor called __proto__": withHeader(one_tensor("__proto__", "{}")),
  "has a header without end": withHeader("{", 2n ** 63n),
  "has a header that is nested deeply": withHeader(
    `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ),
  "has shapes beyond all memory": withHeader(
    `{"a":{"dtype":"F16","shape":[4294967295,4294967295,4294967295],"data_offsets":[0,64]}}`,
  ),
  "claims to be a fingerprint": withHeader(
    one_tensor("a", `{"format":"weightkin-fingerprint","weightkin":${JSON.stringify(MARKUP)}}`),
  ),
  "is a page": Buffer.from(`<!doctype html>${MARKUP}`),
};

inEachEngine((scene) => {
  describe("a list of relatives", () => {
    test.each(Object.entries(LISTS))("that %s changes nothing", async (_, list) => {
      writeInto(folder, "list.json", list);
      const page = await open(scene, `relatives="${store.origin}/hostile/list.json"`);
      expect((await answered(page)).length).toBeGreaterThan(10);
      await unharmed(page);
      await works(page);
    });
  });

  describe("a report", () => {
    test.each(Object.entries(REPORTS))("that %s changes nothing", async (_, spoil) => {
      const spoilt = spoil(JSON.parse(report) as Weightkin.Report, report);
      writeInto(folder, "report.json", spoilt);
      const page = await open(scene, `report="${store.origin}/hostile/report.json"`);
      expect((await answered(page)).length).toBeGreaterThan(10);
      await page.evaluate(() =>
        document
          .querySelector("weight-kin")
          ?.shadowRoot?.querySelector<HTMLElement>("details.rest > summary")
          ?.click(),
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      await unharmed(page);
      await works(page);
    });

    test("that has markup for names shows it as it is", async () => {
      const spoilt = REPORTS["has markup and keys for names"]?.(JSON.parse(report), report) ?? "";
      writeInto(folder, "report.json", spoilt);
      const page = await open(scene, `report="${store.origin}/hostile/report.json"`);
      await answered(page);
      expect(await shown(page)).toContain(`Result for ${MARKUP}`);
    });
  });

  describe("a model", () => {
    test.each(Object.entries(MODELS))("that %s changes nothing", async (_, content) => {
      const path = writeInto(folder, "model.safetensors", content);
      const url = `${store.origin}/hostile/model.safetensors`;
      const page = await open(scene, `relatives="${url}"`);
      await page.pick(picker(), [path]);
      await answered(page);
      await unharmed(page);
      await works(page);
    });
  });

  const ATTRIBUTES: [string, Record<string, string>][] = [
    ["a heading of markup", { title: MARKUP }],
    ["addresses that are scripts", { relatives: `javascript:globalThis.hacked=1 ${MARKUP}` }],
    ["a report that is a script", { report: "javascript:globalThis.hacked=1" }],
    ["a report that is data", { report: "data:application/json,{}" }],
    ["a language that is a key", { lang: "__proto__" }],
    ["a theme that closes its selector", { theme: `"] * { background: url(/hacked) }` }],
    [
      "colours that are addresses",
      {
        style: [
          "paper",
          "sheet",
          "ink",
          "ink-soft",
          "line",
          "accent",
          "on-accent",
          "font",
          "serif",
          "radius",
          "size",
        ]
          .map((name) => `--weightkin-${name}: url(${"/hacked"}), url("/hacked")`)
          .join(";"),
      },
    ],
    [
      "properties that are its own",
      { style: "--chosen-accent: url(/hacked); --accent: url(/hacked); --paper: url(/hacked)" },
    ],
  ];
  test.each(ATTRIBUTES)("%s as an attribute changes nothing", async (_, attributes) => {
    const page = await open(scene);
    await page.evaluate((attributes) => {
      const element = document.querySelector("weight-kin");
      for (const [name, value] of Object.entries(attributes)) {
        // a policy for styles forbids the attribute, and not the property
        if (name === "style" && element) element.style.cssText = value;
        else element?.setAttribute(name, value);
      }
    }, attributes);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(host.seen.concat(store.seen).filter((path) => /hacked/.test(path))).toEqual([]);
    await page.evaluate(() => document.querySelector("weight-kin")?.setAttribute("lang", "en"));
    await works(page);
    expect(host.seen.concat(store.seen).filter((path) => /hacked/.test(path))).toEqual([]);
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
  });

  test("a flood of attributes and of messages changes nothing", async () => {
    const page = await open(scene);
    await page.evaluate(() => {
      const element = document.querySelector("weight-kin");
      for (let i = 0; i < 5_000; i += 1) element?.setAttribute(`data-${i}`, "x".repeat(100));
      for (let i = 0; i < 300; i += 1) {
        element?.setAttribute("relatives", `/nowhere-${i}.safetensors`);
        element?.setAttribute("title", `${i}`);
        element?.setAttribute("lang", i % 2 ? "ja" : "en");
        globalThis.postMessage({ type: "weightkin-result", detail: { text: "{}" } }, "*");
        element?.dispatchEvent(new CustomEvent("weightkin-result", { detail: null }));
      }
      element?.setAttribute("lang", "en");
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await works(page);
  });

  test("a page that spoils its prototypes gets no wrong figures", async () => {
    const page = await open(scene);
    await page.evaluate(() => {
      const wrong = {
        relatives: ["javascript:globalThis.hacked=1"],
        kind: "x",
        files: [],
        name: "x",
      };
      for (const [name, value] of Object.entries(wrong)) {
        Object.defineProperty(Object.prototype, name, {
          value,
          writable: true,
          configurable: true,
        });
      }
    });
    await works(page);
  });
});
