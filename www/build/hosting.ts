/** What hosts and other pages need beside the site itself: `_headers` and `integrity.json`. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { CAUTION, ISOLATION } from "../src/service/headers.js";
import type { Policies } from "./policy.js";

type Headers = Readonly<Record<string, string>>;

/** Named by their content, so they never change. */
const FOR_EVER = { "Cache-Control": "public, max-age=31536000, immutable" };

/** Asked for anew each time; the answer is mostly that nothing has changed. */
const ASK_AGAIN = { "Cache-Control": "no-cache" };

/** The page that others show in a frame. */
const EMBED = "embed.html";

/** For pages of other origins that load the scripts. */
const FOR_ALL = { "Access-Control-Allow-Origin": "*" };

/** A frame is isolated by itself, whatever the page around it is. */
const FRAME_ISOLATION = { "Document-Isolation-Policy": "isolate-and-require-corp" };

/** Files that other pages load by name, and so may want to pin. */
const STABLE = /^(weightkin|element)[\w.-]*\.(js|wasm)$/;

/** An integrity value as browsers take it. */
export function integrityOf(content: Uint8Array): string {
  return `sha384-${createHash("sha384").update(content).digest("base64")}`;
}

/**
 * The `_headers` file. No two rules give a file the same header, since hosts differ in what they
 * make of that.
 */
function headersFile(files: string[], policies: Policies): string {
  const rule = (path: string, headers: Headers) =>
    [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join("\n");
  // scripts too: a worker takes its policy from its own script, not from the page
  const withPolicy = { "Content-Security-Policy": policies.page };
  const ofEmbed = { "Content-Security-Policy": policies.embed, ...FRAME_ISOLATION };
  const own = (name: string) =>
    name === EMBED ? ofEmbed : /\.(html|js)$/.test(name) ? withPolicy : {};
  const one = (name: string) => rule(`/${name}`, { ...ASK_AGAIN, ...own(name) });
  return [
    "# Read by hosts that take headers from a file, for a site at the top of its host.",
    rule("/*", { ...CAUTION, ...FOR_ALL, ...ISOLATION }),
    rule("/assets/*", { ...FOR_EVER, ...withPolicy }),
    rule("/", { ...ASK_AGAIN, ...withPolicy }),
    ...files.map(one),
    "",
  ].join("\n");
}

/** What a built module imports before it runs. */
const IMPORT = /(?:from|import)\s*["'](\.\.?\/[^"']+\.js)["']/g;

/** The files and all that they import, since a value for a file alone vouches for nothing it loads. */
function withImports(folder: string, files: string[]): string[] {
  const found = new Set(files);
  for (const name of found) {
    const text = name.endsWith(".js") ? readFileSync(join(folder, name), "utf8") : "";
    for (const [, imported = ""] of text.matchAll(IMPORT)) {
      found.add(join(dirname(name), imported));
    }
  }
  return [...found];
}

/** Writes both when everything else is in `dist`. */
export function hosting(policies: Policies): Plugin {
  let folder = "";
  return {
    name: "weightkin-hosting",
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      handler() {
        const files = readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.name.startsWith("_"))
          .map(({ name }) => name)
          .sort();
        writeFileSync(join(folder, "_headers"), headersFile(files, policies));
        const integrity = withImports(
          folder,
          files.filter((name) => STABLE.test(name)),
        ).map((name) => [name, integrityOf(readFileSync(join(folder, name)))]);
        const json = `${JSON.stringify(Object.fromEntries(integrity), null, 2)}\n`;
        writeFileSync(join(folder, "integrity.json"), json);
      },
    },
  };
}
