import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ja } from "../../www/src/page/language/words/ja.ts";
import type { Page } from "./harness/browser.ts";
import { Embedder, ISOLATED } from "./harness/embedder.ts";
import { nativeReport } from "./harness/native.ts";
import { prints } from "./harness/prints.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";
import {
  CHECKPOINT,
  documentedPolicy,
  elementScript,
  FILES,
  hostPage,
  picker,
  putUpModels,
  RELATIVES,
  resultText,
  shown,
} from "./harness/widget.ts";

const made = await prints("brief", [...RELATIVES, "pony"], "widget-index");
const lists = scratchFolder("widget-lists");
let host: Embedder;
let store: Embedder;
let relatives: string[];
beforeAll(async () => {
  [host, store] = await Promise.all([Embedder.start(), Embedder.start()]);
  relatives = putUpModels(store);
  store.folder("/lists/", lists);
});
afterAll(() => Promise.all([host?.stop(), store?.stop()]));

const policy = ({ site }: Scene) => ({
  "content-security-policy": documentedPolicy("element", {
    "https://cdn.example": site.origin,
    "https://models.example": store.origin,
  }),
});

/** Opens a page with these elements in it. */
function open(scene: Scene, elements: string, headers = {}): Promise<Page> {
  const content = `${elementScript(scene.site)}${elements}`;
  return scene.browser.open(host.page("/widget.html", hostPage(host, content, headers)));
}

/** An element that compares with the given models. */
const widget = (attributes = "") =>
  `<weight-kin relatives="${relatives.join(" ")}" ${attributes}></weight-kin>`;

describe.each([
  ["isolated", ISOLATED],
  ["not isolated", {}],
])("in a page of another origin, %s", (name, headers) => {
  inEachEngine((scene) => {
    test("the documented policy is enough, and the report is the command line's", async () => {
      const page = await open(scene, widget(), { ...headers, ...policy(scene) });
      if (scene.engine !== "webkit") {
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(name === "isolated");
      }
      await page.pick(picker(), [CHECKPOINT]);
      expect(await resultText(page)).toBe(await nativeReport(FILES));
      expect(await shown(page)).toContain("Closest to");
      expect(await page.errors()).toEqual([]);
    });

    test("once everything is loaded, comparing requests nothing of anybody", async () => {
      const page = await open(scene, widget(), { ...headers, ...policy(scene) });
      await page.evaluate(() => customElements.whenDefined("weight-kin").then(() => {}));
      await page.evaluate(() => document.querySelector("weight-kin")?.load());
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const served = async () => [
        (await scene.site.requests()).length,
        host.seen.length,
        store.seen.length,
        page.requests()?.length,
      ];
      const before = await served();
      await page.pick(picker(), [CHECKPOINT]);
      await resultText(page);
      expect(await served()).toEqual(before);
    });
  });
});

