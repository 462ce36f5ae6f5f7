// The core with threads: the same bits, where the page is isolated; workers everywhere else.

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
    test("the workers follow from what there is", async () => {
      const page = await barePage(scene, FILES.slice(0, 1));
      const configs = await page.evaluate(() => {
        const { workerConfigFor } = globalThis.weightkin;
        const here = {
          sharedMemory: true,
          ownOrigin: true,
          readsApart: true,
          cores: 4,
          memoryGibibytes: 8,
        };
        const { memoryGibibytes: _, ...unknown } = here;
        const threads = { engine: "threads" } as const;
        return {
          usual: workerConfigFor(here),
          unknown: workerConfigFor({ ...unknown, memoryGibibytes: undefined }),
          together: workerConfigFor({ ...here, readsApart: false }),
          huge: workerConfigFor({ ...here, cores: 128 }),
          small: workerConfigFor({ ...here, memoryGibibytes: 2 }),
          coreless: workerConfigFor({ ...here, cores: Number.NaN }),
          wished: workerConfigFor(here, { workers: 11 }),
          threads: workerConfigFor(here, threads),
          oneCore: workerConfigFor({ ...here, cores: 1 }, threads),
          allCores: workerConfigFor({ ...here, cores: 128 }, threads),
          counted: workerConfigFor(here, { ...threads, threads: 7 }),
          shared: workerConfigFor({ ...here, sharedMemory: false }, threads),
          foreign: workerConfigFor({ ...here, ownOrigin: false }, threads),
        };
      });
      const workers = (count: number) => ({ engine: "workers", workers: count, threads: 0 });
      const pool = (threads: number) => ({ engine: "threads", workers: 1, threads });
      expect(configs).toEqual({
        usual: workers(5),
        unknown: workers(5),
        together: workers(4),
        huge: workers(8),
        small: workers(2),
        coreless: workers(2),
        wished: workers(11),
        threads: pool(3),
        oneCore: pool(1),
        allCores: pool(15),
        counted: pool(6),
        shared: workers(5),
        foreign: workers(5),
      });
    });
  },
  { only: ["chromium"] },
);
