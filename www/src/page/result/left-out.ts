/** The tensors that took no part, by reason. */

import { html, nothing, type TemplateResult } from "lit";
import type { LeftOut } from "../../weightkin.js";
import { formatCount } from "../common/format.js";
import type { Words } from "../language/words/en.js";

/** Names listed per reason; all of them are in the report JSON. */
const NAMES_LISTED = 200;

export function leftOutList(t: Words, left_out: LeftOut[], names: string[]): TemplateResult {
  if (left_out.length === 0) {
    return html`<p class="hint">${t.leftOut.none}</p>`;
  }
  const reasons = Map.groupBy(left_out, ({ reason }) => reason);
  return html`${[...reasons].map(
    ([reason, tensors]) => html`<details>
      <summary>
        ${t.leftOut.reasons[reason] ?? reason} <span class="count">${formatCount(t, tensors.length)}</span>
      </summary>
      <ul class="tensors" tabindex="0">
        ${tensors
          .slice(0, NAMES_LISTED)
          .map((tensor) => html`<li><code>${tensor.name}</code> ${detail(t, tensor, names)}</li>`)}
      </ul>
      ${tensors.length > NAMES_LISTED ? html`<p class="hint">${t.leftOut.more}</p>` : nothing}
    </details>`,
  )}`;
}

function detail(t: Words, tensor: LeftOut, names: string[]): TemplateResult | typeof nothing {
  switch (tensor.reason) {
    case "missing": {
      const without = tensor.missing_in.map((model) => names[model] ?? "").join(", ");
      return html`<span class="hint">${t.leftOut.missing_in(without)}</span>`;
    }
    case "shape": {
      const shapes = tensor.shapes.map((shape) => `[${shape.join(", ")}]`).join(" · ");
      return html`<span class="hint">${shapes}</span>`;
    }
    case "ema":
    case "adapter":
    case "bookkeeping":
    case "quantised": {
      const having = tensor.models.map((model) => names[model] ?? "").join(", ");
      return html`<span class="hint">${t.leftOut.onlyIn(having)}</span>`;
    }
    case "dtype":
      return html`<span class="hint">${tensor.dtypes.join(" · ")}</span>`;
    default:
      return nothing;
  }
}
