import { afterEach, expect, test } from "vitest";
import type * as Weightkin from "../../www/src/shared/types.js";
import { App } from "./harness/app.ts";
import type { Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { choose, fill, openSamples, settled } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";

const NAMES = ["mix_wai", "base_a", "base_b", "base_nai", "root"];
const FILES = NAMES.map((name) => checkpoint("small", name));

interface Shown {
  page: Page;
  report: Weightkin.Report;
}

/** A result of four models and their ancestor on the page, and its report. */
async function resultOn(app: App): Promise<Shown> {
  await app.pick(FILES[0] ?? "", FILES.slice(1));
  const report = JSON.parse(await app.compare()) as Weightkin.Report;
  // estimates have no digits to point at; they give way once the result is drawn
  await app.page.waitFor("the finished result", () =>
    Boolean(document.querySelector(".part-matrix .matrix td[title]")),
  );
  return { page: app.page, report };
}

/** All digits as the page writes them: those of the report, whole numbers with their point. */
function digits(value: number | null | undefined): string {
  if (value === null || value === undefined) return "undefined";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A figure as the page shows it; all digits are in its title. */
function shown(value: number | null | undefined): string {
  return typeof value === "number" ? value.toFixed(6) : "undefined";
}

function between<P extends { a: number; b: number }>(pairs: P[], x: number, y: number): P {
  const found = pairs.find(({ a, b }) => a === Math.min(x, y) && b === Math.max(x, y));
  if (!found) throw new Error(`no pair ${x}, ${y}`);
  return found;
}

/** Every cell of the first matrix: row, column and all its digits. */
function matrix(page: Page): Promise<(string | null)[][]> {
  return page.evaluate(() =>
    [...(document.querySelector(".part-matrix .matrix")?.querySelectorAll("tbody tr") ?? [])].map(
      (row) => [...row.querySelectorAll("td")].map((cell) => cell.getAttribute("title")),
    ),
  );
}

function texts(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(
    (selector) =>
      [...document.querySelectorAll(selector)].map((element) =>
        (element.textContent ?? "").replace(/\s+/g, " ").trim(),
      ),
    selector,
  );
}

inEachEngine((scene) => {
  // one result for all tests that only look at it, as long as its page is there
  let shared: Shown | undefined;
  afterEach(({ task }) => {
    if (task.result?.state === "fail") shared = undefined;
  });

  /** A page of a test's own, in the place of the last one. */
  function open(): Promise<App> {
    shared = undefined;
    return App.open(scene);
  }

  /** The result to look at, seen as it is at first. */
  async function result(): Promise<Shown> {
    if (shared) {
      await choose(shared.page, "#look-scope", "");
      await choose(shared.page, "#look-ancestor", "");
      await choose(shared.page, "#look-measure", "column_cosine");
    } else {
      shared = await resultOn(await open());
    }
    return shared;
  }

  test("the headline is one sentence: closest, figure, verdict, lead", async () => {
    const { page, report } = await result();
    const closest = report.closest.find(({ of }) => of === 0);
    const name = (model: number | null | undefined) => report.models[model ?? -1]?.name ?? "";
    const pair = between(report.pairs, 0, closest?.model ?? 0);
    const figure = shown(pair.column_cosine);
    const margin = shown(closest?.margin);
    const [sentence] = await texts(page, "#headline");
    expect(sentence).toBe(
      `Closest to ${name(closest?.model)}: ${figure}, too close for comfort; ${margin} ahead of ${name(closest?.runner_up)}.`,
    );
    const [number] = await texts(page, ".headline .number .figure");
    expect(number).toBe(shown(pair.column_cosine));
    const title = await page.evaluate(() =>
      document.querySelector(".headline .number .figure")?.getAttribute("title"),
    );
    expect(title).toBe(digits(pair.column_cosine));
  });

  test("the matrix holds every pair with all its digits", async () => {
    const { page, report } = await result();
    const cells = await matrix(page);
    expect(cells.length).toBe(NAMES.length);
    cells.forEach((row, x) => {
      row.forEach((title, y) => {
        if (x !== y) expect(title).toBe(digits(between(report.pairs, x, y).column_cosine));
      });
    });
  });

  test("the strip shows every block of every relative, and its figures on pointing", async () => {
    const { page, report } = await result();
    const blocks = report.scopes.filter(({ by }) => by === "block");
    const ticks = await texts(page, ".strip .axis .tick");
    expect(ticks).toEqual(blocks.map(({ name }) => name));
    const expected = ["IN00", "IN08", "MID", "OUT00", "OUT08", "TE-L", "TE-G"];
    for (const name of expected) expect(ticks).toContain(name);
    const rows = await texts(page, ".strip-row > .name");
    expect(rows.length).toBe(NAMES.length - 1);
    const at = ticks.indexOf("IN04");
    await page.evaluate((at) => {
      const cell = document.querySelector(`.strip .cell[data-row="1"][data-column="${at}"]`);
      cell?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    }, at);
    await settled(page);
    const model = report.models.findIndex(({ name }) => name === rows[1]);
    const block = blocks[at];
    const figure = digits(between(block?.pairs ?? [], 0, model).column_cosine);
    expect(await texts(page, "#strip-readout")).toEqual([`IN04 · ${rows[1]}: ${figure}`]);
  });

  test("a part of the model is shown at once, everywhere, without reading again", async () => {
    // a page just opened: later the browser looks for a new service worker by itself
    shared = await resultOn(await open());
    const { page, report } = shared;
    const before = (await scene.site.requests()).length;
    for (const [by, name] of [
      ["component", "TE-L"],
      ["block", "MID"],
      ["kind", "cross-attention"],
      ["part", "closer to MID"],
      ["layer", "TE-G 05"],
    ]) {
      await choose(page, "#look-scope", `${by} ${name}`);
      const scope = report.scopes.find((scope) => scope.by === by && scope.name === name);
      expect(scope, `${by} ${name}`).toBeDefined();
      const cells = await matrix(page);
      expect(cells[0]?.[1]).toBe(digits(between(scope?.pairs ?? [], 0, 1).column_cosine));
      const recipe = scope?.recipes.find(({ child }) => child === 0);
      const weights = await texts(page, ".part-recipe .weights li:not(.fit) .value");
      expect(weights).toEqual(recipe?.weights.map(shown));
    }
    await choose(page, "#look-scope", "");
    expect((await matrix(page))[0]?.[1]).toBe(digits(report.pairs[0]?.column_cosine));
    expect((await scene.site.requests()).length).toBe(before);
  });

  test("tensors can be chosen by a pattern of their names", async () => {
    const { page, report } = await result();
    await choose(page, "#look-scope", "filter");
    const show = (pattern: string) =>
      page.evaluate((pattern) => {
        const field = document.querySelector<HTMLInputElement>("#look-pattern");
        if (field) field.value = pattern;
        field?.form?.requestSubmit();
      }, pattern);
    await show("attn2.to_k");
    const size = await page.waitFor(
      "the scope",
      () => document.querySelector(".scope-size")?.textContent,
    );
    const matching = report.tensors.filter(({ name }) => name.includes("attn2.to_k"));
    expect(size).toContain(`${matching.length} tensors`);
    await show("/[/");
    const complaint = await page.waitFor(
      "a complaint",
      () => document.querySelector(".pattern .problem")?.textContent,
    );
    expect(complaint).toContain("regular expression");
  });

  test("seen from an ancestor, the figures are the command line's", async () => {
    const { page } = await result();
    const [ancestor = ""] = FILES.slice(-1);
    const expected = JSON.parse(
      await nativeReport(FILES, ["--ancestor", ancestor]),
    ) as Weightkin.Report;
    await choose(page, "#look-ancestor", String(NAMES.length - 1));
    await page.waitFor("the ancestor", () => document.querySelectorAll(".matrix").length > 1);
    await choose(page, "#look-measure", "ancestor_cosine");
    const cells = await matrix(page);
    // the ancestor itself has learnt nothing and has no row
    expect(cells.length).toBe(NAMES.length - 1);
    expect(cells[0]?.[1]).toBe(digits(between(expected.pairs, 0, 1).ancestor_cosine));
    expect(cells[1]?.[3]).toBe(digits(between(expected.pairs, 1, 3).ancestor_cosine));
    const recipe = expected.recipes.find(({ child }) => child === 0);
    const weights = await texts(page, ".part-recipe .weights li:not(.fit) .value");
    expect(weights).toEqual(recipe?.weights.map(shown));
  });

  test("the tree, the identical parts and what was left out are those of the report", async () => {
    const { page, report } = await result();
    const joins = await texts(page, ".part-tree table tbody td");
    expect(joins).toEqual(report.tree.map(({ distance }) => shown(distance)));
    const leaves = await texts(page, ".tree li");
    expect([...leaves].sort()).toEqual([...NAMES].sort());
    const components = report.scopes.filter(({ by }) => by === "component");
    const heads = await texts(page, ".part-identical thead th");
    expect(heads.slice(1)).toEqual(components.map(({ name }) => name));
    const vae = report.compared.left_out.filter(({ reason }) => reason === "vae");
    const reasons = await texts(page, "[aria-labelledby=left-out-title] summary");
    expect(reasons).toContain(`VAE, left out by default ${vae.length}`);
  });

  test("a number explains itself, and says that likeness is no proof", async () => {
    const { page } = await result();
    await page.click(".headline .help");
    const said = await page.waitFor("the explanation", () => {
      const help = document.querySelector<HTMLElement>("#help");
      return help?.matches(":popover-open") && help.textContent;
    });
    expect(said).toMatch(/mean over all columns/);
    expect(said).toMatch(/no proof of copying/);
    expect(said).toMatch(/your own judgement/);
  });

  test("a relative marked as the ancestor on its card is one in the comparison", async () => {
    const app = await open();
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    await app.page.click('[aria-label="Mark root as the common ancestor"]');
    const [ancestor = ""] = FILES.slice(-1);
    const report = await app.compare();
    expect(report).toBe(await nativeReport(FILES, ["--ancestor", ancestor]));
  });

  test("roles are swapped, and another model can be the one in question", async () => {
    const app = await open();
    await app.pick(FILES[0] ?? "", FILES.slice(1, 3));
    await app.page.click('[aria-label="Make base_b the checkpoint"]');
    await settled(app.page);
    const report = JSON.parse(await app.compare()) as Weightkin.Report;
    expect(report.models[0]?.name).toBe("base_b");
    expect((await texts(app.page, ".headline .overline"))[0]).toContain("base_b");
    await choose(app.page, "#look-of", "1");
    const closest = report.closest.find(({ of }) => of === 1);
    const [sentence] = await texts(app.page, "#headline");
    expect(sentence).toContain(`Closest to ${report.models[closest?.model ?? -1]?.name}`);
  });

  test("the table of tensors sorts and filters 2,266 rows and keeps few in the document", async () => {
    const app = await open();
    await openSamples(app);
    const { page } = app;
    const rows = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".tensor-table tbody tr:not(.spacer)")].map((row) => ({
          name: row.querySelector("code")?.textContent ?? "",
          figure: row.querySelector("td")?.textContent?.trim() ?? "",
        })),
      );
    const report = JSON.parse(await app.report()) as Weightkin.Report;
    const closest = report.closest.find(({ of }) => of === 0)?.model ?? 0;
    const pair = report.pairs.findIndex(({ a, b }) => a === 0 && b === closest);
    const figures = report.tensors.map(({ name, pairs }) => ({
      name,
      value: pairs[pair]?.column_cosine ?? null,
    }));
    expect((await rows()).length).toBeLessThan(60);
    expect((await rows())[0]?.name).toBe(figures[0]?.name);

    await page.click(".tensor-table th.column_cosine button");
    await settled(page);
    const least = figures.filter(({ value }) => value !== null);
    least.sort((x, y) => (x.value ?? 0) - (y.value ?? 0));
    expect((await rows())[0]?.figure).toBe(shown(least[0]?.value));
    await page.click(".tensor-table th.column_cosine button");
    await settled(page);
    expect((await rows())[0]?.figure).toBe(shown(least.at(-1)?.value));
    const order = await page.evaluate(() =>
      document.querySelector("th.column_cosine")?.getAttribute("aria-sort"),
    );
    expect(order).toBe("descending");

    await fill(page, "#tensors-filter", "IN04 cross-attention");
    const filtered = report.tensors.filter(
      ({ block, kind }) => block === "IN04" && kind === "cross-attention",
    );
    const [said] = await texts(page, ".table-tools [role=status]");
    expect(said).toContain(`${filtered.length} of`);

    // the very last row is there after scrolling to the end, in its place
    await fill(page, "#tensors-filter", "");
    await page.click(".tensor-table th.tensor button");
    const took_ms = await page.evaluate(async () => {
      const box = document.querySelector<HTMLElement>(".tensor-scroll");
      const started = performance.now();
      if (box) box.scrollTop = box.scrollHeight;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
      return performance.now() - started;
    });
    const last = (await rows()).at(-1);
    expect(last?.name).toBe(figures.at(-1)?.name);
    expect((await rows()).length).toBeLessThan(60);
    expect(took_ms).toBeLessThan(1_000);
  });
});
