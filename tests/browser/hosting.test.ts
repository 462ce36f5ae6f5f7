import { describe, expect, test } from "vitest";
import { App } from "./harness/app.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { inEachEngine } from "./harness/scene.ts";

describe("below a path, on a host that sets no headers for isolation", () => {
  inEachEngine(
    (scene) => {
      test("site loads everything relative to itself and compares", async () => {
        const files = [checkpoint("small", "mix_wai"), checkpoint("small", "base_nai")];
        const app = await App.open(scene);
        expect(await app.page.evaluate(() => crossOriginIsolated)).toBe(false);
        await app.pick(files[0] ?? "", files.slice(1));
        expect(await app.compare()).toBe(await nativeReport(files));
        expect(await app.page.errors()).toEqual([]);
        const requests = await scene.site.requests();
        const misplaced = requests.filter(({ path }) => !path.startsWith("/tools/weightkin"));
        // browsers ask for this one by themselves
        expect(misplaced.filter(({ path }) => path !== "/favicon.ico")).toEqual([]);
        expect(requests.filter(({ status }) => status >= 400)).toEqual([]);
      });
    },
    { base: "/tools/weightkin", isolated: false },
  );
});
