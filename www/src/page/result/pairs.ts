/** Every pair with its exact figures: columns on a wide screen, labelled blocks on a narrow one. */

import { html, nothing, type TemplateResult } from "lit";
import type { Pair, Report } from "../../weightkin.js";
import { formatCount } from "../common/format.js";
import { help } from "../common/help.js";
import type { Words } from "../language/words/en.js";

import { figure } from "./figure.js";
import { nameOf } from "./look.js";
import { verdictWords } from "./ranking.js";

type Column = keyof Words["pairs"]["columns"];
const COLUMNS: readonly Column[] = [
  "column_cosine",
  "columns",
  "flat_cosine",
  "relative_distance",
  "identical_tensors",
];
/** Columns of whole numbers, which line up at their right; the others do at their point. */
const WHOLE: ReadonlySet<Column> = new Set(["columns", "identical_tensors"]);

// Roles are spelt out because a narrow screen shows each row as a block of its own.
export function pairsTable(t: Words, report: Report, pairs: Pair[]): TemplateResult {
  const columns = report.ancestor === null ? COLUMNS : [...COLUMNS, "ancestor_cosine" as const];
  const label = (column: (typeof columns)[number]) =>
    column === "ancestor_cosine" ? t.measures.ancestor_cosine : t.pairs.columns[column];
  const kind = (column: string) => (WHOLE.has(column as Column) ? "whole" : "");
  return html`<p class="terms">
      ${columns.map((column) => html`<span>${label(column)} ${help(t, column, label(column))}</span>`)}
    </p>
    <table role="table" class="pairs">
    <caption class="visually-hidden">${t.pairs.caption}</caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">${t.pairs.pair}</th>
        ${columns.map(
          (column) =>
            html`<th role="columnheader" scope="col" class=${kind(column)}>${label(column)}</th>`,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${pairs.map(
        (pair) => html`<tr role="row">
          <th role="rowheader" scope="row">
            <span class="pair">${nameOf(report, pair.a)} <i>⇔</i> ${nameOf(report, pair.b)}</span>
            ${pair.verdict ? verdictWords(t, pair.verdict) : nothing}
          </th>
          ${columns.map(
            (column) => html`<td role="cell" class=${kind(column)} data-label=${label(column)}>
              ${cell(t, pair, column)}
            </td>`,
          )}
        </tr>`,
      )}
    </tbody>
  </table>`;
}

function cell(t: Words, pair: Pair, column: Column | "ancestor_cosine"): TemplateResult {
  switch (column) {
    case "columns":
      return html`${formatCount(t, pair.columns)}${
        pair.left_out_columns > 0
          ? html`<span class="hint">${t.pairs.left_out_columns(formatCount(t, pair.left_out_columns))}</span>`
          : nothing
      }`;
    case "identical_tensors":
      return html`${formatCount(t, pair.identical_tensors)}`;
    default:
      return figure(t, pair[column], pair.intervals?.[column]);
  }
}
