import { afterAll, beforeAll, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { keptOffline, openedAndChecked, quiet } from "./harness/offline.ts";
import { prints } from "./harness/prints.ts";
import { inEachEngine } from "./harness/scene.ts";
import { Site } from "./harness/site.ts";

const made = await prints("brief", ["base_a", "base_b"], "privacy");
let elsewhere: Site;
beforeAll(async () => {
  elsewhere = await Site.start();
});
afterAll(() => elsewhere?.stop());

inEachEngine((scene) => {
  test("comparing requests nothing, seen from the browser and from the server", async () => {
    const [first = "", ...others] = ["mix_wai", "base_a", "base_nai"].map((name) =>
      checkpoint("heavy", name),
    );
    const app = await openedAndChecked(scene);
    await app.pick(first, others);
    const servedBefore = await quiet(scene.site);
    const askedBefore = app.page.requests()?.length;
    await app.compare();
    expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
    expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
  });

  test("it requests nothing either with the service worker between page and server", async () => {
    await keptOffline((await App.open(scene)).page);
    const files = ["mix_wai", "base_a", "base_nai"].map((name) => checkpoint("heavy", name));
    const app = await openedAndChecked(scene);
    expect(await app.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await app.pick(files[0] ?? "", files.slice(1));
    const servedBefore = await quiet(scene.site);
    const askedBefore = app.page.requests()?.length;
    await app.compare();
    expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
    expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
  });

  test("comparing the samples again requests nothing", async () => {
    const app = await openedAndChecked(scene);
    await app.page.click("#samples");
    await app.report();
    const servedBefore = await quiet(scene.site);
    const askedBefore = app.page.requests()?.length;
    await app.page.click("#compare");
    await app.page.waitFor("the second run", () => document.querySelector("#cancel") === null);
    await app.report();
    expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
    expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
  });

  test("comparing with fingerprints, and searching among them, requests nothing", async () => {
    const app = await openedAndChecked(scene);
    await app.pick(checkpoint("brief", "mix_wai"), [made.of("base_a"), made.of("base_b")]);
    const servedBefore = await quiet(scene.site);
    const askedBefore = app.page.requests()?.length;
    const nothing = async () => {
      expect((await scene.site.requests()).slice(servedBefore)).toEqual([]);
      expect(app.page.requests()?.slice(askedBefore) ?? []).toEqual([]);
    };
    expect(JSON.parse(await app.compare()).estimate).toBe(true);
    await nothing();
    await app.page.pick("#pick-relatives", [made.index]);
    await app.cards(4);
    await app.page.click("#seek");
    await app.page.waitFor("a ranking", () => document.querySelector(".found .ranking") !== null);
    await nothing();
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
