import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import type { Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { keptOffline } from "./harness/offline.ts";
import { until } from "./harness/process.ts";
import { DIST } from "./harness/repository.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";
import type { ServedRequest } from "./harness/site.ts";

const FILES = [checkpoint("brief", "mix_wai"), checkpoint("brief", "base_nai")];

/** The site as a host has it that does not let a service worker through. */
const without_worker = scratchFolder("hosting");
cpSync(DIST, without_worker, { recursive: true });
rmSync(join(without_worker, "sw.js"));

/** How often a page itself was asked for, as opposed to its files. */
function loads(requests: ServedRequest[], path: string): number {
  return requests.filter((request) => request.path === path && request.status < 400).length;
}

const isIsolated = () => crossOriginIsolated;

/** Waits until the page has been loaded the second time, where that makes it isolated. */
async function isolated(page: Page): Promise<void> {
  await until(30_000, "the page to be isolated", () =>
    page.evaluate(isIsolated).catch(() => false),
  );
  await page.waitFor("the page", () => document.querySelector("#pick-checkpoint") !== null);
}

async function compares(app: App): Promise<void> {
  await app.pick(FILES[0] ?? "", FILES.slice(1));
  expect(await app.compare()).toBe(await nativeReport(FILES));
  expect(await app.page.errors()).toEqual([]);
}

describe("below a path, on a host that sets no headers for isolation", () => {
  inEachEngine(
    (scene: Scene) => {
      const base = "/tools/weightkin/";

      test("everything is loaded from below that path", async () => {
        const app = await App.open(scene);
        await keptOffline(app.page);
        if (scene.engine !== "webkit") await isolated(app.page);
        await compares(app);
        const requests = await scene.site.requests();
        const misplaced = requests.filter(({ path }) => !path.startsWith(base));
        // browsers ask for this one by themselves
        expect(misplaced.filter(({ path }) => path !== "/favicon.ico")).toEqual([]);
        expect(
          requests.filter(({ path, status }) => status >= 400 && path !== "/favicon.ico"),
        ).toEqual([]);
      });

      test("the service worker isolates the page with one more load, and that is all", async () => {
        // WebKitGTK has no shared memory whatever the headers say: it tries once and never again
        const app = await App.open(scene);
        if (scene.engine !== "webkit") expect(await app.page.evaluate(isIsolated)).toBe(true);
        await compares(app);
        await App.open(scene);
        const seen = await scene.site.requests();
        // the second load, and all later ones, come from what the service worker keeps
        expect(loads(seen, base)).toBe(1);
        expect(seen.filter(({ path }) => path === `${base}sw.js`).length).toBeGreaterThan(0);
      });
    },
    { base: "/tools/weightkin", isolated: false },
  );
});

describe("on a host that neither isolates nor lets a service worker through", () => {
  inEachEngine(
    (scene: Scene) => {
      test("the page does without, and says nothing", async () => {
        const address = `${scene.site.origin}/bare-host/`;
        const app = await App.open({ browser: scene.browser, site: { address } });
        await until(20_000, "the try for a service worker", async () =>
          (await scene.site.requests()).some(({ path }) => path.endsWith("/sw.js")),
        );
        expect(await app.page.evaluate(isIsolated)).toBe(false);
        await app.pick(FILES[0] ?? "", FILES.slice(1));
        expect(await app.compare()).toBe(await nativeReport(FILES));
        expect(
          await app.page.evaluate(() => document.querySelector("#failure, #update") === null),
        ).toBe(true);
        expect(loads(await scene.site.requests(), "/bare-host/")).toBe(1);
      });
    },
    { isolated: false, mounts: { "/bare-host": without_worker } },
  );
});
