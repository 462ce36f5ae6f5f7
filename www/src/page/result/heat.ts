/** From a figure to one of a few colours, and the legend that explains them. */

import { html, nothing, type TemplateResult } from "lit";
import type { Words } from "../language/words/en.js";

import type { Measure } from "./look.js";

/** Steps of the scale; their colours are in the style sheet, `heat-0` the furthest. */
const STEPS = 13;

/** The scale runs over this many decades below 1. */
const DECADES = 4;

/** The class that colours a figure. Scales for drawing only: the figure itself is not changed. */
export function heat(value: number | null | undefined, measure: Measure): string {
  if (value === null || value === undefined) {
    return "heat-none";
  }
  if (measure === "ancestor_cosine") {
    return step(value);
  }
  const distance = measure === "relative_distance" ? value : 1 - value;
  return distance <= 0 ? "heat-same" : step(-Math.log10(distance) / DECADES);
}

function step(nearness: number): string {
  const index = Math.floor(nearness * STEPS);
  return `heat-${Math.min(Math.max(index, 0), STEPS - 1)}`;
}

/** Height on the same logarithmic scale: 0 at the furthest, 1 at the closest and identical. */
export function nearness(column_cosine: number): number {
  const distance = 1 - column_cosine;
  const share = distance <= 0 ? 1 : -Math.log10(distance) / DECADES;
  return Math.min(Math.max(share, 0), 1);
}

/** Cosines at whole decades, for axes. */
export const DECADE_TICKS = [
  { label: "0", at: 0 },
  { label: "0.9", at: 1 / DECADES },
  { label: "0.99", at: 2 / DECADES },
  { label: "0.999", at: 3 / DECADES },
  { label: "0.9999", at: 1 },
];

const TICKS: Record<Measure, string[]> = {
  column_cosine: ["0", "0.9", "0.99", "0.999", "0.9999"],
  flat_cosine: ["0", "0.9", "0.99", "0.999", "0.9999"],
  relative_distance: ["1", "0.1", "0.01", "0.001", "0.0001"],
  ancestor_cosine: ["0", "0.25", "0.5", "0.75", "1"],
};

/** The legend of the scale. */
export function legend(t: Words, measure: Measure): TemplateResult {
  const steps = Array.from({ length: STEPS }, (_, i) => i);
  const how =
    measure === "ancestor_cosine"
      ? t.scale.linear
      : measure === "relative_distance"
        ? t.scale.distance
        : t.scale.logarithmic;
  return html`<div class="legend">
    <span class="visually-hidden">${t.scale.title}:</span>
    <div class="legend-scale">
      <div class="legend-steps" aria-hidden="true">${steps.map((i) => html`<i class="heat-${i}"></i>`)}</div>
      <div class="legend-ticks">${TICKS[measure].map((tick) => html`<span>${tick}</span>`)}</div>
    </div>
    ${
      measure === "ancestor_cosine"
        ? nothing
        : html`<span class="legend-same"><i class="heat-same" aria-hidden="true"></i>${t.scale.identical}</span>`
    }
    <span class="hint">${how}</span>
  </div>`;
}
