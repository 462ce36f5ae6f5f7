/** The row below the zones: what is still missing, and the buttons that begin something. */
import { html, type TemplateResult } from "lit";
import type { Session } from "./session.js";
import type { Shelf } from "./shelf.js";
import { t } from "./strings.js";

export interface BeginActions {
  samples: () => void;
  compare: () => void;
  /** Looks for the nearest relatives among many. */
  seek: () => void;
  includeVae: (included: boolean) => void;
}

export function beginRow(
  shelf: Shelf,
  { busy, phase }: Session,
  include_vae: boolean,
  actions: BeginActions,
): TemplateResult {
  const hint = missing(shelf);
  const able = !busy && hint === null;
  return html`<div class="actions">
    <label class="check">
      <input id="include-vae" type="checkbox" .checked=${include_vae} ?disabled=${busy}
        aria-describedby="include-vae-hint"
        @change=${(event: Event) => {
          actions.includeVae((event.currentTarget as HTMLInputElement).checked);
        }} />
      <span>${t.actions.include_vae}<span class="hint" id="include-vae-hint">${t.actions.include_vae_hint}</span></span>
    </label>
    <div class="go">
      <p class="hint" id="compare-hint">${hint ?? (shelf.broken ? t.actions.some_broken : "")}</p>
      <button id="samples" type="button" ?disabled=${busy} @click=${actions.samples}>
        ${phase.is === "loading" ? t.actions.samples_loading : t.actions.samples}
      </button>
      ${
        shelf.seeks
          ? html`<button id="seek" type="button" class="primary" aria-describedby="compare-hint"
              ?disabled=${!able} @click=${actions.seek}>${t.found.seek}</button>`
          : html`<button id="compare" type="button" class="primary" aria-describedby="compare-hint"
              ?disabled=${!able} @click=${actions.compare}>${t.actions.compare}</button>`
      }
    </div>
  </div>`;
}

/** What is still needed before anything can start. */
export function missing(shelf: Shelf): string | null {
  if (shelf.reading) {
    return t.actions.still_reading;
  }
  if (shelf.ready("checkpoint").length === 0) {
    return t.actions.need_checkpoint;
  }
  return shelf.seeks || shelf.ready("relative").length > 0 ? null : t.actions.need_relative;
}
