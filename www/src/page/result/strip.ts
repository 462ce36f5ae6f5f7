/** One row of coloured blocks per relative, in the order the data passes them. */
import { html, nothing, type TemplateResult } from "lit";
import type { Scope } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatCount } from "../common/format.js";

import { allDigits, figure } from "./figure.js";
import { heat, legend } from "./heat.js";
import {
  figureOf,
  intervalOf,
  type Look,
  nameOf,
  nearestFirst,
  other,
  pairBetween,
  pairsOf,
  scopesBy,
} from "./look.js";

import { tick } from "./ticks.js";

/** More blocks than this stand without a gap between them. */
const SPACED_BLOCKS = 40;

export class BlockStrip extends PageElement {
  static override properties = {
    name: { type: String },
    look: { attribute: false },
    blocks: { attribute: false },
    select: { attribute: false },
    cursor: { state: true },
  };

  /** Tells the ids of several strips apart. */
  declare name: string;
  declare look: Look;
  declare blocks: Scope[];
  declare select: (scope: Scope) => void;
  /** Row and column pointed at. */
  declare cursor: { row: number; column: number } | null;

  constructor() {
    super();
    this.cursor = null;
  }

  override render(): TemplateResult {
    const { look, blocks } = this;
    const rows = this.#rows();
    return html`
      <p class="hint">${this.t.strip.hint} ${this.#first()}</p>
      <div class="strip ${blocks.length > SPACED_BLOCKS ? "many" : ""}" tabindex="0" role="group"
        aria-label="${this.t.strip.title}. ${this.t.strip.keys}" aria-describedby="${this.name}-readout"
        @keydown=${this.#key} @pointerover=${this.#over} @pointerleave=${this.#leave}
        @focus=${this.#focused} @blur=${this.#leave} @click=${this.#click}>
        ${rows.map(
          (model, row) => html`<div class="strip-row">
            <span class="name">${nameOf(look.report, model)}</span>
            <div class="cells">
              ${blocks.map((block, column) => this.#cell(block, model, row, column))}
            </div>
          </div>`,
        )}
        <div class="strip-row axis" aria-hidden="true">
          <span></span>
          <div class="cells">${blocks.map(({ name }, i) => tick(name, i, blocks.length))}</div>
        </div>
      </div>
      <p class="readout" id="${this.name}-readout" aria-live="polite">${this.#readout(rows)}</p>
      ${legend(this.t, look.measure)}
      <details>
        <summary>${this.t.result.figuresTable}</summary>
        ${this.#table(rows)}
      </details>
    `;
  }

  /** Says so where not all blocks are drawn. */
  #first(): string {
    const all = scopesBy(this.look.report, "block").length;
    const { length } = this.blocks;
    return all > length
      ? this.t.strip.first(formatCount(this.t, length), formatCount(this.t, all))
      : "";
  }

  #rows(): number[] {
    const { look } = this;
    return nearestFirst(
      pairsOf({ report: look.report, scope: null }),
      look.of,
      "column_cosine",
    ).map((pair) => other(pair, look.of));
  }

  #value(block: Scope, model: number): number | null {
    const pair = pairBetween(block.pairs, this.look.of, model);
    return pair ? figureOf(pair, this.look.measure) : null;
  }

  #interval(block: Scope, model: number): number | undefined {
    return intervalOf(pairBetween(block.pairs, this.look.of, model), this.look.measure);
  }

  #cell(block: Scope, model: number, row: number, column: number): TemplateResult {
    const at = this.cursor?.row === row && this.cursor.column === column;
    const { scope, measure } = this.look;
    const chosen = scope?.by === "block" && scope.name === block.name;
    return html`<span class="cell ${heat(this.#value(block, model), measure)} ${at ? "at" : ""} ${chosen ? "chosen" : ""}"
      data-row=${row} data-column=${column}></span>`;
  }

  #readout(rows: number[]): TemplateResult | string {
    const block = this.blocks[this.cursor?.column ?? -1];
    const model = rows[this.cursor?.row ?? -1];
    if (!block || model === undefined) {
      return "\u00a0";
    }
    const name = nameOf(this.look.report, model);
    const digits = allDigits(this.t, this.#value(block, model), this.#interval(block, model));
    return this.t.strip.readout(block.name, name, digits);
  }

  #table(rows: number[]): TemplateResult {
    const caption = this.t.strip.caption(this.t.measures[this.look.measure]);
    return html`<div class="wide tall" tabindex="0" role="region" aria-label=${caption}>
      <table class="plain">
        <caption class="visually-hidden">${caption}</caption>
        <thead>
          <tr>
            <th scope="col">${this.t.strip.block}</th>
            <th scope="col" class="whole">${this.t.strip.tensors}</th>
            ${rows.map((model) => html`<th scope="col">${nameOf(this.look.report, model)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.blocks.map(
            (block) => html`<tr>
              <th scope="row">${block.name}</th>
              <td class="whole">${formatCount(this.t, block.tensors)}</td>
              ${rows.map((model) => html`<td>${figure(this.t, this.#value(block, model), this.#interval(block, model))}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  readonly #over = (event: Event) => {
    const cell = (event.target as Element).closest<HTMLElement>(".cell");
    if (cell) {
      this.cursor = { row: Number(cell.dataset["row"]), column: Number(cell.dataset["column"]) };
    }
  };

  readonly #leave = () => {
    this.cursor = null;
  };

  readonly #focused = (event: Event) => {
    if ((event.currentTarget as Element).matches(":focus-visible")) {
      this.cursor ??= { row: 0, column: 0 };
    }
  };

  readonly #click = () => this.#choose();

  #choose(): void {
    const block = this.blocks[this.cursor?.column ?? -1];
    if (block) {
      this.select(block);
    }
  }

  readonly #key = (event: KeyboardEvent) => {
    const { row, column } = this.cursor ?? { row: 0, column: 0 };
    const lastRow = this.#rows().length - 1;
    const lastColumn = this.blocks.length - 1;
    const moves: Record<string, [row: number, column: number]> = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [row, 0],
      End: [row, lastColumn],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.cursor = {
        row: Math.min(Math.max(move[0], 0), lastRow),
        column: Math.min(Math.max(move[1], 0), lastColumn),
      };
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose();
    }
  };
}

defineElement("wk-strip", BlockStrip);

/** The strip, or nothing where there is but one block. */
export function blockStrip(
  name: string,
  look: Look,
  blocks: Scope[],
  select: (scope: Scope) => void,
): TemplateResult | typeof nothing {
  return blocks.length < 2
    ? nothing
    : html`<wk-strip .name=${name} .look=${look} .blocks=${blocks} .select=${select}></wk-strip>`;
}
