// Chromium (over its DevTools protocol) and stock Firefox (over WebDriver BiDi).

import puppeteer, {
  type CDPSession,
  type Frame,
  type KeyInput,
  type Browser as PuppeteerBrowser,
  type Page as PuppeteerPage,
  type WebWorker,
} from "puppeteer-core";
import type { Browser, Engine, Json, Page } from "./browser.ts";
import { installed } from "./installed.ts";
import { until, within } from "./process.ts";

export async function launchChromium(timeout_ms: number, profile?: string): Promise<Browser> {
  const args = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // a container's /dev/shm is often too small
    "--disable-dev-shm-usage",
  ];
  // Chromium refuses its sandbox to root
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const executablePath = installed("Chromium", ["chromium", "chromium-browser", "google-chrome"]);
  const browser = await puppeteer.launch({
    browser: "chrome",
    executablePath,
    args,
    timeout: timeout_ms,
    protocolTimeout: timeout_ms,
    ...(profile ? { userDataDir: profile } : {}),
  });
  return new Driven("chromium", browser, timeout_ms);
}

export async function launchFirefox(timeout_ms: number, profile?: string): Promise<Browser> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: installed("Firefox", ["firefox-esr", "firefox"]),
    timeout: timeout_ms,
    protocolTimeout: timeout_ms,
    ...(profile ? { userDataDir: profile } : {}),
  });
  return new Driven("firefox", browser, timeout_ms);
}

class Driven implements Browser {
  readonly engine: Engine;
  readonly pid: number;
  private readonly browser: PuppeteerBrowser;
  private readonly timeout_ms: number;
  private page: PuppeteerPage | undefined;

  constructor(engine: Engine, browser: PuppeteerBrowser, timeout_ms: number) {
    this.engine = engine;
    this.browser = browser;
    this.timeout_ms = timeout_ms;
    this.pid = browser.process()?.pid ?? 0;
  }

  async open(url: string, before?: () => void): Promise<Page> {
    const last = this.page;
    const page = await this.browser.newPage();
    this.page = page;
    // a browser whose last page closes may end
    await last?.close();
    page.setDefaultTimeout(this.timeout_ms);
    const driven = new DrivenPage(page, this.timeout_ms);
    if (before) await page.evaluateOnNewDocument(before);
    await page.goto(url, { waitUntil: "load" });
    return driven;
  }

  async close(): Promise<void> {
    await within(this.timeout_ms, `closing ${this.engine}`, this.browser.close()).catch(() => {
      this.browser.process()?.kill("SIGKILL");
    });
  }
}

class DrivenPage implements Page {
  private readonly page: PuppeteerPage;
  /** What is looked at: the page itself or a frame in it. */
  private readonly view: PuppeteerPage | Frame;
  private readonly timeout_ms: number;
  private session: Promise<CDPSession> | undefined;
  private readonly seenErrors: string[];
  private readonly seenRequests: string[];

  constructor(page: PuppeteerPage, timeout_ms: number, within?: [DrivenPage, Frame]) {
    this.page = page;
    this.timeout_ms = timeout_ms;
    this.view = within?.[1] ?? page;
    // whatever a frame does is seen by its page
    this.seenErrors = within?.[0].seenErrors ?? [];
    this.seenRequests = within?.[0].seenRequests ?? [];
    if (within) return;
    page.on("console", (message) => {
      if (message.type() === "error") this.seenErrors.push(message.text());
    });
    page.on("pageerror", (error) => this.seenErrors.push(String(error)));
    page.on("request", (request) => this.sawRequest(request.url()));
    page.on("workercreated", (worker) => void this.watch(worker));
  }

  /** Chromium reports a worker's requests to that worker's own session only. */
  private async watch(worker: WebWorker): Promise<void> {
    worker.on("console", (message) => {
      if (message.type() === "error") this.seenErrors.push(message.text());
    });
    worker.on("error", (error) => this.seenErrors.push(String(error)));
    try {
      const session = worker.client;
      session.on("Network.requestWillBeSent", (event) => this.sawRequest(event.request.url));
      await session.send("Network.enable");
    } catch {
      // no DevTools session in Firefox, where the page's events include those of its workers;
      // or the worker has ended already
    }
  }

  async frame(selector: string): Promise<Page> {
    const element = await this.view.waitForSelector(selector);
    const frame = await element?.contentFrame();
    if (!frame) throw new Error(`${selector} is no frame`);
    return new DrivenPage(this.page, this.timeout_ms, [this, frame]);
  }

  private sawRequest(url: string): void {
    if (/^(https?|wss?):/.test(url)) this.seenRequests.push(url);
  }

  async pick(selector: string, paths: string[]): Promise<void> {
    const input = await this.view.waitForSelector(selector);
    if (!input) throw new Error(`${selector} is not on the page`);
    const picking = input as unknown as { uploadFile(...paths: string[]): Promise<void> };
    await within(this.timeout_ms, `picking files in ${selector}`, picking.uploadFile(...paths));
  }

  async click(selector: string): Promise<void> {
    await within(this.timeout_ms, `clicking ${selector}`, this.view.click(selector));
  }

  async press(key: string): Promise<void> {
    await within(this.timeout_ms, `pressing ${key}`, this.page.keyboard.press(key as KeyInput));
  }

  async evaluate<A extends Json[], R>(
    work: (...args: A) => R | Promise<R>,
    ...args: A
  ): Promise<R> {
    const answer = this.view.evaluate(work as (...args: unknown[]) => R | Promise<R>, ...args);
    return within(this.timeout_ms, "evaluating in the page", answer as Promise<R>);
  }

  async waitFor<A extends Json[], R>(
    what: string,
    condition: (...args: A) => R,
    options: { timeout_ms?: number; args?: A } = {},
  ): Promise<NonNullable<R>> {
    const args = options.args ?? ([] as unknown as A);
    const ask = () => this.evaluate(condition, ...args);
    return until(options.timeout_ms ?? this.timeout_ms, what, ask) as Promise<NonNullable<R>>;
  }

  async resize(width_px: number, height_px: number): Promise<void> {
    await this.page.setViewport({ width: width_px, height: height_px });
  }

  async screenshot(): Promise<Uint8Array> {
    return within(this.timeout_ms, "taking a screenshot", this.page.screenshot({ type: "png" }));
  }

  async errors(): Promise<string[]> {
    return [...this.seenErrors];
  }

  async devtools(method: string, params: object = {}): Promise<unknown> {
    // some commands hold only as long as their session
    this.session ??= this.page.createCDPSession();
    return (await this.session).send(method as "Page.getAppManifest", params);
  }

  requests(): string[] {
    return [...this.seenRequests];
  }
}
