/** The result in forms to take along. All digits come from the core, the picture from a canvas. */
import { html, nothing, type TemplateResult } from "lit";
import type { ModelInput, ReportBook } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { iconCopy, iconDone, iconDownload } from "../common/icons.js";
import { save } from "../common/save.js";
import "../models/save-fingerprint.js";
import { help } from "../common/help.js";

import { type Look, nameOf } from "./look.js";
import { drawPicture } from "./picture.js";

type Action = "text" | "markdown" | "picture" | "csv" | "json";

/** How long a button says that it is done. */
const CONFIRMED_MS = 2_000;

export class Share extends PageElement {
  static override properties = {
    book: { attribute: false },
    look: { attribute: false },
    announce: { attribute: false },
    models: { attribute: false },
    done: { state: true },
  };

  declare book: ReportBook;
  declare look: Look;
  declare announce: (words: string) => void;
  /** Compared models that are there, so that fingerprints can be made of them. */
  declare models: readonly ModelInput[];
  /** The action confirmed just now. */
  declare done: Action | null;
  #timer = 0;

  constructor() {
    super();
    this.models = [];
    this.done = null;
  }

  override render(): TemplateResult {
    return html`<section class="share" aria-label=${this.t.share.title}>
      ${this.#button("text", "copy", this.t.share.text)} ${this.#button("markdown", "copy", this.t.share.markdown)}
      ${this.#button("picture", "save", this.t.share.picture)} ${this.#button("csv", "save", this.t.share.csv)}
      ${this.#button("json", "save", this.t.share.json, "download-report")}
      <p class="hint">${this.t.share.hint}</p>
      ${this.#fingerprints()}
    </section>`;
  }

  #fingerprints(): TemplateResult | typeof nothing {
    return this.models.length === 0
      ? nothing
      : html`<div class="fingerprints">
          <span>${this.t.fingerprint.saveOf} ${help(this.t, "fingerprint", this.t.fingerprint.name)}</span>
          ${this.models.map(
            (model) =>
              html`<wk-save-fingerprint .model=${model} .label=${model.name ?? ""}></wk-save-fingerprint>`,
          )}
        </div>`;
  }

  // Both labels are always there, one above the other, so that nothing moves.
  #button(
    action: Action,
    way: "copy" | "save",
    label: string,
    id = `share-${action}`,
  ): TemplateResult {
    const done = this.done === action;
    const confirmation = way === "copy" ? this.t.share.copied : this.t.share.saved;
    return html`<button id=${id} type="button" class="slim confirming ${done ? "done" : ""}"
      @click=${() => this.#act(action)}>
      <span aria-hidden=${done}>${way === "copy" ? iconCopy : iconDownload} ${label}</span>
      <span aria-hidden=${!done}>${iconDone} ${confirmation}</span>
    </button>`;
  }

  async #act(action: Action): Promise<void> {
    const { book, look } = this;
    const name = nameOf(look.report, look.of);
    const { saved } = this.t.share;
    switch (action) {
      case "text":
        return this.#copy(action, book.plainText(look.of));
      case "markdown":
        return this.#copy(action, book.markdown());
      case "picture":
        save(await drawPicture(this.t, look, this), `${name}.weightkin.png`);
        break;
      case "csv":
        save(new Blob([await book.csv()], { type: "text/csv" }), `${name}.weightkin.csv`);
        break;
      case "json":
        save(new Blob([book.text], { type: "application/json" }), `${name}.weightkin.json`);
        break;
    }
    this.#confirm(action, saved);
  }

  async #copy(action: Action, text: Promise<string>): Promise<void> {
    const { copied, copyFailed } = this.t.share;
    try {
      await copy(text, this);
    } catch {
      this.announce(copyFailed);
      return;
    }
    this.#confirm(action, copied);
  }

  #confirm(action: Action, words: string): void {
    this.done = action;
    this.announce(words);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.done = null;
    }, CONFIRMED_MS);
  }
}

defineElement("wk-share", Share);

/** WebKit wants the clipboard asked within the click itself, so the text is promised to it. */
async function copy(text: Promise<string>, within: Element): Promise<void> {
  if (!navigator.clipboard) {
    return copyBySelection(await text, within);
  }
  if (typeof ClipboardItem === "undefined" || !navigator.clipboard.write) {
    return navigator.clipboard.writeText(await text);
  }
  const blob = text.then((content) => new Blob([content], { type: "text/plain" }));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } catch {
    await navigator.clipboard.writeText(await text);
  }
}

/** The old way, for pages that were not loaded over a secure connection. */
function copyBySelection(text: string, within: Element): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  within.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) {
    throw new Error("the browser did not copy");
  }
}
