import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { LISTS, MARKUP, REPORTS } from "./harness/attacks.ts";
import type { Page } from "./harness/browser.ts";
import { Embedder } from "./harness/embedder.ts";
import { checkpoint } from "./harness/families.ts";
import { forge } from "./harness/forged.ts";
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

const folder = scratchFolder("attacks");
const { model: tiny, fingerprints, indices } = await forge("attacks-kin");
const GOOD = [CHECKPOINT, checkpoint("brief", "base_a")];
let host: Embedder;
let store: Embedder;
let relative: string;
/** A good report to spoil, and the one of a comparison that goes well. */
let report: string;
let good: string;
beforeAll(async () => {
  [host, store] = await Promise.all([Embedder.start(), Embedder.start()]);
  relative = putUpModels(store)[0] ?? "";
  store.folder("/attacks/", folder);
  [report, good] = await Promise.all([nativeReport(FILES), nativeReport(GOOD)]);
});
afterAll(() => Promise.all([host?.stop(), store?.stop()]));

/** A page of somebody else's with room for elements and the documented policy. */
function openHost(scene: Scene): Promise<Page> {
  const policy = documentedPolicy("element", {
    "https://cdn.example": scene.site.origin,
    "https://models.example": store.origin,
  });
  const content = `${elementScript(scene.site)}<main></main>`;
  const page = hostPage(host, content, { "content-security-policy": policy });
  return scene.browser.open(host.page("/attacks.html", page));
}

type Attributes = Record<string, string>;

/** Puts a new element in place of the last one. */
async function putElement(page: Page, attributes: Attributes): Promise<void> {
  await page.evaluate((attributes) => {
    globalThis.told = [];
    const element = document.createElement("weight-kin");
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    document.querySelector("main")?.replaceChildren(element);
  }, attributes);
  await page.waitFor("the element", () =>
    Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#pick-checkpoint")),
  );
}

/** What the element has answered, a result or a failure, with all of it unfolded. */
function answered(page: Page): Promise<string> {
  return page.waitFor("an answer", () => {
    const root = document.querySelector("weight-kin")?.shadowRoot;
    const answer = root?.querySelector<HTMLElement>("#result, #failure, .card.broken");
    root?.querySelector<HTMLElement>("details.rest:not([open]) > summary")?.click();
    return answer?.innerText;
  });
}

/** The element has nothing in it that loads or runs, and nothing on it that was not put there. */
async function expectSound(page: Page, attributes: Attributes): Promise<void> {
  const found = await page.evaluate(() => {
    const element = document.querySelector("weight-kin");
    const markup = element?.shadowRoot?.querySelectorAll(
      "script, img, iframe, object, embed, link, style, [onerror], [onload], [href], [src]",
    );
    return {
      markup: [...(markup ?? [])].map(({ localName }) => localName),
      attributes: element?.getAttributeNames(),
    };
  });
  expect(found).toEqual({ markup: [], attributes: Object.keys(attributes) });
}

/** After all that, the element compares as ever; nothing has been run, left behind or asked for. */
async function expectUnharmed(page: Page): Promise<void> {
  await page.evaluate((relative) => {
    globalThis.told = [];
    document.querySelector("weight-kin")?.setAttribute("relatives", relative);
  }, relative);
  await page.pick(picker(), [CHECKPOINT]);
  expect(await resultText(page)).toBe(good);
  const found = await page.evaluate(async () => {
    const own = Object.create(Object.prototype) as object;
    return {
      hacked: [globalThis, {}, own].some((object) => "hacked" in object),
      changes: await globalThis.changes(),
    };
  });
  expect(found).toEqual({ hacked: false, changes: [] });
  expect([...host.seen, ...store.seen].filter((path) => /hacked/.test(path))).toEqual([]);
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

/** Models that are up to something. */
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
  "is a page": Buffer.from(`<!doctype html>${MARKUP}`),
};

