// What a user does with the page besides picking and pressing.

import type { App } from "./app.ts";
import type { Page } from "./browser.ts";

export type Theme = "light" | "dark";

/** Opens the built-in samples and waits for their result. */
export async function openSamples(app: App): Promise<void> {
  await app.page.click("#samples");
  await app.page.waitFor("a result", () => document.querySelector("#result") !== null);
}

/** Shows the page in a theme, whatever the system's is. */
export async function useTheme(page: Page, theme: Theme): Promise<void> {
  await page.evaluate((theme) => {
    document.documentElement.style.colorScheme = theme;
  }, theme);
}

/** Speaks another language, as a user does, and waits for it. */
export async function useLanguage(page: Page, tag: string): Promise<void> {
  await choose(page, "#language", tag);
  await page.waitFor(`words in ${tag}`, (tag) => document.documentElement.lang === tag, {
    args: [tag],
  });
}

/** Chooses an option of a `<select>` by its value. */
export async function choose(page: Page, selector: string, value: string): Promise<void> {
  await page.evaluate(
    (selector, value) => {
      const field = document.querySelector<HTMLSelectElement>(selector);
      if (!field) throw new Error(`${selector} is not on the page`);
      field.value = value;
      if (field.value !== value) throw new Error(`${selector} has no option ${value}`);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    },
    selector,
    value,
  );
  await settled(page);
}

/** Writes into a field. */
export async function fill(page: Page, selector: string, text: string): Promise<void> {
  await page.evaluate(
    (selector, text) => {
      const field = document.querySelector<HTMLInputElement>(selector);
      if (!field) throw new Error(`${selector} is not on the page`);
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    },
    selector,
    text,
  );
  await settled(page);
}

/** Waits until the page has drawn what it was told, and colours have stopped changing. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ends = ({ effect, playState }: Animation) =>
      playState === "running" && Number.isFinite(effect?.getComputedTiming().endTime);
    // Looked at again and again, and no longer than any of ours lasts: what WebKit promises of an
    // animation it does not always keep, and Firefox lists some for ever.
    let looks = 0;
    do {
      await new Promise((resolve) => setTimeout(resolve, 60));
      looks += 1;
    } while (looks < 10 && document.getAnimations().some(ends));
  });
}

/** A file made in the page. */
export interface MadeFile {
  name: string;
  text?: string;
  base64?: string;
}

/** Drops files on an element, as from the file manager. */
export async function drop(page: Page, selector: string, files: MadeFile[]): Promise<void> {
  await page.evaluate(
    (selector, files) => {
      const transfer = new DataTransfer();
      for (const { name, text, base64 } of files as unknown as MadeFile[]) {
        const content = base64
          ? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
          : (text ?? "");
        transfer.items.add(new File([content], name));
      }
      const target = document.querySelector(selector);
      if (!target) throw new Error(`${selector} is not on the page`);
      for (const type of ["dragover", "drop"]) {
        const init = { bubbles: true, cancelable: true, dataTransfer: transfer };
        target.dispatchEvent(new DragEvent(type, init));
      }
    },
    selector,
    files as unknown as { [key: string]: string }[],
  );
}

/** What a press of one of the buttons for saving hands to the browser. */
export async function saved(
  page: Page,
  button: string,
): Promise<{ name: string; type: string; base64: string }> {
  return page.evaluate(async (button) => {
    const { createObjectURL } = URL;
    const { click } = HTMLAnchorElement.prototype;
    const taken = await new Promise<{ blob: Blob; name: string }>((resolve, reject) => {
      let blob: Blob | undefined;
      URL.createObjectURL = (made) => {
        blob = made as Blob;
        return createObjectURL.call(URL, made);
      };
      HTMLAnchorElement.prototype.click = function () {
        if (blob) resolve({ blob, name: this.download });
      };
      document.querySelector<HTMLElement>(button)?.click();
      setTimeout(() => reject(new Error(`${button} saves nothing`)), 10_000);
    });
    URL.createObjectURL = createObjectURL;
    HTMLAnchorElement.prototype.click = click;
    const bytes = new Uint8Array(await taken.blob.arrayBuffer());
    let binary = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return { name: taken.name, type: taken.blob.type, base64: btoa(binary) };
  }, button);
}

/** Presses a button for copying, and returns what it copies. */
export async function copied(page: Page, button: string): Promise<string> {
  return page.evaluate(async (button) => {
    // a browser without a window has no clipboard to look into
    const text = new Promise<string>((resolve, reject) => {
      const clipboard = {
        write: async ([item]: ClipboardItem[]) => {
          const blob = await item?.getType("text/plain");
          resolve((await blob?.text()) ?? "");
        },
        writeText: async (text: string) => resolve(text),
      };
      Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
      setTimeout(() => reject(new Error(`${button} copies nothing`)), 10_000);
    });
    document.querySelector<HTMLElement>(button)?.click();
    return text;
  }, button);
}
