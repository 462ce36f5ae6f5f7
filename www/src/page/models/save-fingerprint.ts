/** The button that makes the fingerprint of one model and saves it. */
import { html, nothing, type TemplateResult } from "lit";
import { type Failure, fingerprint, type ModelInput } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatBytes, formatPercent } from "../common/format.js";
import { iconDone, iconDownload } from "../common/icons.js";
import { save } from "../common/save.js";
import { plainWords } from "../language/language.js";

type State =
  | { is: "ready" }
  | { is: "making"; fraction: number }
  | { is: "saved"; bytes: number }
  | { is: "failed"; failure: Failure };

export class SaveFingerprint extends PageElement {
  static override properties = {
    model: { attribute: false },
    label: { type: String },
    locked: { type: Boolean },
    state: { state: true },
  };

  declare model: ModelInput;
  /** What the button says; its usual words by default. */
  declare label: string;
  declare locked: boolean;
  declare state: State;

  constructor() {
    super();
    this.label = "";
    this.state = { is: "ready" };
  }

  override render(): TemplateResult {
    const { state } = this;
    const making = state.is === "making";
    return html`<button class="slim save-fingerprint" type="button" ?disabled=${this.locked || making}
        aria-label=${this.t.fingerprint.saveName(this.model.name ?? "")} @click=${this.#make}>
        ${state.is === "saved" ? iconDone : iconDownload} ${this.label || this.t.fingerprint.save}
      </button>
      <span class="hint" role="status">${this.#status()}</span>
      ${state.is === "failed" ? html`<p class="problem">${plainWords(this.t, state.failure)}</p>` : nothing}`;
  }

  #status(): string {
    switch (this.state.is) {
      case "making":
        return this.t.fingerprint.making(formatPercent(this.t, this.state.fraction));
      case "saved":
        return this.t.fingerprint.saved(formatBytes(this.t, this.state.bytes));
      default:
        return "";
    }
  }

  readonly #make = async () => {
    this.state = { is: "making", fraction: 0 };
    try {
      const file = await fingerprint(this.model, {
        onProgress: ({ fraction }) => {
          this.state = { is: "making", fraction };
        },
      });
      save(file, file.name);
      this.state = { is: "saved", bytes: file.size };
    } catch (thrown) {
      this.state = { is: "failed", failure: thrown as Failure };
    }
  };
}

defineElement("wk-save-fingerprint", SaveFingerprint);
