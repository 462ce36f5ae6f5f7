import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import type { Page } from "./harness/browser.ts";
import { settled } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";

/** What has the focus: its id, or its class and words. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element) return "";
    return element.id ? `#${element.id}` : `.${element.className} ${element.textContent?.trim()}`;
  });
}

/** Presses Tab until something has the focus; fails where the keyboard never gets there. */
async function tabTo(page: Page, selector: string, key = "Tab"): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    const there = await page.evaluate(
      (selector) => document.activeElement?.matches(selector) ?? false,
      selector,
    );
    if (there) return;
    await page.press(key);
    seen.push(await focused(page));
  }
  throw new Error(`the keyboard never reaches ${selector}; it passes ${seen.join(", ")}`);
}

inEachEngine(
  (scene) => {
    test("everything from the samples to a block and an explanation, by keyboard alone", async () => {
      const { page } = await App.open(scene);
      await tabTo(page, "#samples");
      await page.press("Enter");
      await page.waitFor("a result", () => document.querySelector("#result") !== null);
      // the answer has the focus, so that what follows is one Tab away
      await page.waitFor("the focus", () => document.activeElement?.id === "headline");

      await tabTo(page, ".headline .help");
      await page.press("Enter");
      await page.waitFor("the explanation", () =>
        document.querySelector("#help")?.matches(":popover-open"),
      );
      await page.press("Escape");
      await page.waitFor(
        "its end",
        () => !document.querySelector("#help")?.matches(":popover-open"),
      );
      expect(await page.evaluate(() => document.activeElement?.className)).toContain("help");

      await tabTo(page, ".strip");
      await page.press("ArrowRight");
      await page.press("ArrowRight");
      await page.press("ArrowDown");
      await settled(page);
      const readout = await page.evaluate(
        () => document.querySelector("#strip-readout")?.textContent,
      );
      expect(readout).toMatch(/^IN02 · .*: 0\.\d+/);
      await page.press("Enter");
      await page.waitFor("the block alone", () =>
        document.querySelector(".scope-size")?.textContent?.includes("IN02"),
      );

      await tabTo(page, ".tensor-table th.column_cosine button");
      await page.press("Enter");
      await settled(page);
      const order = await page.evaluate(() =>
        document.querySelector("th.column_cosine")?.getAttribute("aria-sort"),
      );
      expect(order).toBe("ascending");
      expect(await page.errors()).toEqual([]);
    });

    test("every stop of the keyboard is visible", async () => {
      const { page } = await App.open(scene);
      await tabTo(page, "#samples");
      await page.press("Enter");
      await page.waitFor("a result", () => document.activeElement?.id === "headline");
      for (let stop = 0; stop < 24; stop += 1) {
        await page.press("Tab");
        const { what, outline_px } = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const shown = element.closest(".button") ?? element;
          const style = getComputedStyle(shown);
          return {
            what: element.outerHTML.slice(0, 120),
            outline_px: style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth),
          };
        });
        expect(outline_px, what).toBeGreaterThan(0);
      }
    });
  },
  { only: ["chromium", "firefox"] },
);
