/** The table of tensors: sorted, filtered, and with only the visible rows in the document. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { ReportTensor, TensorPair } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatCount } from "../common/format.js";
import { help } from "../common/help.js";
import { iconDown, iconUp } from "../common/icons.js";
import { scopeName } from "../language/language.js";
import type { Words } from "../language/words/en.js";
import { byDepth } from "./depth.js";
import { figure } from "./figure.js";
import { type Look, nameOf, nearestFirst, other } from "./look.js";
import type { Dot } from "./scatter.js";
import "./scatter.js";

type Column = "tensor" | "column_cosine" | "flat_cosine" | "relative_distance";
const COLUMNS: readonly Column[] = ["tensor", "column_cosine", "flat_cosine", "relative_distance"];

/** Height of a row; the style sheet sets the same. */
const ROW_PX = 52;
/** Rows kept ready above and below the visible ones. */
const SPARE_ROWS = 8;

/** What decides which rows there are. */
const SELECTING = ["look", "against", "filter", "sort"] as const;

interface Row {
  tensor: ReportTensor;
  figures: TensorPair;
}

export class TensorTable extends PageElement {
  static override properties = {
    look: { attribute: false },
    against: { state: true },
    filter: { state: true },
    sort: { state: true },
    first: { state: true },
  };

  declare look: Look;
  /** The model compared with; the closest one until another is chosen. */
  declare against: number | null;
  declare filter: string;
  declare sort: { by: Column; descending: boolean } | null;
  /** First visible row. */
  declare first: number;
  #rows: Row[] = [];
  #visibleRows = 14;

  constructor() {
    super();
    this.against = null;
    this.filter = "";
    this.sort = null;
    this.first = 0;
  }

  protected override willUpdate(changed: PropertyValues<TensorTable>): void {
    if (changed.has("look") && changed.get("look")?.of !== this.look.of) {
      this.against = null;
    }
    if (SELECTING.some((key) => changed.has(key))) {
      this.#rows = this.#select();
      this.first = 0;
    }
  }

  override render(): TemplateResult {
    const { look } = this;
    const against = this.#against();
    const pairs = nearestFirst(look.report.pairs, look.of, "column_cosine");
    const rows = this.#rows;
    const dots: Dot[] = byDepth(rows, look.report).map(({ tensor, figures }) => ({
      tensor,
      column_cosine: figures.column_cosine,
      interval: figures.intervals?.column_cosine,
    }));
    const name = nameOf(look.report, against);
    return html`
      <div class="table-tools">
        <label>${this.t.tensors.against}
          <select id="tensors-against" @change=${this.#chooseModel}>
            ${pairs.map((pair) => {
              const model = other(pair, look.of);
              return html`<option value=${model} .selected=${model === against}>${nameOf(look.report, model)}</option>`;
            })}
          </select>
        </label>
        <label>${this.t.tensors.filter}
          <input id="tensors-filter" type="search" .value=${this.filter} placeholder=${this.t.tensors.filterHint}
            autocomplete="off" spellcheck="false" @input=${this.#type} />
        </label>
        <p class="hint" role="status">${this.t.tensors.shown(formatCount(this.t, rows.length), formatCount(this.t, look.report.tensors.length))}</p>
      </div>
      <h3>${this.t.tensors.scatter} ${help(this.t, "scatter", this.t.tensors.scatter)}</h3>
      <wk-scatter .dots=${dots} .label=${this.t.tensors.scatterLabel(formatCount(this.t, dots.length), name)}
        .pick=${this.#pick}></wk-scatter>
      ${this.#table(rows)}
    `;
  }

