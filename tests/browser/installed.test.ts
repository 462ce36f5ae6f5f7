import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "../../www/src/page/language/words/en.ts";
import { ja } from "../../www/src/page/language/words/ja.ts";
import { zhCN } from "../../www/src/page/language/words/zh-cn.ts";
import { App } from "./harness/app.ts";
import type { Page } from "./harness/browser.ts";
import { keptOffline } from "./harness/offline.ts";
import { settled, useLanguage } from "./harness/page-actions.ts";
import { until } from "./harness/process.ts";
import { DIST } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";

/** A copy of the site that a test can turn into a newer version. */
const copy = scratchFolder("installed");
cpSync(DIST, copy, { recursive: true });

/** Deploys a version of the site that says `words` where the first said its name. */
function deploy(words: string): void {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  writeFileSync(
    join(copy, "index.html"),
    html.replace(/<title>.*<\/title>/, `<title>${words}</title>`),
  );
  const revision = /("?revision"?:\s*)("[0-9a-f]+"|null)(,\s*"?url"?:\s*"index\.html")/;
  const before = readFileSync(join(DIST, "sw.js"), "utf8");
  const mirrored = /("?url"?:\s*"index\.html",\s*"?revision"?:\s*)"[0-9a-f]+"/;
  const after = before.replace(revision, `$1"${words}"$3`).replace(mirrored, `$1"${words}"`);
  expect(after).not.toBe(before);
  writeFileSync(join(copy, "sw.js"), after);
}

interface AppManifest {
  url: string;
  data: string;
  errors: unknown[];
}

async function manifestOf(page: Page): Promise<AppManifest> {
  return (await page.devtools?.("Page.getAppManifest")) as AppManifest;
}

inEachEngine(
  (scene) => {
    test("the manifest is valid, and the app can be installed", async () => {
      const { page } = await App.open(scene);
      await keptOffline(page);
      const { errors, data } = await manifestOf(page);
      expect(errors).toEqual([]);
      const accept = { "application/x-safetensors": [".safetensors"] };
      expect(JSON.parse(data).file_handlers).toEqual([{ action: "./", accept }]);
      expect(JSON.parse(data).launch_handler).toEqual({
        client_mode: ["focus-existing", "auto"],
      });
      expect(await page.devtools?.("Page.getInstallabilityErrors")).toEqual({
        installabilityErrors: [],
      });
    });

    test("the app is one, whatever language it is installed in", async () => {
      const { page } = await App.open(scene);
      const ids = new Set<unknown>();
      for (const [tag, words] of [
        ["ja", ja],
        ["zh-CN", zhCN],
        ["en", en],
      ] as const) {
        await useLanguage(page, tag);
        // linked by what is loaded after the first paint, however long that takes
        const name = tag === "en" ? "manifest.webmanifest" : `manifest.${tag}.webmanifest`;
        await page.waitFor(
          `the manifest in ${tag}`,
          (name) => document.querySelector('link[rel="manifest"]')?.getAttribute("href") === name,
          { args: [name] },
        );
        await settled(page);
        const { data, url, errors } = await manifestOf(page);
        const manifest = JSON.parse(data);
        expect(errors).toEqual([]);
        expect(manifest.lang).toBe(tag);
        expect(manifest.description).toBe(words.app.description);
        ids.add(new URL(manifest.id, new URL(manifest.start_url, url)).href);
      }
      expect([...ids]).toEqual([scene.site.address]);
    });

    test("its icons are what the manifest says", async () => {
      const { page } = await App.open(scene);
      const { data } = await manifestOf(page);
      for (const { src, sizes, type } of JSON.parse(data).icons) {
        if (type !== "image/png") continue;
        const png = readFileSync(join(DIST, src));
        expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes);
      }
    });

    test("checkpoints opened with the app are on the page", async () => {
      const app = await App.open(scene, () => {
        // stands in for the system: keeps the consumer that the page sets
        const queue = { setConsumer: (consumer: unknown) => Object.assign(queue, { consumer }) };
        Object.defineProperty(window, "launchQueue", { value: queue });
      });
      await app.page.waitFor(
        "the page's consumer",
        () => "consumer" in (window as never as { launchQueue: object }).launchQueue,
      );
      await app.page.evaluate(async () => {
        const folder = await navigator.storage.getDirectory();
        const launch = async (name: string) => {
          const handle = await folder.getFileHandle(name, { create: true });
          const writable = await handle.createWritable();
          await writable.write(await (await fetch(`samples/${name}`)).blob());
          await writable.close();
          const { launchQueue } = window as never as {
            launchQueue: { consumer: (launch: { files: FileSystemHandle[] }) => void };
          };
          launchQueue.consumer({ files: [handle] });
        };
        await launch("sample-merge.safetensors");
        await launch("sample-base-a.safetensors");
      });
      const cards = await app.cards(2);
      expect(cards[0]).toContain("sample-merge");
      expect(cards[1]).toContain("sample-base-a");
      await app.compare();
      expect(await app.page.errors()).toEqual([]);
    });

    test("files shared with the app are on the page", async () => {
      const app = await App.open(scene);
      await keptOffline(app.page);
      // the request that a share makes; a page may not send a form, but its worker answers it
      const landed = await app.page.evaluate(async () => {
        const form = new FormData();
        const sample = await (await fetch("samples/sample-merge.safetensors")).blob();
        form.append("files", new File([sample], "shared.safetensors"));
        const response = await fetch("./?shared", { method: "POST", body: form });
        return response.url;
      });
      expect(new URL(landed).search).toBe("?shared");
      const opened = await App.open({ ...scene, site: { address: landed } });
      expect((await opened.cards(1))[0]).toContain("shared");
      expect(await opened.page.evaluate(() => location.search)).toBe("");
    });
  },
  { only: ["chromium"] },
);

