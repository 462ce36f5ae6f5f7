// WebKitGTK over classic WebDriver, on a virtual display.

import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Json, Page } from "./browser.ts";
import { installed } from "./installed.ts";
import { end, freePort, start, until } from "./process.ts";

/** WebDriver's characters for keys that write none. */
const KEYS: Record<string, string> = {
  Tab: "\uE004",
  Enter: "\uE007",
  Escape: "\uE00C",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
};

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

export async function launchWebKit(timeout_ms: number, isOptimising: boolean): Promise<Browser> {
  const driverPath = installed("WebKitWebDriver", ["WebKitWebDriver"]);
  const { display, xvfb } = await startDisplay(timeout_ms);
  // two browsers that share their stores get in each other's way
  const home = mkdtempSync(join(tmpdir(), "weightkin-webkit-"));
  const port = await freePort();
  const driver = start(driverPath, [`--port=${port}`], {
    stdio: "ignore",
    env: {
      ...process.env,
      DISPLAY: display,
      XDG_DATA_HOME: join(home, "data"),
      XDG_CACHE_HOME: join(home, "cache"),
      // WebKit's sandbox does not start for root or in most containers
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      // no session bus is needed, and none is looked for
      DBUS_SESSION_BUS_ADDRESS: "disabled:",
      GDK_BACKEND: "x11",
      // without a graphics card every layer would be blended by the processor
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
      // the last tier of compiling takes a quarter of the time of tests that show a page
      JSC_useOMGJIT: isOptimising ? "1" : "0",
    },
  });
  const browser = new WebKit({ driver, xvfb, home }, `http://127.0.0.1:${port}`, timeout_ms);
  try {
    await browser.begin();
  } catch (error) {
    await browser.close();
    throw error;
  }
  return browser;
}

