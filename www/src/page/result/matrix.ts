/** Every model against every other, as a table of coloured cells. */

import { html, nothing, type TemplateResult } from "lit";
import { estimateDigits } from "../common/format.js";
import type { Words } from "../language/words/en.js";

import { allDigits, leadingDigits } from "./figure.js";
import { heat } from "./heat.js";
import type { Measure } from "./look.js";

/** Column heads carry names up to this many models, numbers beyond. */
const NAMED_COLUMNS = 5;

export interface MatrixOptions {
  names: string[];
  measure: Measure;
  caption: string;
  /** The figure of two different models. */
  value: (row: number, column: number) => number | null | undefined;
  /** Half-width of the figure's interval, where it is an estimate. */
  interval?: (row: number, column: number) => number | undefined;
  /** Rows and columns to show, all by default. */
  models?: number[];
  /** Figures still move. */
  estimated?: boolean;
}

export function matrix(t: Words, options: MatrixOptions): TemplateResult {
  const { names, measure, caption, value, interval = () => undefined, estimated = false } = options;
  const models = options.models ?? names.map((_, i) => i);
  const named = models.length <= NAMED_COLUMNS;
  // the table may be wider than a phone, so it can be scrolled, by keyboard too
  return html`<div class="wide" tabindex="0" role="region" aria-label=${caption}>
    <table class="matrix ${named ? "named" : ""}">
      <caption class="visually-hidden">${caption}</caption>
      <thead>
        <tr>
          <td></td>
          ${models.map(
            (model) =>
              html`<th scope="col"><span class="no">${model + 1}</span><span class="label" title=${names[model] ?? ""}>${names[model]}</span></th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${models.map(
          (row) => html`<tr>
            <th scope="row"><span class="no">${row + 1}</span><span class="label" title=${names[row] ?? ""}>${names[row]}</span></th>
            ${models.map((column) =>
              row === column
                ? html`<td class="self"><span class="visually-hidden">${t.matrix.itself}</span></td>`
                : cell(t, value(row, column), measure, estimated, interval(row, column)),
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell(
  t: Words,
  value: number | null | undefined,
  measure: Measure,
  estimated: boolean,
  interval: number | undefined,
): TemplateResult {
  const colour = heat(value, measure);
  if (value === null || value === undefined) {
    return html`<td class=${colour}>${estimated ? "…" : t.result.undefined}</td>`;
  }
  if (interval !== undefined) {
    const [digits, by] = estimateDigits(value, interval);
    return html`<td class=${colour}>${digits}<span class="interval">± ${by}</span></td>`;
  }
  const shown = leadingDigits(value, measure === "ancestor_cosine" ? 3 : undefined);
  return html`<td class=${colour} title=${estimated ? nothing : allDigits(t, value)}>${estimated ? "≈ " : ""}${shown}</td>`;
}
