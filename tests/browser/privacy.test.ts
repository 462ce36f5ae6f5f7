import { afterAll, beforeAll, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { until } from "./harness/process.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { Site } from "./harness/site.ts";

/** Waits until the page has loaded all it needs; it does so while the user is still picking. */
async function quiet({ site }: Scene): Promise<number> {
  let last = -1;
  await until(20_000, "the page to stop loading", async () => {
    const before = last;
    await new Promise((resolve) => setTimeout(resolve, 400));
    last = (await site.requests()).length;
    return last === before;
  });
  return last;
}

let elsewhere: Site;
beforeAll(async () => {
  elsewhere = await Site.start();
});
afterAll(() => elsewhere?.stop());

inEachEngine((scene) => {
  test("comparing requests nothing, seen from the browser and from the server", async () => {
    const [first = "", ...others] = ["mix_wai", "base_a", "base_nai"].map((name) =>
      checkpoint("medium", name),
    );
    const app = await App.open(scene);
    await app.pick(first, others);
    const servedBefore = await quiet(scene);
    const askedBefore = app.page.requests()?.length;
    await app.compare();
    expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
    expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
  });

  test("comparing the samples again requests nothing", async () => {
    const app = await App.open(scene);
    await app.page.click("#samples");
    await app.report();
    const servedBefore = await quiet(scene);
    const askedBefore = app.page.requests()?.length;
    await app.page.click("#compare");
    await app.page.waitFor("the second run", () => document.querySelector("#cancel") === null);
    await app.report();
    expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
    expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
  });

  test("the page may not connect to anywhere else", async () => {
    const { page } = await App.open(scene);
    const outcome = await page.evaluate(
      (url) =>
        fetch(url, { mode: "no-cors" }).then(
          () => "answered",
          () => "refused",
        ),
      elsewhere.address,
    );
    expect(outcome).toBe("refused");
    expect(await elsewhere.requests()).toEqual([]);
  });
});