/** Whether a new version of the page is offered. */
function isOffered(): boolean {
  return document.querySelector("#update") !== null;
}

/** What can be pressed but lies below the offer of a new version when it is scrolled to. */
function hiddenByOffer(): string[] {
  const offer = document.querySelector("#update");
  const visible = [
    ...document.querySelectorAll<HTMLElement>("button, a, select, label.button"),
  ].filter((element) => element.checkVisibility() && !offer?.contains(element));
  return visible.flatMap((element) => {
    element.scrollIntoView({ block: "nearest", behavior: "instant" });
    const { x, y, width, height } = element.getBoundingClientRect();
    const seen = document.elementFromPoint(x + width / 2, y + height / 2);
    return offer?.contains(seen) ? [element.textContent ?? ""] : [];
  });
}

inEachEngine(
  (scene) => {
    test("a new version is offered, and used when the user says so", async () => {
      const site = { address: `${scene.site.origin}/copy/` };
      const title = (page: Page) =>
        page.evaluate(
          async () => /<title>(.*)<\/title>/.exec(await (await fetch("./")).text())?.[1],
        );
      deploy("first");
      const first = await App.open({ ...scene, site });
      await keptOffline(first.page);
      // the first version of all is no update
      expect(await first.page.evaluate(isOffered)).toBe(false);

      deploy("second");
      const { page } = await App.open({ ...scene, site });
      await page.waitFor("the offer", isOffered);
      expect(await title(page)).toBe("first");
      for (const width_px of [360, 1000]) {
        await page.resize(width_px, 500);
        expect(await page.evaluate(hiddenByOffer)).toEqual([]);
      }

      const loadedAt = () => performance.timeOrigin;
      const before = await page.evaluate(loadedAt);
      await page.click("#update-accept");
      await until(20_000, "the reload", async () => {
        const now = await page.evaluate(loadedAt).catch(() => before);
        return now !== before;
      });
      await page.waitFor("the page", () => document.querySelector("#pick-checkpoint") !== null);
      const asked = (await scene.site.requests()).length;
      expect(await title(page)).toBe("second");
      const kept = await page.evaluate(async () => {
        const { waiting } = (await navigator.serviceWorker.getRegistration()) ?? {};
        return {
          // WebKit leaves the state at "activating" for as long as the page lives
          serves: /^activat/.test(navigator.serviceWorker.controller?.state ?? ""),
          waits: Boolean(waiting),
        };
      });
      expect(kept).toEqual({ serves: true, waits: false });
      expect(await page.evaluate(isOffered)).toBe(false);
      // it is the kept one, and not just what the server has now
      const paths = (await scene.site.requests()).slice(asked).map(({ path }) => path);
      expect(paths.filter((path) => path === "/copy/")).toEqual([]);
    });
  },
  { mounts: { "/copy": copy } },
);
