/** A search under way: what is being done, and how far that is. */

import { html, type TemplateResult } from "lit";
import type { IdentifyProgress } from "../../weightkin.js";
import { formatCount, formatPercent } from "../common/format.js";
import type { Words } from "../language/words/en.js";

export function seeking(
  t: Words,
  progress: IdentifyProgress | null,
  cancel: () => void,
): TemplateResult {
  const { done, total } = progress ?? { done: 0, total: 0 };
  return html`<section class="panel running" aria-labelledby="running-title">
    <header>
      <h2 id="running-title">${t.found.seeking}</h2>
      <button id="cancel" type="button" class="slim" @click=${cancel}>${t.actions.cancel}</button>
    </header>
    <progress max=${Math.max(total, 1)} .value=${done} aria-label=${t.progress.bar}></progress>
    <p class="hint">${step(t, progress)}</p>
  </section>`;
}

function step(t: Words, progress: IdentifyProgress | null): string {
  if (progress === null) {
    return t.progress.starting;
  }
  const { done, total } = progress;
  switch (progress.step) {
    case "sample":
      return t.fingerprint.making(formatPercent(t, total === 0 ? 1 : done / total));
    case "read":
      return t.found.reading(formatCount(t, done), formatCount(t, total));
    case "refine":
      return t.found.refining(formatCount(t, done), formatCount(t, total));
  }
}
