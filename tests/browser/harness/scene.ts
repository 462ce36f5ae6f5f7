// The same tests in every engine, each with a browser and a server of its own.

import { afterAll, beforeAll, describe } from "vitest";
import { ALL_ENGINES, type Browser, type Engine, launch } from "./browser.ts";
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

/** Defines the tests once per engine. */
export function inEachEngine(
  define: (scene: Scene) => void,
  options: SiteOptions & { only?: Engine[] } = {},
): void {
  const { only = ALL_ENGINES, ...siteOptions } = options;
  describe.each(engines().filter((engine) => only.includes(engine)))("%s", (engine) => {
    const scene = { engine } as Scene;
    beforeAll(async () => {
      scene.site = await Site.start(siteOptions);
      scene.browser = await launch(engine);
    });
    afterAll(async () => {
      await scene.browser?.close();
      await scene.site?.stop();
    });
    define(scene);
  });
}
