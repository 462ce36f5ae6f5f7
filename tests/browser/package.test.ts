import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Embedder } from "./harness/embedder.ts";
import { nativeReport } from "./harness/native.ts";
import { PAGES, ROOT } from "./harness/repository.ts";
import { inEachEngine } from "./harness/scene.ts";
import { scratchFolder } from "./harness/scratch.ts";
import { installTarball } from "./harness/tarball.ts";
import {
  CHECKPOINT,
  FILES,
  hostPage,
  picker,
  putUpModels,
  resultText,
  shown,
} from "./harness/widget.ts";

/** Scripts of the element before worker and core, as they travel; languages come when wanted. */
const ELEMENT_BUDGET_BYTES = 64_000;

const folder = scratchFolder("package");
let host: Embedder;
let cdn: Embedder;
let store: Embedder;
let installed: string;
let relatives: string[];
beforeAll(async () => {
  [host, cdn, store] = await Promise.all([Embedder.start(), Embedder.start(), Embedder.start()]);
  relatives = putUpModels(store);
  installed = await installTarball(folder);
  cdn.folder("/npm/weightkin/", installed);
}, 120_000);
afterAll(() => Promise.all([host?.stop(), cdn?.stop(), store?.stop()]));

test("the package exports what it has, and has what it exports", () => {
  const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const files = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target as Record<string, string>),
  );
  expect(files.length).toBeGreaterThan(6);
  for (const file of files) expect(readFileSync(join(installed, file)).length).toBeGreaterThan(0);
});

test("the package carries nothing of the page", () => {
  const names = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(names.filter((name) => /\.(html|css|svg|safetensors|map)$/.test(name))).toEqual([]);
});

inEachEngine((scene) => {
  test("the element works from the packed tarball, put up somewhere as it is", async () => {
    cdn.seen.length = 0;
    const content = `<script type="module" src="${cdn.origin}/npm/weightkin/element.js"></script>
      <weight-kin relatives="${relatives.join(" ")}"></weight-kin>`;
    const page = await scene.browser.open(host.page("/plain.html", hostPage(host, content)));
    await page.pick(picker(), [CHECKPOINT]);
    expect(await resultText(page)).toBe(await nativeReport(FILES));
    expect(await page.errors()).toEqual([]);
    const scripts = [...new Set(cdn.seen)].filter(
      (path) => path.endsWith(".js") && !path.endsWith("weightkin-worker.js"),
    );
    const bytes = scripts
      .map((path) => readFileSync(join(installed, path.replace("/npm/weightkin/", ""))))
      .reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
    console.log(`element: ${bytes} bytes gzipped in ${scripts.length} files`);
    expect(bytes).toBeLessThanOrEqual(ELEMENT_BUDGET_BYTES);
  });

  test("with the integrity values the element works, and with a wrong one it does not", async () => {
    const values = JSON.parse(readFileSync(join(installed, "integrity.json"), "utf8"));
    const folder_url = `${cdn.origin}/npm/weightkin/`;
    const pinned = (spoilt?: string) => {
      const pins = Object.entries(values as Record<string, string>)
        .filter(([name]) => name.startsWith("assets/"))
        .map(([name, value]) => {
          const integrity = name === spoilt ? value.replace(/-..../, "-AAAA") : value;
          return [folder_url + name, integrity];
        });
      const map = JSON.stringify({ integrity: Object.fromEntries(pins) });
      const links = `<script type="importmap">${map}</script>`;
      const script = `<script type="module" crossorigin src="${folder_url}element.js" integrity="${values["element.js"]}"></script>`;
      return `${links}${script}<weight-kin></weight-kin>`;
    };
    const defined = async (content: string) => {
      const page = await scene.browser.open(host.page("/pinned.html", hostPage(host, content)));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return page.evaluate(() => customElements.get("weight-kin") !== undefined);
    };
    expect(await defined(pinned())).toBe(true);
    const names = Object.keys(values).filter((name) => name.startsWith("assets/"));
    expect(await defined(pinned(names.find((name) => name.includes("zone"))))).toBe(false);
  });

  test("compare() works from the packed tarball in a page of another origin", async () => {
    writeFileSync(
      join(folder, "compare.js"),
      `import { compare, reportText } from "${cdn.origin}/npm/weightkin/weightkin.js";
       globalThis.compareFiles = async (files) =>
         reportText(await compare([...files].map((file) => ({ files: [file] }))));`,
    );
    host.folder("/scratch/", folder);
    const content = `<input id="files" type="file" multiple>
      <script type="module" src="/scratch/compare.js"></script>`;
    const page = await scene.browser.open(host.page("/compare.html", hostPage(host, content)));
    await page.pick("#files", FILES);
    await page.waitFor("the library", () => "compareFiles" in globalThis);
    const text = await page.evaluate(() => {
      const { compareFiles } = globalThis as unknown as {
        compareFiles: (files: FileList | null) => Promise<string>;
      };
      return compareFiles(document.querySelector<HTMLInputElement>("#files")?.files ?? null);
    });
    expect(text).toBe(await nativeReport(FILES));
  });

  test("the element works in a bundled React application", async () => {
    await bundle();
    host.folder("/app/", join(folder, "app-dist"));
    const query = relatives.map((url) => `relative=${encodeURIComponent(url)}`).join("&");
    const content = `<div id="root"></div><script type="module" src="/app/app.js"></script>`;
    host.page("/react.html", hostPage(host, content));
    const page = await scene.browser.open(`${host.origin}/react.html?${query}`);
    await page.pick(picker(), [CHECKPOINT]);
    const text = await page.waitFor("the result in the application", () => {
      const text = document.querySelector("pre")?.textContent;
      return text === "" ? undefined : text;
    });
    expect(text).toBe(await nativeReport(FILES));
    // the application renders again, and the element keeps what it shows
    await page.click("#own");
    await page.waitFor("a click", () =>
      document.querySelector("#own")?.textContent?.startsWith("1 "),
    );
    expect(await shown(page)).toContain("Closest to");
    expect(await shown(page)).toContain("In an application");
    expect(await page.evaluate(() => document.querySelector("output")?.textContent)).toBe(
      "4 models",
    );
    expect(await page.errors()).toEqual([]);
  });
});

let bundled: Promise<unknown> | undefined;

/** Bundles the application with what it finds in the scratch folder, as its makers would. */
function bundle(): Promise<unknown> {
  const react = (name: string) => join(ROOT, "tests", "browser", "node_modules", name);
  bundled ??= build({
    configFile: false,
    logLevel: "error",
    root: folder,
    base: "/app/",
    resolve: {
      alias: { react: react("react"), "react-dom": react("react-dom") },
    },
    build: {
      outDir: join(folder, "app-dist"),
      target: "es2022",
      rolldownOptions: {
        input: writeApplication(),
        output: { entryFileNames: "app.js" },
      },
    },
  });
  return bundled;
}

/** Puts the application beside the installed package, so that it is found from there. */
function writeApplication(): string {
  const path = join(folder, "react.jsx");
  writeFileSync(path, readFileSync(join(PAGES, "react.jsx")));
  return path;
}