/** Those forged fingerprints and indices that the element shows more of than a message. */
const forged = Object.entries({ "a fingerprint": fingerprints, "an index": indices }).flatMap(
  ([kind, files]) =>
    Object.entries(files).flatMap(([what, { content, code }]) =>
      code === null || /markup|deeply/.test(what)
        ? [[`${kind} that ${what}`, content] as const]
        : [],
    ),
);

inEachEngine((scene) => {
  // one page for all attacks, as long as it bears them; each has an element of its own
  let page: Page | undefined;
  afterEach(({ task }) => {
    if (task.result?.state === "fail") page = undefined;
  });

  async function open(attributes: Attributes = {}): Promise<Page> {
    page ??= await openHost(scene);
    await putElement(page, attributes);
    return page;
  }

  describe("a list of relatives", () => {
    test.each(Object.entries(LISTS))("that %s changes nothing", async (_, list) => {
      writeInto(folder, "list.json", list);
      const attributes = { relatives: `${store.origin}/attacks/list.json` };
      const page = await open(attributes);
      expect((await answered(page)).length).toBeGreaterThan(10);
      await expectSound(page, attributes);
      await expectUnharmed(page);
    });
  });

  describe("a report", () => {
    test.each(Object.entries(REPORTS))("that %s changes nothing", async (what, spoil) => {
      const spoilt = spoil(JSON.parse(report) as Weightkin.Report, report);
      writeInto(folder, "report.json", spoilt);
      const attributes = { report: `${store.origin}/attacks/report.json` };
      const page = await open(attributes);
      expect((await answered(page)).length).toBeGreaterThan(10);
      if (what === "has markup and keys for names") {
        expect(await shown(page)).toContain(`Result for ${MARKUP}`);
      }
      await expectSound(page, attributes);
      await expectUnharmed(page);
    });
  });

  describe("a model", () => {
    test.each(Object.entries(MODELS))("that %s changes nothing", async (_, content) => {
      const path = writeInto(folder, "model.safetensors", content);
      const attributes = { relatives: `${store.origin}/attacks/model.safetensors` };
      const page = await open(attributes);
      await page.pick(picker(), [path]);
      await answered(page);
      await expectSound(page, attributes);
      await expectUnharmed(page);
    });
  });

  test.each(forged)("%s changes nothing", async (_, content) => {
    writeInto(folder, "index.kin.safetensors", content);
    const attributes = { relatives: `${store.origin}/attacks/index.kin.safetensors` };
    const page = await open(attributes);
    await page.pick(picker(), [tiny]);
    const words = await page.waitFor("an answer", () => {
      const root = document.querySelector("weight-kin")?.shadowRoot;
      const answers = "#result, #failure, .card.broken, .found";
      return root?.querySelector<HTMLElement>(answers)?.innerText;
    });
    expect(words.length).toBeGreaterThan(10);
    await expectSound(page, attributes);
    await expectUnharmed(page);
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
    const page = await open();
    await page.evaluate((attributes) => {
      const element = document.querySelector("weight-kin");
      for (const [name, value] of Object.entries(attributes)) {
        // a policy for styles forbids the attribute, and not the property
        if (name === "style" && element) element.style.cssText = value;
        else element?.setAttribute(name, value);
      }
    }, attributes);
    await expectSound(page, attributes);
    await page.evaluate(() => document.querySelector("weight-kin")?.setAttribute("lang", "en"));
    await expectUnharmed(page);
  });

  test("a flood of attributes and of messages changes nothing", async () => {
    const page = await open();
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
    await expectUnharmed(page);
  });

  test("a page that spoils its prototypes gets no wrong figures", async () => {
    const spoilt = await open();
    // not to be used again
    page = undefined;
    await spoilt.evaluate((relative) => {
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
      document.querySelector("weight-kin")?.setAttribute("relatives", relative);
    }, relative);
    await spoilt.pick(picker(), [CHECKPOINT]);
    expect(await resultText(spoilt)).toBe(good);
    expect(await spoilt.evaluate(() => "hacked" in globalThis)).toBe(false);
  });
});
