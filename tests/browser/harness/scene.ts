// The same tests in every engine, each with a browser and a server of its own.

import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { ALL_ENGINES, type Browser, type Engine, type LaunchOptions, launch } from "./browser.ts";
import { Site, type SiteOptions } from "./site.ts";

export interface Scene {
  readonly engine: Engine;
  /** Set before the tests run. */
  browser: Browser;
  /** Set before the tests run. */
  site: Site;
}

/** The engines asked for with `WEIGHTKIN_ENGINES=chromium,webkit`; all of them by default. */
function engines(): Engine[] {
  const wanted = (process.env["WEIGHTKIN_ENGINES"] ?? "").split(",").filter((name) => name !== "");
  const unknown = wanted.filter((name) => !ALL_ENGINES.some((engine) => engine === name));
  if (unknown.length > 0) throw new Error(`no such engine: ${unknown.join(", ")}`);
  return ALL_ENGINES.filter((engine) => wanted.length === 0 || wanted.includes(engine));
}

/** A browser, at the second try if need be: on a busy machine a start may come to nothing. */
function launched(engine: Engine, options: LaunchOptions): Promise<Browser> {
  return launch(engine, options).catch(() => launch(engine, options));
}

/** Defines the tests once per engine. */
export function inEachEngine(
  define: (scene: Scene) => void,
  options: SiteOptions & Pick<LaunchOptions, "isOptimising"> & { only?: Engine[] } = {},
): void {
  const { only = ALL_ENGINES, isOptimising = false, ...siteOptions } = options;
  describe.each(engines().filter((engine) => only.includes(engine)))("%s", (engine) => {
    const scene = { engine } as Scene;
    let isWorn = false;
    beforeAll(async () => {
      scene.site = await Site.start(siteOptions);
      scene.browser = await launched(engine, { isOptimising });
    });
    // a browser that hangs would fail every test to come; the next try gets a fresh one
    beforeEach(async () => {
      if (!isWorn) return;
      await scene.browser.close();
      scene.browser = await launched(engine, { isOptimising });
      isWorn = false;
    });
    afterEach(({ task }) => {
      isWorn = task.result?.state === "fail";
    });
    afterAll(async () => {
      await scene.browser?.close();
      await scene.site?.stop();
    });
    define(scene);
  });
}
