/** The joins of the report as a drawing: the models at the right, the first branching at the left. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Report } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";

import { figure } from "./figure.js";
import { DECADE_TICKS, nearness } from "./heat.js";
import { nameOf } from "./look.js";

/** Height of a model's row; the style sheet gives its name the same. */
const ROW_PX = 36;

interface Node {
  /** Models below, from top to bottom. */
  leaves: number[];
  /** Middle, in rows. */
  row: number;
  /** Share of the width, 0 at the left. */
  x: number;
}

export function tree(t: Words, report: Report): TemplateResult | typeof nothing {
  const { models, tree: joins } = report;
  if (joins.length === 0 || models.length < 3) {
    return nothing;
  }
  const order = leafOrder(report);
  const scale = scaleFrom(Math.min(...joins.map(({ distance }) => nearness(1 - distance))));
  const nodes: Node[] = models.map((_, model) => ({
    leaves: [model],
    row: order.indexOf(model) + 0.5,
    x: 1,
  }));
  const lines: TemplateResult[] = [];
  for (const { left, right, distance } of joins) {
    const [first, second] = [nodes[left], nodes[right]];
    if (!first || !second) {
      return nothing;
    }
    const x = scale(nearness(1 - distance));
    for (const { row, x: end } of [first, second]) {
      lines.push(
        svg`<line x1=${share(x)} x2=${share(end)} y1=${row * ROW_PX} y2=${row * ROW_PX} />`,
      );
    }
    const [top, bottom] = [first.row * ROW_PX, second.row * ROW_PX];
    lines.push(svg`<line x1=${share(x)} x2=${share(x)} y1=${top} y2=${bottom} />`);
    nodes.push({ leaves: [], row: (first.row + second.row) / 2, x });
  }
  const height = order.length * ROW_PX;
  return html`
    <div class="tree">
      <svg height=${height + 28} aria-hidden="true">
        ${DECADE_TICKS.map(
          ({
            at,
            label,
          }) => svg`<line class="grid" x1=${share(at)} x2=${share(at)} y1="0" y2=${height} />
            <text x=${share(at)} y=${height + 18} class=${at === 0 ? "first" : at === 1 ? "last" : ""}>${label}</text>`,
        )}
        ${lines}
      </svg>
      <ol>${order.map((model) => html`<li title=${nameOf(report, model)}>${nameOf(report, model)}</li>`)}</ol>
    </div>
    ${table(t, report)}
  `;
}

/** Stretches the scale from the decade of the furthest join on. */
function scaleFrom(furthest: number): (nearness: number) => number {
  const starts = DECADE_TICKS.map(({ at }) => at).filter((at) => at <= furthest && at < 1);
  const start = Math.max(0, ...starts);
  return (nearness) => (nearness - start) / (1 - start);
}

function share(x: number): string {
  return `${x * 100}%`;
}

/** Models in the order that lets no two branches cross. */
function leafOrder({ models, tree: joins }: Report): number[] {
  const groups: number[][] = models.map((_, model) => [model]);
  for (const { left, right } of joins) {
    groups.push([...(groups[left] ?? []), ...(groups[right] ?? [])]);
  }
  return groups.at(-1) ?? [];
}

function table(t: Words, report: Report): TemplateResult {
  const groups: number[][] = report.models.map((_, model) => [model]);
  const named = (group: number) =>
    (groups[group] ?? []).map((model) => nameOf(report, model)).join(t.tree.and);
  return html`<details>
    <summary>${t.result.figuresTable}</summary>
    <div class="wide" tabindex="0" role="region" aria-label=${t.tree.caption}>
      <table class="plain">
        <caption class="visually-hidden">${t.tree.caption}</caption>
        <thead>
          <tr><th scope="col">${t.tree.join}</th><th scope="col">${t.tree.distance}</th></tr>
        </thead>
        <tbody>
          ${report.tree.map(({ left, right, distance }) => {
            const row = html`<tr>
              <th scope="row">${named(left)} ⇔ ${named(right)}</th>
              <td>${figure(t, distance)}</td>
            </tr>`;
            groups.push([...(groups[left] ?? []), ...(groups[right] ?? [])]);
            return row;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
}
