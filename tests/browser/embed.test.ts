import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "./harness/browser.ts";
import { Embedder, ISOLATED } from "./harness/embedder.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder, writeInto } from "./harness/scratch.ts";
import {
  CHECKPOINT,
  documentedPolicy,
  FILES,
  hostPage,
  picker,
  putUpModels,
  resultText,
  shown,
} from "./harness/widget.ts";

const lists = scratchFolder("embed-lists");
let host: Embedder;
let store: Embedder;
let elsewhere: Embedder;
let relatives: string[];
beforeAll(async () => {
  [host, store, elsewhere] = await Promise.all([
    Embedder.start(),
    Embedder.start(),
    Embedder.start(),
  ]);
  relatives = putUpModels(store);
  putUpModels(elsewhere);
  store.folder("/lists/", lists);
});
afterAll(() => Promise.all([host?.stop(), store?.stop(), elsewhere?.stop()]));

/** The address of the frame with these options. */
function embed({ site }: Scene, options: Record<string, string>): string {
  return `${site.address}embed.html?${new URLSearchParams(options)}`;
}

/** Opens a page with the frame in it, and returns the page and what is inside the frame. */
async function open(
  scene: Scene,
  options: Record<string, string>,
  headers = {},
): Promise<{ page: Page; frame: Page }> {
  const src = embed(scene, options).replaceAll("&", "&amp;");
  const content = `<iframe src="${src}" title="weightkin" width="600" height="700"></iframe>`;
  const url = host.page("/frame.html", hostPage(host, content, headers));
  const page = await scene.browser.open(url);
  const frame = await page.frame("iframe");
  await frame.waitFor("the element", () =>
    Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#pick-checkpoint")),
  );
  return { page, frame };
}

const finished = (frame: Page) =>
  frame.waitFor(
    "the result",
    () => Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#result")),
    { timeout_ms: 30_000 },
  );

describe.each([
  ["isolated", ISOLATED],
  ["not isolated", {}],
])("in a frame of a page, %s, with the documented policy", (_, headers) => {
  inEachEngine((scene) => {
    test("results, progress and size go to the origin that asked", async () => {
      const policy = documentedPolicy("frame", { "https://weightkin.example": scene.site.origin });
      const options = { relatives: relatives.join(" "), post: host.origin, title: "In a frame" };
      const all = { ...headers, "content-security-policy": policy };
      const { page, frame } = await open(scene, options, all);
      await frame.pick(picker(), [CHECKPOINT]);
      expect(await resultText(page)).toBe(await nativeReport(FILES));
      expect(await shown(frame)).toContain("In a frame");
      const told = await page.evaluate(() =>
        globalThis.told.map(({ type, origin, detail }) => ({
          type,
          origin,
          height: detail.height,
        })),
      );
      expect([...new Set(told.map(({ origin }) => origin))]).toEqual([scene.site.origin]);
      expect(told.map(({ type }) => type)).toContain("message weightkin-progress");
      const heights = told.flatMap(({ height }) => height ?? []);
      expect(heights.at(-1)).toBeGreaterThan(heights[0] ?? Number.POSITIVE_INFINITY);
      expect(await page.errors()).toEqual([]);
    });
  });
});

inEachEngine((scene) => {
  test("the frame is isolated by itself where the browser can do that", async () => {
    const { page, frame } = await open(scene, {});
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    const isolated = await frame.evaluate(() => crossOriginIsolated);
    expect(isolated).toBe(scene.engine === "chromium");
  });

  const silent: [string, (own: string) => Record<string, string>][] = [
    ["nobody asked", () => ({})],
    ["another origin asked", () => ({ post: elsewhere.origin })],
    ["everybody asked", () => ({ post: "*" })],
    ["an opaque origin asked", () => ({ post: "null" })],
    ["an address asked, not an origin", (own) => ({ post: `${own}/frame.html` })],
    ["a script asked", () => ({ post: "javascript:alert(1)" })],
  ];
  test.each(silent)("nothing is told when %s", async (_, post) => {
    const options = { relatives: relatives.join(" "), ...post(host.origin) };
    const { page, frame } = await open(scene, options);
    await frame.pick(picker(), [CHECKPOINT]);
    await finished(frame);
    expect(await page.evaluate(() => globalThis.told)).toEqual([]);
  });

  test("messages from the page around change nothing", async () => {
    const { page, frame } = await open(scene, { relatives: relatives.join(" ") });
    await frame.pick(picker(), [CHECKPOINT]);
    await finished(frame);
    const before = await shown(frame);
    await page.evaluate(() => {
      const target = document.querySelector("iframe")?.contentWindow;
      for (const message of [
        { type: "weightkin-result", detail: { text: "{}", report: {} } },
        { type: "become", role: "coordinator" },
        { type: "show", report: "{}" },
        "weightkin-result",
        { __proto__: { type: "weightkin-result" } },
      ]) {
        target?.postMessage(message, "*");
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await shown(frame)).toBe(before);
  });

  test("only the hosts named in the address are asked for models", async () => {
    const elsewhere_list = { relatives: [`${elsewhere.origin}/models/base_a.safetensors`] };
    writeInto(lists, "elsewhere.json", JSON.stringify(elsewhere_list));
    const { frame } = await open(scene, { relatives: `${store.origin}/lists/elsewhere.json` });
    await frame.pick(picker(), [CHECKPOINT]);
    await frame.waitFor("the failure", () =>
      Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#failure")),
    );
    const outcome = await frame.evaluate(
      (urls) =>
        Promise.all(
          urls.map((url) =>
            fetch(url, { mode: "no-cors" }).then(
              () => "answered",
              () => "refused",
            ),
          ),
        ),
      [
        `${elsewhere.origin}/models/base_a.safetensors`,
        `${store.origin}/models/base_a.safetensors`,
      ],
    );
    expect(outcome).toEqual(["refused", "answered"]);
    expect(elsewhere.seen).toEqual([]);
  });

  test("theme and language come from the address", async () => {
    const { frame } = await open(scene, { theme: "dark", lang: "ja" });
    // other words than English are loaded
    const scheme = await frame.waitFor("words in Japanese", () => {
      const inner = document.querySelector("weight-kin")?.shadowRoot?.querySelector(".frame");
      return inner?.getAttribute("lang") === "ja" && getComputedStyle(inner).colorScheme;
    });
    expect(scheme).toContain("dark");
  });
});
