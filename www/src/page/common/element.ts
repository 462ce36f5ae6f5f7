import { LitElement } from "lit";
import { LANGUAGE_CHANGED, languageOf } from "../language/language.js";
import type { Words } from "../language/words/en.js";

/** Defines an element, unless another copy of this library on the same page has done so. */
export function defineElement(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) {
    customElements.define(name, element);
  }
}

/**
 * The page's elements render into the document itself: one style sheet, labels and ids that work
 * across elements, and nothing hidden from assistive technology or tests. Inside `<weight-kin>` the
 * same elements share its one shadow root in that way. All of them render again when the language
 * of their root changes.
 */
export class PageElement extends LitElement {
  #root: Node = document;

  override connectedCallback(): void {
    this.#root = this.getRootNode();
    super.connectedCallback();
    this.#root.addEventListener(LANGUAGE_CHANGED, this.#renderAgain);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#root.removeEventListener(LANGUAGE_CHANGED, this.#renderAgain);
  }

  /** The words of this element's document or shadow root. */
  protected get t(): Words {
    return languageOf(this.#root).words;
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  readonly #renderAgain = () => this.requestUpdate();
}
