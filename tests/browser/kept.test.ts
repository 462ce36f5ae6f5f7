import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { App } from "./harness/app.ts";
import { launch, type Page } from "./harness/browser.ts";
import { checkpoint } from "./harness/families.ts";
import { nativeReport } from "./harness/native.ts";
import { quiet } from "./harness/offline.ts";
import { openSamples } from "./harness/page-actions.ts";
import { inEachEngine, type Scene } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";

const FILES = ["mix_wai", "base_a", "base_nai"].map((name) => checkpoint("brief", name));

/** The texts of a list in the panel of what is kept. */
function rows(page: Page, list: "models" | "results"): Promise<string[]> {
  return page.evaluate((list) => {
    const section = document.querySelector(`#kept-${list}`)?.closest("section");
    const found = [...(section?.querySelectorAll<HTMLElement>(".kept-row") ?? [])];
    return found.map((row) => row.textContent ?? "");
  }, list);
}

async function shown(page: Page): Promise<void> {
  await page.waitFor("what is kept", () => {
    const panel = document.querySelector<HTMLDetailsElement>("#kept");
    if (panel) panel.open = true;
    return panel !== null;
  });
}

/** Chooses two relatives with the browser's own picker, which gives handles. */
async function pickWithHandles(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // handles of the page's private files stand in for those of the user's: no dialogue, no
    // question, but kept and opened again like any other
    const folder = await navigator.storage.getDirectory();
    const handles = ["base-a", "base-b"].map(async (name) => {
      const handle = await folder.getFileHandle(`${name}.safetensors`, { create: true });
      const writable = await handle.createWritable();
      await writable.write(await (await fetch(`samples/sample-${name}.safetensors`)).blob());
      await writable.close();
      return handle;
    });
    const picked = await Promise.all(handles);
    (window as { showOpenFilePicker?: unknown }).showOpenFilePicker = async () => picked;
  });
  await page.evaluate(() => document.querySelector<HTMLElement>("#pick-relatives")?.click());
}

/** A scene whose browser is started again with the profile it had. */
async function restarted(scene: Scene, profile: string, work: (scene: Scene) => Promise<void>) {
  const browser = await launch(scene.engine, { profile });
  try {
    await work({ ...scene, browser });
  } finally {
    await browser.close();
  }
}

inEachEngine(
  (scene) => {
    test("models and results are there again after the browser was closed", async () => {
      const profile = scratchFolder(`profile-${scene.engine}`);
      let report = "";
      await restarted(scene, profile, async (scene) => {
        const app = await App.open(scene);
        await quiet(scene.site);
        await app.pick(FILES[0] ?? "", FILES.slice(1));
        report = await app.compare();
        await app.page.waitFor(
          "the result to be kept",
          () => document.querySelector(".result-open") !== null,
        );
      });
      await restarted(scene, profile, async (scene) => {
        const { page } = await App.open(scene);
        await shown(page);
        expect((await rows(page, "models")).length).toBe(3);
        expect((await rows(page, "results")).length).toBe(1);
        await page.click(".result-open");
        const app = await App.open(scene);
        await shown(app.page);
        await app.page.click(".result-open");
        expect(await app.report()).toBe(report);

        // without handles the file is chosen again, and known again: no second entry
        await app.page.pick(".model-choose input", [FILES[1] ?? ""]);
        expect((await app.cards(1))[0]).toContain("base_a");
        await app.page.pick("#pick-checkpoint", [FILES[0] ?? ""]);
        await app.cards(2);
        await app.page.click("#compare");
        await app.page.waitFor(
          "the second result",
          () => document.querySelectorAll(".result-open").length === 2,
        );
        expect((await rows(app.page, "models")).length).toBe(3);
        expect(await app.page.errors()).toEqual([]);
      });
    }, 120_000);
  },
  { only: ["chromium", "firefox"] },
);

