import { LitElement } from "lit";
import { LANGUAGE_CHANGED } from "./strings.js";

/**
 * The page's elements render into the document itself: one style sheet, labels and ids that work
 * across elements, and nothing hidden from assistive technology or tests. All of them render again
 * when the language changes.
 */
export class PageElement extends LitElement {
  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener(LANGUAGE_CHANGED, this.#renderAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener(LANGUAGE_CHANGED, this.#renderAgain);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  readonly #renderAgain = () => this.requestUpdate();
}
