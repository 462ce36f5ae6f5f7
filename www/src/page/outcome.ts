/** What a session has to show for itself: progress, result or failure. */
import { html, nothing, type TemplateResult } from "lit";
import { problem } from "./card.js";
import "./progress.js";
import "./result/view.js";
import type { Session } from "./session.js";
import { t } from "./strings.js";

export function outcome(
  session: Session,
  announce: (words: string) => void,
  brief = false,
): TemplateResult | typeof nothing {
  const { phase } = session;
  switch (phase.is) {
    case "running":
      return html`<wk-progress .progress=${phase.progress} .names=${phase.names}
        .cancel=${() => session.cancel()}></wk-progress>`;
    case "done":
      return html`<wk-result .book=${phase.book} .reopened=${phase.reopened} .brief=${brief}
        .announce=${announce}></wk-result>`;
    case "cancelled":
      return html`<p class="panel note">${t.outcome.cancelled}</p>`;
    case "failed":
      return html`<section class="panel failed" id="failure">
        <h2>${phase.title}</h2>
        ${phase.failure.file ? html`<p class="name">${phase.failure.file}</p>` : nothing}
        ${problem(phase.failure)}
      </section>`;
    default:
      return nothing;
  }
}
