/** A finished comparison: the answer first, then every pair, then what was left out. */
import { html, nothing, type TemplateResult } from "lit";
import { type Closest, type Report, type ReportPair, reportText } from "../weightkin.js";
import { PageElement } from "./element.js";
import { figure, leadingDigits } from "./figure.js";
import { formatCount } from "./format.js";
import { icon_download } from "./icons.js";
import { leftOutList } from "./left-out.js";
import { ranking, verdictWords } from "./ranking.js";
import { t } from "./strings.js";

export class ResultView extends PageElement {
  static override properties = { report: { attribute: false } };

  declare report: Report;

  override render(): TemplateResult {
    const { compared, pairs } = this.report;
    const relatives = nearestFirst(this.report);
    return html`<article id="result" class="result">
      ${this.#headline(relatives[0])}
      ${
        relatives.length > 1
          ? html`<section aria-labelledby="ranking-title">
              <h2 id="ranking-title">${t.result.ranking}</h2>
              ${ranking(
                relatives.map((pair) => ({ ...pair, name: this.#name(pair.b) })),
                "figures",
              )}
            </section>`
          : nothing
      }
      <section aria-labelledby="pairs-title">
        <h2 id="pairs-title">${t.result.pairs}</h2>
        ${this.#table(pairs)}
        <details>
          <summary>${t.result.explain}</summary>
          <dl class="explain">
            ${COLUMNS.map(
              (column) => html`<dt>${t.result.columns[column]}</dt>
                <dd>${t.result.columns_explained[column]}</dd>`,
            )}
          </dl>
        </details>
      </section>
      <section aria-labelledby="left-out-title">
        <h2 id="left-out-title">${t.result.left_out}</h2>
        <p class="hint">
          ${t.result.compared(formatCount(compared.tensors), formatCount(compared.columns))}
        </p>
        ${leftOutList(
          compared.left_out,
          this.report.models.map(({ name }) => name),
        )}
      </section>
      <p class="result-actions">
        <button id="download-report" type="button" @click=${this.#download}>
          ${icon_download} ${t.result.download}
        </button>
      </p>
    </article>`;
  }

  #headline(nearest: ReportPair | undefined): TemplateResult | typeof nothing {
    if (!nearest) {
      return nothing;
    }
    const { closest } = this.report;
    return html`<section class="headline" aria-labelledby="headline">
      <p class="overline">${t.result.overline} ${t.result.of(this.#name(0))}</p>
      <h2 id="headline" tabindex="-1">${this.#name(nearest.b)}</h2>
      <p class="number">${figure(nearest.column_cosine)}<span class="unit">${t.result.unit}</span></p>
      <p class="answer">
        ${nearest.verdict ? verdictWords(nearest.verdict) : nothing}
        ${closest ? html`<span class="ahead">${aheadOfNext(closest, this.report)}</span>` : nothing}
      </p>
    </section>`;
  }

  // Roles are spelt out because a narrow screen shows each row as a block of its own.
  #table(pairs: ReportPair[]): TemplateResult {
    return html`<table role="table" class="pairs">
      <caption class="visually-hidden">${t.result.pairs_caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">${t.result.pair}</th>
          ${COLUMNS.map(
            (column) =>
              html`<th role="columnheader" scope="col" class=${WHOLE.has(column) ? "whole" : ""}>${t.result.columns[column]}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${pairs.map(
          (pair) => html`<tr role="row">
            <th role="rowheader" scope="row">
              <span class="pair">${this.#name(pair.a)} <i>⇔</i> ${this.#name(pair.b)}</span>
              ${pair.verdict ? verdictWords(pair.verdict) : nothing}
            </th>
            ${COLUMNS.map(
              (
                column,
              ) => html`<td role="cell" class=${WHOLE.has(column) ? "whole" : ""} data-label=${t.result.columns[column]}>
                ${cell(pair, column)}
              </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #name(model: number): string {
    return this.report.models[model]?.name ?? "";
  }

  readonly #download = () => {
    const url = URL.createObjectURL(
      new Blob([reportText(this.report)], { type: "application/json" }),
    );
    const link = document.createElement("a");
    link.href = url;
    link.download = `${this.#name(0)}.weightkin.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000); // Safari reads it after the click returns
  };
}

type Column = keyof typeof t.result.columns;
const COLUMNS = Object.keys(t.result.columns) as Column[];
/** Columns of whole numbers, which line up at their right; the others do at their point. */
const WHOLE: ReadonlySet<Column> = new Set(["columns", "identical_tensors"]);

function cell(pair: ReportPair, column: Column): TemplateResult {
  switch (column) {
    case "columns":
      return html`${formatCount(pair.columns)}${
        pair.left_out_columns > 0
          ? html`<span class="hint">${t.result.left_out_columns(formatCount(pair.left_out_columns))}</span>`
          : nothing
      }`;
    case "identical_tensors":
      return html`${formatCount(pair.identical_tensors)}`;
    default:
      return figure(pair[column]);
  }
}

/** The checkpoint's pairs, the closest first; those without a figure last. */
function nearestFirst({ pairs }: Report): ReportPair[] {
  const rank = ({ column_cosine }: ReportPair) => column_cosine ?? Number.NEGATIVE_INFINITY;
  return pairs.filter(({ a }) => a === 0).sort((x, y) => (rank(x) < rank(y) ? 1 : -1));
}

function aheadOfNext({ margin, runner_up }: Closest, { models }: Report): string {
  return margin === null || runner_up === null
    ? ""
    : t.result.ahead(leadingDigits(margin), models[runner_up]?.name ?? "");
}

/** The answer in one sentence. */
export function headlineSentence(report: Report): string {
  const [nearest] = nearestFirst(report);
  if (!nearest?.verdict || nearest.column_cosine === null) {
    return t.result.announce_done;
  }
  const name = report.models[nearest.b]?.name ?? "";
  const cosine = leadingDigits(nearest.column_cosine);
  const sentence = t.result.sentence(name, cosine, t.verdicts[nearest.verdict]);
  return report.closest ? `${sentence} ${aheadOfNext(report.closest, report)}` : sentence;
}

customElements.define("wk-result", ResultView);
