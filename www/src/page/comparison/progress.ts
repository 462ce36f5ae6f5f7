/** A running comparison: how far, how fast, how long, and where the figures seem to go. */
import { html, nothing, type TemplateResult } from "lit";
import type { Progress } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatBytes, formatPercent, formatRate, formatSeconds } from "../common/format.js";

import { pairBetween } from "../result/look.js";
import { matrix } from "../result/matrix.js";
import { ranking } from "../result/ranking.js";

export class ProgressView extends PageElement {
  static override properties = {
    progress: { attribute: false },
    names: { attribute: false },
    cancel: { attribute: false },
    stalled: { type: Boolean },
    estimated: { type: Boolean },
  };

  /** `null` until the read is planned. */
  declare progress: Progress | null;
  /** The models in the comparison's order; the checkpoint first. */
  declare names: string[];
  declare cancel: () => void;
  /** Nothing has been read for a while. */
  declare stalled: boolean;
  /** Estimates are shown already; what runs is the exact comparison. */
  declare estimated: boolean;

  override render(): TemplateResult {
    const { progress } = this;
    return html`<section class="panel running" aria-labelledby="running-title">
      <header>
        <h2 id="running-title">${this.t.progress.title}</h2>
        <button id="cancel" type="button" class="slim" @click=${this.cancel}>${this.estimated ? this.t.progress.keepEstimates : this.t.actions.cancel}</button>
      </header>
      ${this.estimated ? html`<p class="hint">${this.t.progress.exactFollows}</p>` : nothing}
      <p class="percent">${formatPercent(this.t, progress?.fraction ?? 0)}</p>
      <progress max="1" .value=${progress?.fraction ?? 0} aria-label=${this.t.progress.bar}></progress>
      <ul class="facts">
        ${
          progress
            ? html`<li>${this.t.progress.of(formatBytes(this.t, progress.bytes_done), formatBytes(this.t, progress.bytes_total))}</li>
              <li>${formatRate(this.t, progress.bytes_per_second)}</li>
              <li>${
                progress.eta_seconds === null
                  ? this.t.progress.estimating
                  : this.t.progress.left(formatSeconds(this.t, progress.eta_seconds))
              }</li>`
            : html`<li>${this.t.progress.starting}</li>`
        }
      </ul>
      ${
        this.stalled
          ? html`<p class="stalled">${this.t.progress.stalled}</p>`
          : html`<p class="tensor" title=${progress?.tensor ?? ""}>${progress?.tensor || "\u00a0"}</p>`
      }
      ${this.estimated ? nothing : this.#estimates()}
    </section>`;
  }

  // Every row is there from the start, so that nothing below moves when the figures come.
  #estimates(): TemplateResult {
    const { names } = this;
    const pairs = this.progress?.pairs ?? [];
    const estimate = (a: number, b: number) => pairBetween(pairs, a, b)?.column_cosine ?? null;
    const rows = names.slice(1).map((name, i) => ({
      name,
      column_cosine: estimate(0, i + 1),
      verdict: null,
    }));
    return html`<div class="estimates">
      <h3>${this.t.progress.estimates}</h3>
      <p class="hint">${this.t.progress.estimatesHint}</p>
      ${ranking(this.t, rows, "estimates")}
      ${
        names.length > 2
          ? html`<h3>${this.t.progress.matrix}</h3>
            ${matrix(this.t, {
              names,
              measure: "column_cosine",
              caption: this.t.progress.matrix,
              value: estimate,
              estimated: true,
            })}`
          : nothing
      }
    </div>`;
  }
}

defineElement("wk-progress", ProgressView);
