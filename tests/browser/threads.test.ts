// The core with threads: the same bits, where the page is isolated; lanes everywhere else.

import { expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { barePage } from "./harness/bare.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";

const FILES = ["mix_wai", "base_a", "base_b", "base_nai"].map((name) => checkpoint("small", name));
const SCRIPT = /weightkin-threads\.js$/;

inEachEngine((scene) => {
  test("compare() gives the same bytes with any number of threads", async () => {
    const page = await barePage(scene, FILES);
    const expected = await nativeReport(FILES);
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    for (const threads of [1, 2, 3, 8]) {
      const report = await page.evaluate(async (threads) => {
        const { compare, reportText } = globalThis.weightkin;
        return reportText(await compare(globalThis.picked, { engine: "threads", threads }));
      }, threads);
      expect(report, `${threads} threads`).toBe(expected);
    }
    const requests = page.requests();
    if (requests) {
      expect(requests.some((address) => SCRIPT.test(new URL(address).pathname))).toBe(
        scene.engine !== "webkit", // which has no shared memory, however isolated the page is
      );
    }
    expect(await page.errors()).toEqual([]);
  });

  test("threads go on after a comparison is cancelled", async () => {
    const page = await barePage(scene, FILES);
    const [reason, report] = await page.evaluate(async () => {
      const { compare, reportText } = globalThis.weightkin;
      const controller = new AbortController();
      const cancelled = compare(globalThis.picked, {
        engine: "threads",
        signal: controller.signal,
        onProgress: () => controller.abort("enough"),
      });
      const reason = await cancelled.then(() => "finished", String);
      return [reason, reportText(await compare(globalThis.picked, { engine: "threads" }))];
    });
    expect(reason).toBe("enough");
    expect(report).toBe(await nativeReport(FILES));
  });

  test("the page's address chooses the engine", async () => {
    const site = { address: `${scene.site.address}?engine=threads` };
    const app = await App.open({ ...scene, site });
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    expect(await app.compare()).toBe(await nativeReport(FILES));
    expect(await app.page.errors()).toEqual([]);
  });
});

inEachEngine(
  (scene) => {
    test("the crew follows from what there is", async () => {
      const page = await barePage(scene, FILES.slice(0, 1));
      const crews = await page.evaluate(() => {
        const { crewFor } = globalThis.weightkin;
        const here = {
          shared_memory: true,
          own_origin: true,
          reads_apart: true,
          cores: 4,
          memory_gibibytes: 8,
        };
        const { memory_gibibytes: _, ...unknown } = here;
        const threads = { engine: "threads" } as const;
        return {
          usual: crewFor(here),
          unknown: crewFor({ ...unknown, memory_gibibytes: undefined }),
          together: crewFor({ ...here, reads_apart: false }),
          huge: crewFor({ ...here, cores: 128 }),
          small: crewFor({ ...here, memory_gibibytes: 2 }),
          coreless: crewFor({ ...here, cores: Number.NaN }),
          wished: crewFor(here, { lanes: 11 }),
          threads: crewFor(here, threads),
          one_core: crewFor({ ...here, cores: 1 }, threads),
          all_cores: crewFor({ ...here, cores: 128 }, threads),
          counted: crewFor(here, { ...threads, threads: 7 }),
          shared: crewFor({ ...here, shared_memory: false }, threads),
          foreign: crewFor({ ...here, own_origin: false }, threads),
        };
      });
      const lanes = (count: number) => ({ engine: "lanes", lanes: count, threads: 0 });
      const pool = (threads: number) => ({ engine: "threads", lanes: 1, threads });
      expect(crews).toEqual({
        usual: lanes(5),
        unknown: lanes(5),
        together: lanes(4),
        huge: lanes(8),
        small: lanes(2),
        coreless: lanes(2),
        wished: lanes(11),
        threads: pool(3),
        one_core: pool(1),
        all_cores: pool(15),
        counted: pool(6),
        shared: lanes(5),
        foreign: lanes(5),
      });
    });
  },
  { only: ["chromium"] },
);
