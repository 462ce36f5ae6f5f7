import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { inEachEngine } from "./harness/scene.ts";

inEachEngine((scene) => {
  test("page loads isolated and without errors", async () => {
    const { page } = await App.open(scene);
    // WebKitGTK has no shared memory whatever the headers say
    const isIsolated = await page.evaluate(() => crossOriginIsolated);
    if (scene.engine !== "webkit") expect(isIsolated).toBe(true);
    expect(await page.errors()).toEqual([]);
  });

  test("page fits a phone's width", async () => {
    const { page } = await App.open(scene);
    await page.resize(360, 740);
    const overflow_px = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow_px).toBe(0);
  });

  test("page says what it needs before it compares", async () => {
    const { page } = await App.open(scene);
    const isDisabled = () => document.querySelector<HTMLButtonElement>("#compare")?.disabled;
    expect(await page.evaluate(isDisabled)).toBe(true);
  });
});
