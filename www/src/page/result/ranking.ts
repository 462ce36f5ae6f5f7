/** A model's relatives on one scale: a dot each, with its figure and verdict. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Verdict } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";

import { estimate, figure } from "./figure.js";

export interface RankingRow {
  name: string;
  column_cosine: number | null;
  verdict: Verdict | null;
  /** Half-width of the interval of an estimate. */
  interval?: number | undefined;
  /** Said in place of a verdict. */
  note?: string;
}

type MarkerKind = "figure" | "estimate";

/** The drawn part of the scale. */
const SCALE_START = 0.88;

/** Where the verdict words change. */
const SCALE_TICKS = [
  { at: 0.9, label: "0.90" },
  { at: 0.95, label: "0.95" },
  { at: 0.98, label: "0.98" },
  { at: 1, label: "1" },
];

/** Rows in the given order; estimates have no verdict yet. */
export function ranking(
  t: Words,
  rows: RankingRow[],
  are: "figures" | "estimates",
): TemplateResult {
  return html`<div class="ranking ${are === "figures" ? "judged" : ""}">
    <div class="scale" aria-hidden="true">
      <svg class="track">
        ${SCALE_TICKS.map(({ at, label }) => svg`<text x=${place(at)} y="12">${label}</text>`)}
      </svg>
    </div>
    <ol>
      ${repeat(
        rows,
        ({ name }, i) => `${i} ${name}`,
        ({ name, column_cosine, verdict, interval, note }) => html`<li>
          <span class="name">${name}</span>
          ${track(column_cosine, are === "figures" ? "figure" : "estimate", interval)}
          <span class="value">${are === "figures" ? figure(t, column_cosine, interval) : estimate(column_cosine)}</span>
          ${verdict || note ? html`<span class="words">${verdict ? verdictWords(t, verdict) : note}</span>` : nothing}
        </li>`,
      )}
    </ol>
  </div>`;
}

/** The verdict as a mark and words; the words alone carry the meaning. */
export function verdictWords(t: Words, verdict: Verdict): TemplateResult {
  return html`<span class="verdict ${verdict}">${t.verdicts[verdict]}</span>`;
}

function track(
  column_cosine: number | null,
  kind: MarkerKind,
  interval: number | undefined,
): TemplateResult {
  return html`<svg class="track" aria-hidden="true">
    <line class="axis" x1="0" x2="100%" y1="50%" y2="50%" />
    ${SCALE_TICKS.map(({ at }) => svg`<line x1=${place(at)} x2=${place(at)} y1="25%" y2="75%" />`)}
    ${column_cosine === null ? nothing : marker(column_cosine, kind)}
    ${column_cosine === null || interval === undefined ? nothing : whiskers(column_cosine, interval)}
  </svg>`;
}

/** A dot in its place, or an arrow at the left end for what lies below the scale. */
function marker(column_cosine: number, kind: MarkerKind): TemplateResult {
  return column_cosine < SCALE_START
    ? svg`<path class=${kind} d="M8 5 0 10l8 5z" />`
    : svg`<circle class=${kind} cx=${place(column_cosine)} cy="50%" r="5" />`;
}

/** The interval of an estimate, as far as it is on the scale. */
function whiskers(column_cosine: number, interval: number): TemplateResult | typeof nothing {
  const start = Math.max(column_cosine - interval, SCALE_START);
  const end = Math.min(column_cosine + interval, 1);
  return start < end
    ? svg`<line class="interval" x1=${place(start)} x2=${place(end)} y1="50%" y2="50%" />`
    : nothing;
}

function place(column_cosine: number): string {
  const share = (column_cosine - SCALE_START) / (1 - SCALE_START);
  return `${share * 100}%`;
}
