/** A figure with all its digits: the leading ones loud, the rest quiet. */
import { html, type TemplateResult } from "lit";
import { splitDigits } from "../format.js";
import { t } from "../strings.js";

export function figure(value: number | null | undefined): TemplateResult {
  if (value === null || value === undefined) {
    return html`<span class="figure none">${t.result.undefined}</span>`;
  }
  const { leading, rest } = splitDigits(value);
  return html`<span class="figure">${leading}<span class="rest">${rest}</span></span>`;
}

/** A figure that still moves: its leading digits only. */
export function estimate(value: number | null): TemplateResult {
  return value === null
    ? html`<span class="figure none">…</span>`
    : html`<span class="figure">≈ ${leadingDigits(value)}</span>`;
}

/** The leading digits alone, for sentences. */
export function leadingDigits(value: number, decimals?: number): string {
  return splitDigits(value, decimals).leading;
}

/** All digits as text, the same as in every export. */
export function allDigits(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return t.result.undefined;
  }
  const { leading, rest } = splitDigits(value);
  return leading + rest;
}
