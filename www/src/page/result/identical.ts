/** Parts that are the same bit for bit: frozen in training, or copied over. */

import { html, nothing, type TemplateResult } from "lit";
import { formatCount } from "../common/format.js";
import type { Words } from "../language/words/en.js";

import { drawnBy, type Look, nameOf, nearestFirst, other, pairBetween } from "./look.js";

export function identical(t: Words, look: Look): TemplateResult {
  const { report, of } = look;
  const pairs = nearestFirst(report.pairs, of, "column_cosine");
  if (pairs.every(({ identical_tensors }) => identical_tensors === 0)) {
    return html`<p class="hint">${t.identical.none}</p>`;
  }
  const components = drawnBy(report, "component");
  return html`${report.estimate ? html`<p class="hint">${t.identical.sampled}</p>` : nothing}<div class="wide" tabindex="0" role="region" aria-label=${t.identical.caption}>
    <table class="plain">
      <caption class="visually-hidden">${t.identical.caption}</caption>
      <thead>
        <tr>
          <th scope="col">${t.identical.with}</th>
          ${components.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${pairs.map((pair) => {
          const model = other(pair, of);
          const blocks = drawnBy(report, "block")
            .filter(
              ({ pairs, tensors }) => pairBetween(pairs, of, model)?.identical_tensors === tensors,
            )
            .map(({ name }) => name);
          return html`<tr>
            <th scope="row">
              ${nameOf(report, model)}
              ${
                blocks.length > 0
                  ? html`<span class="hint">${t.identical.frozenBlocks(blocks.join(", "))}</span>`
                  : nothing
              }
            </th>
            ${components.map(({ pairs, tensors }) => {
              const same = pairBetween(pairs, of, model)?.identical_tensors ?? 0;
              return html`<td class=${same === tensors ? "all" : ""}>${
                same === tensors
                  ? t.identical.all
                  : t.identical.of(formatCount(t, same), formatCount(t, tensors))
              }</td>`;
            })}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
