import { LitElement } from "lit";

/**
 * The page's elements render into the document itself: one style sheet, labels and ids that work
 * across elements, and nothing hidden from assistive technology or tests.
 */
export class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
