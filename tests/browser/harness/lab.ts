// A copy of the site whose workers can be held and broken in the middle of a run.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "./app.ts";
import type { Page } from "./browser.ts";
import { DIST } from "./repository.ts";
import type { Scene } from "./scene.ts";
import { scratchFolder } from "./scratch.ts";

/**
 * What can be told to workers that are held: to go on; to throw; to end without a word; that they
 * may no longer read; that there is no memory for what they read, or none at all for the core.
 */
export type LabOrder = "go" | "crash" | "vanish" | "forbid" | "starve" | "exhaust";

/** As much memory as the core of a lab may have: it is soon used up. */
const CORE_PAGES = 1024;

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
  const core = join(copy, "weightkin_bg.wasm");
  writeFileSync(core, withMostPages(readFileSync(core), CORE_PAGES));
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
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let open = false;
  let malloc = (_bytes: number, _align: number): number => 0;
  const look_bytes = 4096;
  const gate = async (part: Held, until: number) => {
    if (open || part.from === undefined || until <= part.from || part.size <= look_bytes) return;
    const gone = new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    channel.postMessage("held");
    await gone;
  };
  const goOn = () => {
    open = true;
    for (const { resolve } of waiting.splice(0)) resolve();
  };
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  /** Takes all memory that the core can still get, to the last few bytes. */
  const exhaust = () => {
    for (let bytes = 1 << 20; bytes >= 16; bytes >>= 1) {
      try {
        while (malloc(bytes, 1) !== 0);
      } catch {
        // there are no more pieces of this size
      }
    }
  };
  channel.onmessage = ({ data }: MessageEvent<LabOrder>) => {
    if (data === "go") goOn();
    if (waiting.length === 0) return;
    if (data === "crash") throw new Error("broken by a test");
    if (data === "vanish") self.close();
    if (data === "forbid") fail(new DOMException("not any more", "NotAllowedError"));
    if (data === "starve") fail(new RangeError("no room for a buffer"));
    if (data === "exhaust") {
      exhaust();
      goOn();
    }
  };
  const { instantiate } = WebAssembly;
  const instantiateAndKeep = async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const made = await instantiate(module, imports);
    malloc = made.exports["__wbindgen_malloc"] as typeof malloc;
    return made;
  };
  WebAssembly.instantiate = instantiateAndKeep as unknown as typeof instantiate;

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

/** A wasm module whose memory grows to so many pages and no further. */
function withMostPages(module: Uint8Array, pages: number): Uint8Array {
  const MEMORY = 5;
  // behind the magic number and the version: sections, each with its kind and its length
  for (let at = 8; at < module.length; ) {
    const [length, start] = leb(module, at + 1);
    if (module[at] !== MEMORY) {
      at = start + length;
      continue;
    }
    const [least] = leb(module, start + 2);
    // one memory, with a limit
    const section = [1, 1, ...toLeb(least), ...toLeb(pages)];
    return Buffer.concat([
      module.subarray(0, at),
      Buffer.from([MEMORY, ...toLeb(section.length), ...section]),
      module.subarray(start + length),
    ]);
  }
  throw new Error("the core has no memory of its own");
}

/** A number in LEB128, and where it ends. */
function leb(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function toLeb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...toLeb(value >>> 7)];
}
