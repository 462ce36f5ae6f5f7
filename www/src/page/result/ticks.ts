/** Names below a row of blocks: as many as stand side by side without touching. */
import { html, type TemplateResult } from "lit";

/** Upright names that fit below a row as wide as a phone, and as wide as a page. */
const FIT_NARROW = 20;
const FIT_WIDE = 40;

/** The name of the block at `position` of `count`; where not all fit, some are only for wide rows. */
export function tick(name: string, position: number, count: number): TemplateResult {
  const isEach = (fit: number) => position % Math.ceil(count / fit) === 0;
  const seen = isEach(FIT_NARROW) ? "" : isEach(FIT_WIDE) ? "if-wide" : "never";
  return html`<span class="tick ${seen}">${name}</span>`;
}
