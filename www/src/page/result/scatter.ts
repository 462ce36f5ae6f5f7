/** One dot per tensor over the depth of the model, on the scale of 1 − cosine. */
import { html, nothing, svg, type TemplateResult } from "lit";
import type { ReportTensor } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";

import { allDigits } from "./figure.js";
import { DECADE_TICKS, nearness } from "./heat.js";

export interface Dot {
  tensor: ReportTensor;
  /** `null` where the tensor has no figure. */
  column_cosine: number | null;
  /** Half-width of the interval of an estimate. */
  interval?: number | undefined;
}

/** Room above and below the dots, as a share of the height. */
const MARGIN = 0.04;

/** A dot this near to the pointer is meant. */
const REACH_PX = 24;

export class Scatter extends PageElement {
  static override properties = {
    dots: { attribute: false },
    label: { type: String },
    pick: { attribute: false },
    at: { state: true },
  };

  /** In order of depth. */
  declare dots: Dot[];
  declare label: string;
  declare pick: (tensor: ReportTensor) => void;
  /** The dot pointed at. */
  declare at: number | null;

  constructor() {
    super();
    this.at = null;
  }

  override render(): TemplateResult {
    const { dots } = this;
    const pointed = dots[this.at ?? -1];
    const oneDimensional = (dot: Dot) => dot.tensor.shape.length < 2;
    return html`
      <div class="scatter">
        <div class="scatter-ticks" aria-hidden="true">
          ${[...DECADE_TICKS].reverse().map(({ label }) => html`<span>${label}</span>`)}
        </div>
        <svg role="img" aria-label=${this.label} viewBox="0 0 1000 1000" preserveAspectRatio="none"
          @pointermove=${this.#point} @pointerleave=${this.#leave} @click=${this.#click}>
          ${DECADE_TICKS.map(({ at }) => svg`<line class="grid" x1="0" x2="1000" y1=${y(at)} y2=${y(at)} />`)}
          ${boundaries(dots).map(
            ({ at }) => svg`<line class="grid" x1=${at} x2=${at} y1="0" y2="1000" />`,
          )}
          <path class="dots one-dimensional" d=${this.#path(oneDimensional)} />
          <path class="dots" d=${this.#path((dot) => !oneDimensional(dot))} />
          ${
            pointed && pointed.column_cosine !== null
              ? svg`<path class="dots pointed" d="M${this.#x(this.at ?? 0)} ${y(nearness(pointed.column_cosine))}h0" />`
              : nothing
          }
        </svg>
        <div class="scatter-parts" aria-hidden="true">
          <svg height="20">
            ${boundaries(dots).map(({ at, name }) => svg`<text x="${at / 10}%" y="15">${name}</text>`)}
          </svg>
        </div>
      </div>
      <p class="readout">
        ${
          pointed
            ? html`<code>${pointed.tensor.name}</code> ${allDigits(this.t, pointed.column_cosine, pointed.interval)}`
            : html`<span class="key"><i class="dot"></i>${this.t.tensors.matrices}</span>
              <span class="key"><i class="dot one-dimensional"></i>${this.t.tensors.oneDimensional}</span>`
        }
      </p>
    `;
  }

  #x(index: number): number {
    return round(((index + 0.5) / this.dots.length) * 1000);
  }

  #path(wanted: (dot: Dot) => boolean): string {
    return this.dots
      .map((dot, i) =>
        dot.column_cosine !== null && wanted(dot)
          ? `M${this.#x(i)} ${y(nearness(dot.column_cosine))}h0`
          : "",
      )
      .join("");
  }

  #nearest(event: PointerEvent | MouseEvent): number | null {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const [xPx, yPx] = [event.clientX - box.left, event.clientY - box.top];
    let best: number | null = null;
    let bestPx = REACH_PX;
    this.dots.forEach(({ column_cosine }, i) => {
      if (column_cosine !== null) {
        const dx = (this.#x(i) / 1000) * box.width - xPx;
        const dy = (y(nearness(column_cosine)) / 1000) * box.height - yPx;
        const distancePx = Math.hypot(dx, dy);
        if (distancePx < bestPx) {
          [best, bestPx] = [i, distancePx];
        }
      }
    });
    return best;
  }

  readonly #point = (event: PointerEvent) => {
    this.at = this.#nearest(event);
  };

  readonly #leave = () => {
    this.at = null;
  };

  readonly #click = (event: MouseEvent) => {
    const dot = this.dots[this.#nearest(event) ?? -1];
    if (dot) {
      this.pick(dot.tensor);
    }
  };
}

defineElement("wk-scatter", Scatter);

function y(share: number): number {
  return round((1 - MARGIN - share * (1 - 2 * MARGIN)) * 1000);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Where each component begins, in thousandths of the width. */
function boundaries(dots: Dot[]): { at: number; name: string }[] {
  return dots.flatMap(({ tensor }, i) =>
    tensor.component === dots[i - 1]?.tensor.component
      ? []
      : [{ at: round((i / dots.length) * 1000), name: tensor.component }],
  );
}