async function startDisplay(timeout_ms: number): Promise<{ display: string; xvfb: ChildProcess }> {
  const args = ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
  const xvfb = start(installed("Xvfb", ["Xvfb"]), args, {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  let number = "";
  xvfb.stdio[3]?.on("data", (chunk) => {
    number += chunk;
  });
  await until(timeout_ms, "starting Xvfb", () => number.includes("\n"));
  return { display: `:${number.trim()}`, xvfb };
}

/** What a session needs beside the driver: processes to end and a folder to remove. */
interface Surroundings {
  driver: ChildProcess;
  xvfb: ChildProcess;
  home: string;
}

class WebKit implements Browser {
  readonly engine = "webkit";
  readonly pid: number;
  private readonly surroundings: Surroundings;
  private readonly address: string;
  private readonly timeout_ms: number;
  /** Whether commands go to a frame of the page. */
  isInFrame = false;
  private session = "";

  constructor(surroundings: Surroundings, address: string, timeout_ms: number) {
    this.surroundings = surroundings;
    this.address = address;
    this.timeout_ms = timeout_ms;
    this.pid = surroundings.driver.pid ?? 0;
  }

  async begin(): Promise<void> {
    await until(this.timeout_ms, "starting WebKitWebDriver", async () => {
      const status = await fetch(`${this.address}/status`).catch(() => undefined);
      return status?.ok;
    });
    // beside the library, in a folder named after the machine's architecture on Debian
    const folders = ["", ...readdirSync("/usr/lib").map((name) => `${name}/`)];
    const binary = installed(
      "WebKit's MiniBrowser",
      folders.map((folder) => `/usr/lib/${folder}webkit2gtk-4.1/MiniBrowser`),
    );
    const alwaysMatch = { "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
    const begun = await this.send("POST", "/session", { capabilities: { alwaysMatch } });
    this.session = `/session/${(begun as { sessionId: string }).sessionId}`;
    const timeouts = { script: this.timeout_ms, pageLoad: this.timeout_ms, implicit: 0 };
    await this.command("POST", "/timeouts", timeouts);
  }

  async open(url: string): Promise<Page> {
    // a page that crashed took its session along; the next page gets a new one
    await this.command("POST", "/url", { url }).catch(async (error: Error) => {
      if (!error.message.includes("invalid session id")) throw error;
      await this.begin();
      await this.command("POST", "/url", { url });
    });
    const page = new WebKitPage(this, this.timeout_ms);
    await page.evaluate(listenForErrors);
    return page;
  }

  async close(): Promise<void> {
    if (this.session) {
      // the driver ends the browser; if it does not, the process group does
      await this.send("DELETE", this.session, undefined, 5_000).catch(() => undefined);
    }
    const { driver, xvfb, home } = this.surroundings;
    await end(driver);
    await end(xvfb);
    rmSync(home, { recursive: true, force: true });
  }

  command(method: string, path: string, body?: Json): Promise<unknown> {
    return this.send(method, this.session + path, body);
  }

  private async send(
    method: string,
    path: string,
    body?: Json,
    timeout_ms = this.timeout_ms,
  ): Promise<unknown> {
    const what = `WebKitWebDriver ${method} ${path.replace(/^\/session\/[^/]+/, "")}`;
    const response = await fetch(this.address + path, {
      method,
      signal: AbortSignal.timeout(timeout_ms),
      ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
    }).catch((error: unknown) => {
      throw new Error(`${what}: ${error}`);
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) {
      const { error, message } = value as { error: string; message: string };
      throw new Error(`${what}: ${error}: ${message}`);
    }
    return value;
  }
}

/** What WebKitWebDriver says of an element that has moved or been replaced since it was found. */
const MOVED = ["element click intercepted", "stale element reference"];

/** What WebKitWebDriver says when a script's result got lost on its way. */
const LOST_ANSWER = "Could not parse script result";

class WebKitPage implements Page {
  private readonly browser: WebKit;
  private readonly timeout_ms: number;
  /** The frame that is looked at: its selector in the page. */
  private readonly within: string | undefined;

  constructor(browser: WebKit, timeout_ms: number, within?: string) {
    this.browser = browser;
    this.timeout_ms = timeout_ms;
    this.within = within;
  }

  async frame(selector: string): Promise<Page> {
    await this.element(selector);
    return new WebKitPage(this.browser, this.timeout_ms, selector);
  }

  /** A command about the page or the frame; the driver is told each time which of them it is. */
  private async command(method: string, path: string, body?: Json): Promise<unknown> {
    if (this.browser.isInFrame) await this.browser.command("POST", "/frame", { id: null });
    this.browser.isInFrame = this.within !== undefined;
    if (this.within !== undefined) {
      const wanted = { using: "css selector", value: this.within };
      const frame = (await this.browser.command("POST", "/element", wanted)) as Json;
      await this.browser.command("POST", "/frame", { id: frame });
    }
    return this.browser.command(method, path, body);
  }

  private async element(selector: string): Promise<string> {
    // every part but the last has a shadow root that the next is looked for in
    const script = `return arguments[0].split(" >>> ").reduce(
      (found, part) => found && (found.shadowRoot ?? found).querySelector(part), document);`;
    const found = await until(this.timeout_ms, `${selector} on the page`, () =>
      this.command("POST", "/execute/sync", { script, args: [selector] }),
    );
    return (found as Record<string, string>)[ELEMENT] ?? "";
  }

  async pick(selector: string, paths: string[]): Promise<void> {
    const id = await this.element(selector);
    await this.command("POST", `/element/${id}/value`, { text: paths.join("\n") });
  }

  async click(selector: string): Promise<void> {
    // while the page still makes room for something, what is pressed is not where it was; a user
    // presses again
    await until(this.timeout_ms, `clicking ${selector}`, async () => {
      const id = await this.element(selector);
      const press = this.command("POST", `/element/${id}/click`);
      return press.then(
        () => true,
        (error: Error) => {
          if (MOVED.some((what) => error.message.includes(what))) return false;
          throw error;
        },
      );
    });
  }

  async press(key: string): Promise<void> {
    const value = KEYS[key] ?? key;
    const actions = ["keyDown", "keyUp"].map((type) => ({ type, value }));
    await this.command("POST", "/actions", {
      actions: [{ type: "key", id: "keyboard", actions }],
    });
  }

  async evaluate<A extends Json[], R>(
    work: (...args: A) => R | Promise<R>,
    ...args: A
  ): Promise<R> {
    // a promise is asked for in two steps: the driver forgets who waits for an answer that takes
    // its time
    const begin = `
      const told = (value) => JSON.stringify({ value });
      const failed = (error) => JSON.stringify({ error: String(error) });
      let value;
      try {
        value = (${work})(...JSON.parse(arguments[0]));
      } catch (error) {
        return failed(error);
      }
      if (!(value instanceof Promise)) return told(value);
      const answers = (document[Symbol.for("answers")] ??= []);
      const index = answers.push(null) - 1;
      value.then(
        (value) => { answers[index] = told(value); },
        (error) => { answers[index] = failed(error); },
      );
      return index;`;
    const look = `
      const answers = document[Symbol.for("answers")];
      return answers ? answers[arguments[0]] : ${JSON.stringify(LOST_ANSWER)};`;
    const begun = (await this.script(begin, [JSON.stringify(args)])) as number | string;
    const text =
      typeof begun === "string"
        ? begun
        : await until(this.timeout_ms, "evaluating in the page", () => this.script(look, [begun]));
    if (text === LOST_ANSWER) throw new Error(LOST_ANSWER);
    const answer = JSON.parse(text as string) as { value?: R; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value as R;
  }

  private script(script: string, args: Json[]): Promise<unknown> {
    return this.command("POST", "/execute/sync", { script, args });
  }

  async waitFor<A extends Json[], R>(
    what: string,
    condition: (...args: A) => R,
    options: { timeout_ms?: number; args?: A } = {},
  ): Promise<NonNullable<R>> {
    const args = options.args ?? ([] as unknown as A);
    // the driver sometimes loses an answer; a question that is asked again and again survives that
    const ask = () =>
      this.evaluate(condition, ...args).catch((error: Error) => {
        if (error.message.includes(LOST_ANSWER)) return undefined;
        throw error;
      });
    return until(options.timeout_ms ?? this.timeout_ms, what, ask) as Promise<NonNullable<R>>;
  }

  async resize(width_px: number, height_px: number): Promise<void> {
    const outer = { x: 0, y: 0, width: width_px, height: height_px };
    await this.command("POST", "/window/rect", outer);
  }

  async screenshot(): Promise<Uint8Array> {
    const png = await this.command("GET", "/screenshot");
    return Buffer.from(png as string, "base64");
  }

  errors(): Promise<string[]> {
    return this.evaluate(() => (globalThis as { seenErrors?: string[] }).seenErrors ?? []);
  }

  requests(): undefined {
    return undefined;
  }
}

/**
 * Classic WebDriver does not tell what is on the console, so the page keeps its errors itself
 * from the end of loading on.
 */
function listenForErrors(): void {
  const seen: string[] = [];
  (globalThis as { seenErrors?: string[] }).seenErrors = seen;
  addEventListener("error", (event) => seen.push(event.message));
  addEventListener("unhandledrejection", (event) => seen.push(String(event.reason)));
  addEventListener("securitypolicyviolation", (event) => {
    seen.push(`${event.violatedDirective} forbids ${event.blockedURI}`);
  });
  const print = console.error.bind(console);
  console.error = (...values: unknown[]) => {
    seen.push(values.join(" "));
    print(...values);
  };
}
