// The weightkin page as a user sees it: what can be picked, pressed and read there.

import type { Browser, Page } from "./browser.ts";

/** Where the page is, and what to open it with. */
export interface Opening {
  browser: Browser;
  site: { readonly address: string };
}

export class App {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page and waits until it can be used. */
  static async open({ browser, site }: Opening, before?: () => void): Promise<App> {
    const page = await browser.open(site.address, before);
    await page.waitFor("the page", () => document.querySelector("#pick-checkpoint") !== null, {
      timeout_ms: 20_000,
    });
    return new App(page);
  }

  /** Picks the checkpoint and its relatives, and waits for their header facts. */
  async pick(checkpoint: string, relatives: string[]): Promise<void> {
    await this.page.pick("#pick-checkpoint", [checkpoint]);
    await this.cards(1);
    await this.page.pick("#pick-relatives", relatives);
    await this.cards(1 + relatives.length);
  }

  /** The text of every model's card, once there are `count` and none is still being read. */
  cards(count: number): Promise<string[]> {
    const settled = (count: number) => {
      const cards = [...document.querySelectorAll<HTMLElement>(".card")];
      const isReading = cards.some((card) => card.classList.contains("reading"));
      return cards.length === count && !isReading && cards.map((card) => card.textContent);
    };
    const options = { args: [count] as [number], timeout_ms: 30_000 };
    return this.page.waitFor(`${count} cards`, settled, options) as Promise<string[]>;
  }

  /** Takes every model off the page, with the buttons on its card. */
  async removeAll(): Promise<void> {
    await this.page.evaluate(async () => {
      const next = () => {
        const buttons = document.querySelectorAll<HTMLElement>(".card-actions button");
        return [...buttons].find((button) => button.ariaLabel?.startsWith("Remove"));
      };
      for (let remove = next(); remove; remove = next()) {
        remove.click();
        await new Promise((resolve) => setTimeout(resolve));
      }
    });
  }

  /** Presses "Compare", waits for the result and returns the report's JSON. */
  async compare(): Promise<string> {
    await this.page.click("#compare");
    return this.report();
  }

  /** Waits for the result and returns the JSON behind the download button. */
  async report(): Promise<string> {
    await this.page.waitFor("a result", () => document.querySelector("#result, #failure") !== null);
    return this.page.evaluate(async () => {
      const failure = document.querySelector<HTMLElement>("#failure");
      if (failure) throw new Error(`the comparison failed: ${failure.textContent}`);
      // take the blob on its way into the download, and leave the disk alone
      const { createObjectURL } = URL;
      const { click } = HTMLAnchorElement.prototype;
      const saved: Blob[] = [];
      URL.createObjectURL = (blob) => {
        saved.push(blob as Blob);
        return createObjectURL.call(URL, blob);
      };
      HTMLAnchorElement.prototype.click = () => {};
      document.querySelector<HTMLElement>("#download-report")?.click();
      URL.createObjectURL = createObjectURL;
      HTMLAnchorElement.prototype.click = click;
      const [blob] = saved;
      if (!blob) throw new Error("the download button saves nothing");
      return blob.text();
    });
  }

  /** Waits for the message of a failed comparison, with its details. */
  failure(): Promise<string> {
    return this.page.waitFor("a failure", () => document.querySelector("#failure")?.textContent);
  }
}