inEachEngine(
  (scene) => {
    test("bases with handles are back on the page with one click, also after a restart", async () => {
      const profile = scratchFolder("profile-handles");
      let report = "";
      await restarted(scene, profile, async (scene) => {
        const app = await App.open(scene);
        await quiet(scene.site);
        await app.page.pick("#pick-checkpoint", [FILES[0] ?? ""]);
        await app.cards(1);
        await pickWithHandles(app.page);
        await app.cards(3);
        report = await app.compare();
        await app.page.waitFor(
          "the result to be kept",
          () => document.querySelector(".result-open") !== null,
        );
      });
      await restarted(scene, profile, async (scene) => {
        const app = await App.open(scene);
        await app.page.waitFor(
          "the offer of the last bases",
          () => document.querySelector("#last-bases") !== null,
        );
        // the browser asks again after a restart; the user refuses once
        await app.page.evaluate(() => {
          const asked = { times: 0 };
          Object.assign(globalThis, { asked });
          const { prototype } = FileSystemHandle as unknown as {
            prototype: { requestPermission: (wanted: object) => Promise<PermissionState> };
          };
          prototype.requestPermission = async () => {
            asked.times += 1;
            // one answer for each of two handles
            return asked.times <= 2 ? "denied" : "granted";
          };
        });
        await app.page.click("#last-bases");
        const refused = await app.page.waitFor("the refusal", () => {
          const words = document.querySelectorAll(".kept-row .problem");
          return words.length === 2 && words[0]?.textContent;
        });
        expect(refused).toContain(en.kept.not_allowed);
        expect(await app.page.evaluate(() => document.querySelectorAll(".card").length)).toBe(0);
        await app.page.click("#last-bases");
        await app.cards(2);
        expect(
          await app.page.evaluate(() => ({
            asked: (globalThis as unknown as { asked: { times: number } }).asked.times,
            problems: document.querySelectorAll(".kept-row .problem").length,
          })),
        ).toEqual({ asked: 4, problems: 0 });
        await app.page.pick("#pick-checkpoint", [FILES[0] ?? ""]);
        await app.cards(3);
        expect(await app.compare()).toBe(report);

        // a file that has gone is said to be gone, and can be chosen
        await app.page.evaluate(async () => {
          const folder = await navigator.storage.getDirectory();
          await folder.removeEntry("base-a.safetensors");
        });
        await shown(app.page);
        await app.page.click('.model-add[aria-label*="base-a"]');
        const row = await app.page.waitFor(
          "the refusal",
          () => document.querySelector(".kept-row .problem")?.textContent,
        );
        expect(row).toContain("no longer");
        expect(await app.page.errors()).toEqual([]);
      });
    }, 120_000);

    test("a full quota never breaks a run, and is said", async () => {
      const app = await App.open(scene);
      await quiet(scene.site);
      await app.pick(FILES[0] ?? "", FILES.slice(1));
      const origin = scene.site.origin;
      await app.page.devtools?.("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
      expect(await app.compare()).toBe(await nativeReport(FILES));
      await app.page.waitFor("the notice", () => document.querySelector("#kept-full") !== null);
      await app.page.devtools?.("Storage.overrideQuotaForOrigin", { origin });
      await app.page.click("#compare");
      await app.page.waitFor(
        "the kept result",
        () => document.querySelector(".result-open") !== null,
      );
      expect(await app.page.evaluate(() => document.querySelector("#kept-full") === null)).toBe(
        true,
      );
    });
  },
  { only: ["chromium"] },
);

inEachEngine((scene) => {
  test("results are listed, opened, deleted one by one and all at once", async () => {
    const app = await App.open(scene);
    await quiet(scene.site);
    for (const count of [1, 2, 3]) {
      await app.page.click(count === 1 ? "#samples" : "#compare");
      await app.page.waitFor(
        `result ${count}`,
        (count) => document.querySelectorAll(".result-open").length === count,
        { args: [count] },
      );
    }
    await shown(app.page);
    const [first = ""] = await rows(app.page, "results");
    expect(first).toContain("sample-merge");
    expect(first).toMatch(/closest to sample-base-[abc]: 0\.\d{5}/);
    // the built-in family is nothing to be reminded of
    expect(await rows(app.page, "models")).toEqual([]);
    const space = await app.page.evaluate(() => ({
      told: document.querySelector("#kept-space")?.textContent ?? "",
      can_tell: "estimate" in (navigator.storage ?? {}),
    }));
    // WebKitGTK does not say how much there is
    if (space.can_tell) expect(space.told).toMatch(/weightkin takes .*B/);
    else expect(scene.engine).toBe("webkit");

    await app.page.click('.kept-row button[aria-label^="Delete"]');
    await app.page.waitFor(
      "two results",
      () => document.querySelectorAll(".result-open").length === 2,
    );
    await app.page.click("#kept-results-all");
    await app.page.click("#kept-results-sure");
    await app.page.waitFor("nothing kept", () => document.querySelector("#kept") === null);
    const again = await App.open(scene);
    await quiet(scene.site);
    expect(await again.page.evaluate(() => document.querySelector("#kept") === null)).toBe(true);
  });

  // the last: it leaves a result behind
  test("a store that takes no more never breaks a run, and that is said", async () => {
    const app = await App.open(scene);
    await quiet(scene.site);
    await app.pick(FILES[0] ?? "", FILES.slice(1));
    await app.page.evaluate(() => {
      const { put, add } = IDBObjectStore.prototype;
      Object.assign(globalThis, { put, add });
      const full = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
      Object.assign(IDBObjectStore.prototype, { put: full, add: full });
    });
    expect(await app.compare()).toBe(await nativeReport(FILES));
    const said = await app.page.waitFor(
      "the notice",
      () => document.querySelector("#kept-full")?.textContent,
    );
    expect(said).toContain(en.kept.full);
    await app.page.evaluate(() => {
      const { put, add } = globalThis as unknown as Pick<IDBObjectStore, "put" | "add">;
      Object.assign(IDBObjectStore.prototype, { put, add });
    });
    await app.page.click("#compare");
    await app.page.waitFor(
      "the kept result",
      () => document.querySelector(".result-open") !== null,
    );
    expect(await app.page.evaluate(() => document.querySelector("#kept-full") === null)).toBe(true);
    expect(await app.page.errors()).toEqual([]);
  });
});

// nothing runs ahead of the page's scripts in WebKit
inEachEngine(
  (scene) => {
    test("where the browser keeps nothing everything else works", async () => {
      const app = await App.open(scene, () => {
        Object.defineProperty(window, "indexedDB", { value: undefined });
        Object.defineProperty(window, "localStorage", {
          get: () => {
            throw new DOMException("not allowed", "SecurityError");
          },
        });
      });
      await openSamples(app);
      expect(
        await app.page.evaluate(() => document.querySelector("#kept, #failure") === null),
      ).toBe(true);
      expect(await app.page.errors()).toEqual([]);
    });
  },
  { only: ["chromium", "firefox"] },
);

inEachEngine(
  (scene) => {
    test("without handles bases are kept as fingerprints, and compare without their files", async () => {
      const app = await App.open(scene);
      await quiet(scene.site);
      await app.pick(FILES[0] ?? "", FILES.slice(1));
      await app.compare();
      await app.page.waitFor(
        "the fingerprints",
        () => document.body.textContent?.match(/with its fingerprint/g)?.length === 3,
        { timeout_ms: 30_000 },
      );
      const again = await App.open(scene);
      await again.page.waitFor("the offer", () => document.querySelector("#last-bases") !== null);
      await again.page.click("#last-bases");
      for (const card of await again.cards(2)) expect(card).toContain("Fingerprint");
      await again.page.pick("#pick-checkpoint", [FILES[0] ?? ""]);
      await again.cards(3);
      expect(JSON.parse(await again.compare()).estimate).toBe(true);
      await again.page.waitFor(
        "the second result",
        () => document.querySelectorAll(".result-open").length === 2,
      );
      // what stood for a model is no model of its own
      expect((await rows(again.page, "models")).length).toBe(3);
      expect(await again.page.errors()).toEqual([]);
    });
  },
  { only: ["firefox", "webkit"] },
);