inEachEngine((scene) => {
  test("two on one page have relatives, language and result of their own", async () => {
    const [first, ...rest] = relatives;
    const page = await open(
      scene,
      `<weight-kin id="one" relatives="${first}"></weight-kin>
       <weight-kin id="two" lang="ja" relatives="${rest.join(" ")}"></weight-kin>`,
    );
    await page.pick(picker("#one"), [CHECKPOINT]);
    await page.pick(picker("#two"), [CHECKPOINT]);
    const [checkpoint = "", ...files] = FILES;
    expect(await resultText(page, "one")).toBe(await nativeReport([checkpoint, files[0] ?? ""]));
    expect(await resultText(page, "two")).toBe(await nativeReport([checkpoint, ...files.slice(1)]));
    await page.waitFor("both results", () =>
      ["#one", "#two"].every((id) =>
        document.querySelector(id)?.shadowRoot?.querySelector("#result"),
      ),
    );
    expect(await shown(page, "#one")).toContain("Closest to base_a");
    expect(await shown(page, "#two")).toContain(ja.recipe.title);
    expect(await shown(page, "#one")).not.toContain(ja.recipe.title);
    // words that are said later, too, are each one's own
    const said = await page.evaluate(() =>
      ["#one", "#two"].map((id) => {
        const root = document.querySelector(id)?.shadowRoot;
        root?.querySelector<HTMLElement>(".headline .help")?.click();
        return root?.querySelector("#help-text")?.textContent;
      }),
    );
    expect(said[0]).toMatch(/mean over all columns/);
    expect(said[1]).toBe(ja.help.headline);
    expect(await page.errors()).toEqual([]);
  });

  test("relatives can be named by a list, or be brought along by the visitor", async () => {
    writeFileSync(
      `${lists}/list.json`,
      JSON.stringify({ relatives: relatives.map((url) => url.replace(store.origin, "..")) }),
    );
    const page = await open(
      scene,
      `<weight-kin id="list" relatives="${store.origin}/lists/list.json"></weight-kin>
       <weight-kin id="none"></weight-kin>`,
    );
    await page.pick(picker("#list"), [CHECKPOINT]);
    expect(await resultText(page, "list")).toBe(await nativeReport(FILES));
    await page.pick(picker("#none"), [CHECKPOINT]);
    await page.pick("#none >>> #pick-relatives", FILES.slice(1));
    await page.waitFor("the button", () => {
      const button = document
        .querySelector("#none")
        ?.shadowRoot?.querySelector<HTMLButtonElement>("#compare");
      return button && !button.disabled;
    });
    await page.click("#none >>> #compare");
    expect(await resultText(page, "none")).toBe(await nativeReport(FILES));
  });

  test("of an index only what matters is fetched, and the answer is that of the nearest", async () => {
    const bases = store.folder("/bases/", made.folder);
    const content = `<weight-kin relatives="${bases}index.kin.safetensors"></weight-kin>`;
    const page = await open(scene, content, policy(scene));
    const before = store.seen.length;
    await page.pick(picker(), [CHECKPOINT]);
    const report = JSON.parse(await resultText(page));
    expect(report.estimate).toBe(true);
    expect(report.models.length).toBe(4);
    expect(await shown(page)).toContain("Nearest relatives of mix_wai");
    const fetched = store.seen.slice(before).filter((path) => path.startsWith("/bases/"));
    const expected = [...RELATIVES, "index"].map((name) => `/bases/${name}.kin.safetensors`);
    expect(fetched.sort()).toEqual(expected);
    expect(await page.errors()).toEqual([]);
  });

  test("a report is shown from an address, by attribute, and opens all its figures", async () => {
    writeFileSync(`${lists}/report.json`, await nativeReport(FILES));
    const page = await open(
      scene,
      `<weight-kin report="${store.origin}/lists/report.json" title="As measured"></weight-kin>`,
      policy(scene),
    );
    await page.waitFor("the result", () =>
      Boolean(document.querySelector("weight-kin")?.shadowRoot?.querySelector("#result")),
    );
    expect(await shown(page)).toContain("As measured");
    await page.click("weight-kin >>> details.rest > summary");
    await page.waitFor("all figures", () =>
      Boolean(
        document.querySelector("weight-kin")?.shadowRoot?.querySelector("wk-tensors tbody tr"),
      ),
    );
    expect(await page.errors()).toEqual([]);
  });

  test("nothing is left behind on the page, in its globals, prototypes or stores", async () => {
    const page = await open(scene, widget());
    await page.pick(picker(), [CHECKPOINT]);
    await resultText(page);
    expect(await page.evaluate(() => globalThis.changes())).toEqual([]);
  });

  test("what is typed and dropped inside does not reach the page", async () => {
    const page = await open(scene, widget());
    await page.pick(picker(), [CHECKPOINT]);
    await resultText(page);
    await page.click("weight-kin >>> details.rest > summary");
    const seen = await page.evaluate(async () => {
      const seen: string[] = [];
      const types = ["keydown", "keyup", "input", "change", "submit", "dragover", "drop"];
      for (const type of types) {
        document.addEventListener(type, ({ type }) => seen.push(type));
      }
      const root = document.querySelector("weight-kin")?.shadowRoot;
      for (let i = 0; i < 100 && !root?.querySelector("#tensors-filter"); i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const field = root?.querySelector<HTMLInputElement>("#tensors-filter");
      if (!field) throw new Error("there is no field");
      const init = { bubbles: true, composed: true, cancelable: true };
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "s", ...init }));
      field.dispatchEvent(new KeyboardEvent("keyup", { key: "s", ...init }));
      field.dispatchEvent(new InputEvent("input", init));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["no model"], "a.safetensors"));
      const zone = root?.querySelector("wk-zone");
      for (const type of ["dragover", "drop"]) {
        zone?.dispatchEvent(new DragEvent(type, { dataTransfer, ...init }));
      }
      return seen;
    });
    expect(seen).toEqual([]);
  });

  test("a page's own styles change nothing inside", async () => {
    const noise = `<link rel="stylesheet" href="/own/noise.css">`;
    const looks = async (content: string) => {
      const page = await open(scene, content);
      await page.waitFor("the element", () =>
        Boolean(
          document.querySelector("weight-kin")?.shadowRoot?.querySelector("#pick-checkpoint"),
        ),
      );
      await page.waitFor(
        "the noise",
        () => document.querySelector("link") === null || document.styleSheets.length > 0,
      );
      return page.evaluate(() => {
        const root = document.querySelector("weight-kin")?.shadowRoot;
        return [...(root?.querySelectorAll(".frame, .frame *") ?? [])].map((element) => {
          const style = getComputedStyle(element);
          const values = [...style].map((name) => `${name}: ${style.getPropertyValue(name)}`);
          return [element.localName, ...values.filter((value) => !value.startsWith("--"))];
        });
      });
    };
    const box = (inner: string) => `<div style="all: revert; width: 600px">${inner}</div>`;
    const quiet = await looks(box(widget()));
    const noisy = await looks(noise + box(widget()));
    expect(quiet.length).toBeGreaterThan(20);
    const differences = quiet.flatMap((values, i) =>
      values.filter((value) => !noisy[i]?.includes(value)).map((value) => `${values[0]} ${value}`),
    );
    expect(differences).toEqual([]);
  });

  test("moved within the page it goes on, taken away it stops", async () => {
    const page = await open(scene, `${widget()}<div id="there"></div>`);
    await page.pick(picker(), [CHECKPOINT]);
    await page.evaluate(() => {
      const element = document.querySelector("weight-kin");
      if (element) document.querySelector("#there")?.append(element);
    });
    await resultText(page);
    const empty = await page.evaluate(async () => {
      const element = document.querySelector("weight-kin");
      element?.remove();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return element?.shadowRoot?.querySelector("#result") === null;
    });
    expect(empty).toBe(true);
    expect(await page.errors()).toEqual([]);
  });

  test("relatives that cannot be loaded are said, to the visitor and to the page", async () => {
    const page = await open(
      scene,
      `<weight-kin relatives="${store.origin}/models/nowhere.safetensors"></weight-kin>`,
    );
    await page.pick(picker(), [CHECKPOINT]);
    const code = await page.waitFor(
      "an error",
      () => globalThis.told.find(({ type }) => type === "weightkin-error")?.detail.code,
    );
    expect(code).toBe("relative_unavailable");
    expect(await shown(page)).toContain("could not be loaded");
  });
});
