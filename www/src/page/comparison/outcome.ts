/** What a session has to show for itself: progress, result or failure. */

import { html, nothing, type TemplateResult } from "lit";
import type { Words } from "../language/words/en.js";
import { problem } from "../models/card.js";
import { failureTitle } from "./announcements.js";
import "./progress.js";
import type { FoundActions } from "../found/found.js";

import { seeking } from "./seeking.js";
import type { Session } from "./session.js";

export function outcome(
  t: Words,
  session: Session,
  announce: (words: string) => void,
  brief = false,
  actions: FoundActions | null = null,
): TemplateResult {
  const { found, busy } = session;
  return html`${
    found
      ? html`<wk-found .found=${found} .locked=${busy} .actions=${actions}></wk-found>`
      : nothing
  }${now(t, session, announce, brief)}`;
}

function now(
  t: Words,
  session: Session,
  announce: (words: string) => void,
  brief: boolean,
): TemplateResult | typeof nothing {
  const { phase } = session;
  switch (phase.is) {
    case "running":
    case "done": {
      const running = phase.is === "running";
      const book = running ? phase.estimates : phase.book;
      // one place for both, so that a reader of estimates is not disturbed when the figures come
      return html`${
        running
          ? html`<wk-progress .progress=${phase.progress} .names=${phase.names} .stalled=${phase.stalled}
              .estimated=${phase.estimates !== null} .cancel=${() => session.cancel()}></wk-progress>`
          : nothing
      }${
        book
          ? html`<wk-result .book=${book} .reopened=${!running && phase.reopened} .brief=${brief}
              .models=${running || brief ? [] : phase.models} .announce=${announce}></wk-result>`
          : nothing
      }`;
    }
    case "seeking":
      return seeking(t, phase.progress, () => session.cancel());
    case "cancelled":
      return html`<p class="panel note">${t.outcome.cancelled}</p>`;
    case "failed":
      return html`<section class="panel failed" id="failure">
        <h2>${failureTitle(t, phase.of)}</h2>
        ${phase.failure.file ? html`<p class="name">${phase.failure.file}</p>` : nothing}
        ${problem(t, phase.failure)}
      </section>`;
    default:
      return nothing;
  }
}