  #against(): number {
    const { look } = this;
    if (this.against !== null && this.against !== look.of) {
      return this.against;
    }
    const [closest] = nearestFirst(look.report.pairs, look.of, "column_cosine");
    return closest ? other(closest, look.of) : look.of;
  }

  /** The rows that pass the scope and the filter, sorted. */
  #select(): Row[] {
    const { report, of, scope } = this.look;
    const against = this.#against();
    const [a, b] = of < against ? [of, against] : [against, of];
    const pair = report.pairs.findIndex((candidate) => candidate.a === a && candidate.b === b);
    const words = this.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = report.tensors.flatMap((tensor) => {
      const figures = tensor.pairs[pair];
      return figures && inScope(tensor, scope) && matches(this.t, tensor, words)
        ? [{ tensor, figures }]
        : [];
    });
    return this.sort ? sorted(rows, this.sort) : rows;
  }

  // Spacers stand for the rows that are not in the document; their height is set in `updated`.
  #table(rows: Row[]): TemplateResult {
    const start = Math.max(0, this.first - SPARE_ROWS);
    const end = Math.min(rows.length, this.first + this.#visibleRows + SPARE_ROWS);
    return html`<div class="tensor-scroll" tabindex="0" role="region" aria-label=${this.t.tensors.caption}
      @scroll=${this.#scrolled}>
      <table class="tensor-table" aria-rowcount=${rows.length + 1}>
        <caption class="visually-hidden">${this.t.tensors.caption}</caption>
        <thead>
          <tr aria-rowindex="1">${COLUMNS.map((column) => this.#head(column))}</tr>
        </thead>
        <tbody>
          <tr class="spacer" aria-hidden="true" data-rows=${start}><td colspan=${COLUMNS.length}></td></tr>
          ${rows.slice(start, end).map((row, i) => tableRow(this.t, row, start + i + 2))}
          <tr class="spacer" aria-hidden="true" data-rows=${rows.length - end}><td colspan=${COLUMNS.length}></td></tr>
        </tbody>
      </table>
      ${rows.length === 0 ? html`<p class="hint none">${this.t.tensors.none}</p>` : nothing}
    </div>`;
  }

  #head(column: Column): TemplateResult {
    const name = columnName(this.t, column);
    const sort = this.sort?.by === column ? this.sort : null;
    const order = sort ? (sort.descending ? "descending" : "ascending") : "none";
    return html`<th scope="col" aria-sort=${order} class=${column}>
      <button type="button" class="sort" title=${this.t.tensors.sort(name)} @click=${() => this.#sortBy(column)}>
        ${name} ${sort ? (sort.descending ? iconDown : iconUp) : nothing}
      </button>
    </th>`;
  }

  protected override updated(changed: PropertyValues<TensorTable>): void {
    for (const spacer of this.querySelectorAll<HTMLElement>(".spacer")) {
      const cell = spacer.firstElementChild as HTMLElement;
      cell.style.height = `${Number(spacer.dataset["rows"]) * ROW_PX}px`;
    }
    if (SELECTING.some((key) => changed.has(key))) {
      this.querySelector(".tensor-scroll")?.scrollTo({ top: 0 });
    }
  }

  readonly #scrolled = (event: Event) => {
    const box = event.currentTarget as HTMLElement;
    this.#visibleRows = Math.ceil(box.clientHeight / ROW_PX);
    this.first = Math.floor(box.scrollTop / ROW_PX);
  };

  readonly #chooseModel = (event: Event) => {
    this.against = Number((event.currentTarget as HTMLSelectElement).value);
  };

  readonly #type = (event: Event) => {
    this.filter = (event.currentTarget as HTMLInputElement).value;
  };

  readonly #pick = (tensor: ReportTensor) => {
    this.filter = tensor.name;
  };

  /** Figures start with the least alike, which is what one looks for; again turns it round. */
  #sortBy(column: Column): void {
    const natural = column === "relative_distance";
    this.sort =
      this.sort?.by === column
        ? { by: column, descending: !this.sort.descending }
        : { by: column, descending: natural };
  }
}

defineElement("wk-tensors", TensorTable);

function columnName(t: Words, column: Column): string {
  return column === "tensor" ? t.tensors.tensor : t.pairs.columns[column];
}

function tableRow(t: Words, { tensor, figures }: Row, index: number): TemplateResult {
  const { heights } = tensor;
  const { intervals } = figures;
  return html`<tr aria-rowindex=${index}>
    <th scope="row" title=${tensor.name}>
      <code><bdi>${tensor.name}</bdi></code>
      <span class="hint">${tensor.block} · ${scopeName(t, tensor.kind)} · ${tensor.shape.join(" × ")}${
        heights ? html` · ${t.tensors.commonRows(heights.join(" / "))}` : nothing
      }${figures.identical ? html` · ${intervals ? t.tensors.identicalSample : t.tensors.identical}` : nothing}</span>
    </th>
    <td>${figure(t, figures.column_cosine, intervals?.column_cosine)}</td>
    <td>${figure(t, figures.flat_cosine, intervals?.flat_cosine)}</td>
    <td>${figure(t, figures.relative_distance, intervals?.relative_distance)}</td>
  </tr>`;
}

/** Whether a tensor belongs to the scope; scopes that name no part of it take every tensor. */
function inScope(tensor: ReportTensor, scope: Look["scope"]): boolean {
  switch (scope?.by) {
    case "component":
    case "block":
    case "kind":
      return tensor[scope.by] === scope.name;
    default:
      return true;
  }
}

function matches(t: Words, tensor: ReportTensor, words: string[]): boolean {
  const { name, block, kind, component } = tensor;
  const text = `${name} ${block} ${kind} ${scopeName(t, kind)} ${component}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function sorted(rows: Row[], { by, descending }: { by: Column; descending: boolean }): Row[] {
  const sign = descending ? -1 : 1;
  if (by === "tensor") {
    return descending ? rows.toReversed() : rows;
  }
  return rows.toSorted((x, y) => {
    const [first, second] = [x.figures[by], y.figures[by]];
    // tensors without a figure come last either way
    if (first === null || second === null) {
      return Number(first === null) - Number(second === null);
    }
    return sign * (first - second);
  });
}
