// What a test may do with a browser, the same for every engine.

import { launchChromium, launchFirefox } from "./puppeteer.ts";
import { launchWebKit } from "./webkit.ts";

export type Engine = "chromium" | "firefox" | "webkit";
export const ALL_ENGINES: readonly Engine[] = ["chromium", "firefox", "webkit"];

/** Anything that survives the way into the page and back. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

export interface Browser {
  readonly engine: Engine;
  /** The process that leads everything the browser runs in. */
  readonly pid: number;
  /**
   * Shows `url` in a fresh page; there is one page at a time. `before`, which WebKit does not
   * have, runs in the page ahead of its own scripts.
   */
  open(url: string, before?: () => void): Promise<Page>;
  close(): Promise<void>;
}

/** Selectors may reach into a shadow root: `weight-kin >>> #compare`. */
export interface Page {
  /** The page inside an `<iframe>`. */
  frame(selector: string): Promise<Page>;
  /** Puts files from disk into an `<input type="file">`, as a user's file dialogue would. */
  pick(selector: string, paths: string[]): Promise<void>;
  click(selector: string): Promise<void>;
  /** Presses a key, by its name (`Tab`, `Enter`, `ArrowDown`) or the character it writes. */
  press(key: string): Promise<void>;
  /**
   * Runs a function in the page. It sees its arguments and the page's globals, nothing of the
   * test around it; a promise is awaited.
   */
  evaluate<A extends Json[], R>(work: (...args: A) => R | Promise<R>, ...args: A): Promise<R>;
  /** Waits until the function, run in the page, returns something truthy, and returns that. */
  waitFor<A extends Json[], R>(
    what: string,
    condition: (...args: A) => R,
    options?: { timeout_ms?: number; args?: A },
  ): Promise<NonNullable<R>>;
  /** Lays the page out in a viewport of this size, in CSS pixels. */
  resize(width_px: number, height_px: number): Promise<void>;
  /** The visible part of the page as PNG. */
  screenshot(): Promise<Uint8Array>;
  /**
   * Errors on the console and uncaught exceptions so far: those of workers included, except in
   * WebKit, which tells only the page's own and only from the end of loading on.
   */
  errors(): Promise<string[]>;
  /** Addresses requested over the network so far; undefined where the engine does not tell. */
  requests(): string[] | undefined;
  /** Sends a command of Chromium's DevTools protocol; no other engine has it. */
  devtools?(method: string, params?: object): Promise<unknown>;
}

export interface LaunchOptions {
  /** Cap for any single call to the browser. */
  timeout_ms?: number;
  /** Folder of a profile that outlives the browser; not in WebKit. */
  profile?: string;
  /** Whether WebKit compiles WebAssembly with its last tier too; the others always do. */
  isOptimising?: boolean;
}

export function launch(engine: Engine, options: LaunchOptions = {}): Promise<Browser> {
  const timeout_ms = options.timeout_ms ?? 60_000;
  switch (engine) {
    case "chromium":
      return launchChromium(timeout_ms, options.profile);
    case "firefox":
      return launchFirefox(timeout_ms, options.profile);
    case "webkit":
      return launchWebKit(timeout_ms, options.isOptimising ?? false);
  }
}
