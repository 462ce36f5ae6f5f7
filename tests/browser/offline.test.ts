import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { keptOffline } from "./harness/offline.ts";
import { openSamples, useLanguage } from "./harness/page-actions.ts";
import { inEachEngine } from "./harness/scene.ts";

const FILES = ["mix_wai", "base_a", "base_nai"].map((name) => checkpoint("brief", name));

inEachEngine((scene) => {
  test("with the server stopped the page loads again, speaks and compares", async () => {
    const online = await App.open(scene);
    await keptOffline(online.page);
    await scene.site.stop();

    const app = await App.open(scene);
    await useLanguage(app.page, "ja");
    await useLanguage(app.page, "en");
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    expect(await app.compare()).toBe(await nativeReport(FILES));

    const again = await App.open(scene);
    await openSamples(again);
    expect(await again.page.errors()).toEqual([]);
  });
});
