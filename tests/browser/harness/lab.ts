// A copy of the site whose workers can be held and broken in the middle of a run.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "./app.ts";
import type { Page } from "./browser.ts";
import { DIST } from "./repository.ts";
import type { Scene } from "./scene.ts";
import { scratchFolder } from "./scratch.ts";

/** What can be told to workers that are held. */
export type LabOrder = "go" | "crash" | "vanish";

declare global {
  var lab: BroadcastChannel;
  /** How many reads have been held so far. */
  var held: number;
}

/** Makes the copy and returns its folder. */
export function labFolder(name: string): string {
  const copy = scratchFolder(name);
  cpSync(DIST, copy, { recursive: true });
  const worker = join(copy, "weightkin-worker.js");
  writeFileSync(worker, `(${holdReads})();\n${readFileSync(worker, "utf8")}`);
  return copy;
}

/**
 * Opens the copy that the scene's server has under `/lab/`, by another name of its host: the service
 * workers of the site itself would take it for an older or newer version of theirs.
 */
export function openLab(scene: Scene): Promise<App> {
  const address = `${scene.site.origin.replace("//localhost", "//127.0.0.1")}/lab/`;
  return App.open({ ...scene, site: { address } });
}

/** Has the page count the reads that are held, from now on. */
export async function watchLab(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.held = 0;
    globalThis.lab = new BroadcastChannel("lab");
    globalThis.lab.onmessage = ({ data }) => {
      if (data === "held") globalThis.held += 1;
    };
  });
}

/** Waits until a read is held. */
export async function untilHeld(page: Page): Promise<void> {
  await page.waitFor("a held read", () => globalThis.held > 0);
}

/** Tells the workers that are held what to do. */
export async function order(page: Page, order: LabOrder): Promise<void> {
  await page.evaluate((order) => {
    globalThis.held = 0;
    globalThis.lab.postMessage(order);
  }, order);
}

/**
 * Runs in a worker ahead of its own script. Reads of a file called `held-50…` wait as soon as they
 * go beyond half of it, whichever way the file is read; short looks into
 * it do not.
 */
function holdReads(): void {
  type Held = Blob & { from?: number; at?: number };
  const channel = new BroadcastChannel("lab");
  const waiting: (() => void)[] = [];
  let open = false;
  const look_bytes = 4096;
  const gate = async (part: Held, until: number) => {
    if (open || part.from === undefined || until <= part.from || part.size <= look_bytes) return;
    const gone = new Promise<void>((resolve) => waiting.push(resolve));
    channel.postMessage("held");
    await gone;
  };
  channel.onmessage = ({ data }) => {
    if (data === "go") {
      open = true;
      for (const go of waiting.splice(0)) go();
    }
    if (waiting.length === 0) return;
    if (data === "crash") throw new Error("broken by a test");
    if (data === "vanish") self.close();
  };

  const { slice, stream } = Blob.prototype;
  Blob.prototype.slice = function (this: File, start = 0, end = this.size, type = "") {
    const part: Held = slice.call(this, start, end, type);
    const percent = /^held-(\d+)/.exec(this.name ?? "")?.[1];
    if (percent !== undefined) {
      part.from = (this.size * Number(percent)) / 100;
      part.at = start;
    }
    return part;
  };
  Blob.prototype.stream = function (this: Held) {
    const made = stream.call(this) as unknown as { getReader(options: object): ByobReader };
    type ByobReader = { read(view: Uint8Array, options: object): Promise<unknown> };
    let at = this.at ?? 0;
    const getReader = made.getReader.bind(made);
    made.getReader = (options) => {
      const reader = getReader(options);
      const read = reader.read.bind(reader);
      reader.read = (view, options) => {
        at += view.byteLength;
        return gate(this, at).then(() => read(view, options));
      };
      return reader;
    };
    return made as never;
  };
  const { Response } = globalThis;
  globalThis.Response = class extends Response {
    readonly #part: Held | undefined;
    constructor(body?: BodyInit | null, init?: ResponseInit) {
      super(body, init);
      if (body instanceof Blob) this.#part = body;
    }
    override async arrayBuffer() {
      const part = this.#part;
      if (part) await gate(part, (part.at ?? 0) + part.size);
      return super.arrayBuffer();
    }
  };
}
