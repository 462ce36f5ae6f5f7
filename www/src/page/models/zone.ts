/** One drop zone with its file picker and the cards of its models. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { defineElement, PageElement } from "../common/element.js";

import { type CardActions, card } from "./card.js";
import { type PathedFiles, pathed } from "./dropped.js";
import type { ModelEntry, Role } from "./model-list.js";
import { givesHandles, type Picked, pickFiles, pickFolder } from "./pick.js";

/** Stable ids of the file inputs. */
const PICKER_IDS: Record<Role, string> = {
  checkpoint: "pick-checkpoint",
  relative: "pick-relatives",
};

export class Zone extends PageElement {
  static override properties = {
    kind: { type: String, reflect: true },
    entries: { attribute: false },
    locked: { type: Boolean },
    over: { type: Boolean, reflect: true },
    pick: { attribute: false },
    actions: { attribute: false },
    offer: { attribute: false },
  };

  declare kind: Role;
  declare entries: ModelEntry[];
  /** While a comparison runs nothing can be added or removed. */
  declare locked: boolean;
  /** A drag is above this zone. */
  declare over: boolean;
  declare pick: (files: PathedFiles, role: Role) => void;
  declare actions: CardActions;
  /** What else can be put here with one click. */
  declare offer: TemplateResult | typeof nothing;
  #fieldsOnly = false;

  override render(): TemplateResult {
    const words = this.t.roles[this.kind];
    const id = PICKER_IDS[this.kind];
    const empty = this.entries.length === 0;
    return html`<section class="zone ${empty ? "empty" : ""}" aria-labelledby="${id}-title">
      <header>
        <h2 id="${id}-title">${words.title}</h2>
        <p class="hint">${words.hint}</p>
      </header>
      ${
        empty
          ? nothing
          : html`<ul class="cards">
              ${repeat(
                this.entries,
                ({ key }) => key,
                (entry) => card(this.t, entry, this.locked, this.actions),
              )}
            </ul>`
      }
      <div class="pick">
        <label class="button ${empty ? "" : "slim"}">
          <input id=${id} type="file" multiple ?disabled=${this.locked} aria-describedby="${id}-hint"
            @click=${this.#ask(pickFiles)} @change=${this.#picked} />
          ${empty ? words.pick : words.pickAgain}
        </label>
        <label class="button slim plain folder">
          <input id="${id}-folder" type="file" webkitdirectory ?disabled=${this.locked}
            aria-label=${words.pickFolderName} @click=${this.#ask(pickFolder)}
            @change=${this.#picked} />
          ${words.pickFolder}
        </label>
        <span class="hint" id="${id}-hint">${this.t.zone.dropHint}</span>
        ${this.offer}
      </div>
    </section>`;
  }

  // Removing a card removes the button that had the focus; keep the keyboard in this zone.
  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("entries");
    if (before && before.length > this.entries.length && document.activeElement === document.body) {
      this.querySelector<HTMLInputElement>("input")?.focus({ preventScroll: true });
    }
  }

  /** The browser's own picker in place of the field's, where it gives handles to remember. */
  #ask(pick: (role: Role) => Promise<Picked>): (event: Event) => Promise<void> {
    return async (event) => {
      if (!givesHandles() || this.#fieldsOnly) {
        return;
      }
      const input = event.currentTarget as HTMLInputElement;
      event.preventDefault();
      const found = await pick(this.kind);
      if (found === "impossible") {
        this.#fieldsOnly = true;
        input.click();
      } else if (found !== "cancelled") {
        this.pick(found, this.kind);
      }
    };
  }

  readonly #picked = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files && input.files.length > 0) {
      this.pick(pathed(input.files), this.kind);
    }
    input.value = ""; // so that picking the same file again is a change again
  };
}

defineElement("wk-zone", Zone);
