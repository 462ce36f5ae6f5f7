/** Figures to the decimals that mean something; all digits show on hover and in what is copied. */

import { html, type TemplateResult } from "lit";
import { allFigureDigits, estimateDigits, figureDigits } from "../common/format.js";
import type { Words } from "../language/words/en.js";

/** With the half-width of its 95 % interval where it is an estimate. */
export function figure(
  t: Words,
  value: number | null | undefined,
  halfWidth?: number | null,
): TemplateResult {
  if (value === null || value === undefined) {
    return html`<span class="figure none">${t.result.undefined}</span>`;
  }
  if (typeof halfWidth === "number") {
    const [digits, by] = estimateDigits(value, halfWidth);
    return html`<span class="figure estimated">${digits} <span class="interval">± ${by}</span></span>`;
  }
  return html`<span class="figure" title=${allFigureDigits(value)}>${figureDigits(value)}</span>`;
}

/** A figure that still moves. */
export function estimate(value: number | null): TemplateResult {
  return value === null
    ? html`<span class="figure none">…</span>`
    : html`<span class="figure">≈ ${leadingDigits(value)}</span>`;
}

/** A figure as text, for sentences. */
export function leadingDigits(value: number, decimals?: number): string {
  return figureDigits(value, decimals);
}

/** A figure, or an estimate and how far it may be off. */
export function spoken(value: number, halfWidth?: number): string {
  return halfWidth === undefined
    ? leadingDigits(value)
    : estimateDigits(value, halfWidth).join(" ± ");
}

/** All digits as text, the same as in every export. */
export function allDigits(t: Words, value: number | null | undefined, halfWidth?: number): string {
  if (value === null || value === undefined) {
    return t.result.undefined;
  }
  if (halfWidth !== undefined) {
    return spoken(value, halfWidth);
  }
  return allFigureDigits(value);
}
