/** The row below the zones: what is still missing, and the buttons that begin something. */

import { html, type TemplateResult } from "lit";
import type { Session } from "../comparison/session.js";
import type { Words } from "../language/words/en.js";

import type { ModelList } from "../models/model-list.js";

export interface BeginActions {
  samples: () => void;
  compare: () => void;
  /** Looks for the nearest relatives among many. */
  seek: () => void;
  includeVae: (included: boolean) => void;
}

export function beginRow(
  t: Words,
  list: ModelList,
  { busy, phase }: Session,
  includeVae: boolean,
  actions: BeginActions,
): TemplateResult {
  const hint = missing(t, list);
  const able = !busy && hint === null;
  return html`<div class="actions">
    <label class="check">
      <input id="include-vae" type="checkbox" .checked=${includeVae} ?disabled=${busy}
        aria-describedby="include-vae-hint"
        @change=${(event: Event) => {
          actions.includeVae((event.currentTarget as HTMLInputElement).checked);
        }} />
      <span>${t.actions.includeVae}<span class="hint" id="include-vae-hint">${t.actions.includeVaeHint}</span></span>
    </label>
    <div class="go">
      <p class="hint" id="compare-hint">${hint ?? (list.broken ? t.actions.someBroken : "")}</p>
      <button id="samples" type="button" ?disabled=${busy} @click=${actions.samples}>
        ${phase.is === "loading" ? t.actions.samplesLoading : t.actions.samples}
      </button>
      ${
        list.seeks
          ? html`<button id="seek" type="button" class="primary" aria-describedby="compare-hint"
              ?disabled=${!able} @click=${actions.seek}>${t.found.seek}</button>`
          : html`<button id="compare" type="button" class="primary" aria-describedby="compare-hint"
              ?disabled=${!able} @click=${actions.compare}>${t.actions.compare}</button>`
      }
    </div>
  </div>`;
}

/** What is still needed before anything can start. */
export function missing(t: Words, list: ModelList): string | null {
  if (list.reading) {
    return t.actions.stillReading;
  }
  if (list.ready("checkpoint").length === 0) {
    return t.actions.needCheckpoint;
  }
  return list.seeks || list.ready("relative").length > 0 ? null : t.actions.needRelative;
}
