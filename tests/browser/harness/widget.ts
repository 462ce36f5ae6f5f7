// `<weight-kin>` in somebody else's page: what is put up, picked and told there.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "./browser.ts";
import type { Embedder, HostPage } from "./embedder.ts";
import { checkpoint } from "./families.ts";
import { PAGES, ROOT } from "./repository.ts";

/** What `host.js` keeps. */
export interface Told {
  type: string;
  id?: string;
  origin?: string;
  detail: { text?: string; code?: string; height?: number; fraction?: number };
}

declare global {
  interface HTMLElementTagNameMap {
    "weight-kin": HTMLElement & { load(): Promise<void>; show(report: string): Promise<void> };
  }
  var told: Told[];
  /** What `host.js` finds changed on its page. */
  var changes: () => Promise<string[]>;
}

export const CHECKPOINT = checkpoint("brief", "mix_wai");
export const RELATIVES = ["base_a", "base_b", "base_nai"];

/** The files that a comparison of the checkpoint with the relatives reads. */
export const FILES = [CHECKPOINT, ...RELATIVES.map((name) => checkpoint("brief", name))];

/** Puts up the test checkpoints and returns the addresses of the relatives. */
export function putUpModels(store: Embedder): string[] {
  const folder = store.folder("/models/", join(checkpoint("brief", "base_a"), ".."));
  return RELATIVES.map((name) => `${folder}${name}.safetensors`);
}

/** The policy that the README gives for an embedder, with its example hosts replaced. */
export function documentedPolicy(of: "element" | "frame", hosts: Record<string, string>): string {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, block = ""] = readme.split(`<!-- policy for the ${of} -->`);
  const [, policy = ""] = /```\n([^`]+)```/.exec(block) ?? [];
  if (policy === "") throw new Error(`the README has no policy for the ${of}`);
  const named = Object.entries(hosts).reduce(
    (text, [example, host]) => text.replaceAll(example, host),
    policy.replace(/^Content-Security-Policy:/, ""),
  );
  return named.replaceAll(/\s+/g, " ").trim();
}

/** A page around `content`, with a script of its own that keeps what it is told. */
export function hostPage(host: Embedder, content: string, headers = {}): HostPage {
  host.folder("/own/", join(PAGES, "embedder"));
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>A page of somebody else</title>
    <script src="/own/host.js"></script>
  </head>
  <body>
${content}
  </body>
</html>`;
  return { html, headers };
}

/** What a page needs to have the element. */
export function elementScript({ origin }: { origin: string }): string {
  return `<script type="module" src="${origin}/element.js"></script>`;
}

/** The input for a checkpoint of one of the widgets on the page. */
export function picker(widget = "weight-kin"): string {
  return `${widget} >>> #pick-checkpoint`;
}

/** Waits until the page has been told of a result, by the widget with this id. */
export function resultText(page: Page, id = ""): Promise<string> {
  return page.waitFor(
    "a result",
    (id) => {
      const failed = globalThis.told.find(({ type }) => type.endsWith("weightkin-error"));
      if (failed) throw new Error(`told of an error: ${JSON.stringify(failed)}`);
      const done = globalThis.told.find(
        (told) => told.type.endsWith("weightkin-result") && (told.id ?? "") === id,
      );
      return done?.detail.text;
    },
    { args: [id], timeout_ms: 30_000 },
  ) as Promise<string>;
}

/** The text of what a widget shows. */
export function shown(page: Page, widget = "weight-kin"): Promise<string> {
  return page.evaluate(
    (widget) =>
      document.querySelector(widget)?.shadowRoot?.querySelector<HTMLElement>(".frame")?.innerText ??
      "",
    widget,
  );
}
