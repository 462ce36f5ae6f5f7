// What the page's service worker has done, seen from the page.

import { App } from "./app.ts";
import type { Page } from "./browser.ts";
import { until } from "./process.ts";
import type { Scene } from "./scene.ts";
import type { Site } from "./site.ts";

/** Waits until everything is kept that the page needs without a network, samples included. */
export async function keptOffline(page: Page): Promise<void> {
  await until(30_000, "the site to be kept", () =>
    page
      .evaluate(async () => {
        const registration = await navigator.serviceWorker?.getRegistration();
        if (registration?.active?.state !== "activated") return false;
        const names = await caches.keys();
        const lists = await Promise.all(
          names.map(async (name) => (await caches.open(name)).keys()),
        );
        const samples = lists.flat().filter(({ url }) => url.includes("/samples/"));
        return samples.length === 5;
      })
      // the page may just be loading once more, isolated
      .catch(() => false),
  );
}

/**
 * Opens the page and waits until the browser has looked for a new service worker: it does so by
 * itself, a moment after a page was opened, whatever the page does.
 */
export async function openedAndChecked(scene: Pick<Scene, "browser" | "site">): Promise<App> {
  const checks = async () =>
    (await scene.site.requests()).filter(({ path }) => path.endsWith("/sw.js")).length;
  const before = await checks();
  const app = await App.open(scene);
  await until(15_000, "the browser's own check", async () => (await checks()) > before);
  return app;
}

/** Waits until nothing has been requested for a while, and returns how much was until then. */
export async function quiet(site: Site): Promise<number> {
  let last = -1;
  await until(20_000, "the page to stop loading", async () => {
    const before = last;
    await new Promise((resolve) => setTimeout(resolve, 400));
    last = (await site.requests()).length;
    return last === before;
  });
  return last;
}
