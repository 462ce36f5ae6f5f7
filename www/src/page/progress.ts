/** A running comparison: how far, how fast, how long, and where the figures seem to go. */
import { html, nothing, type TemplateResult } from "lit";
import type { Progress } from "../weightkin.js";
import { defineElement, PageElement } from "./element.js";
import { formatBytes, formatPercent, formatRate, formatSeconds } from "./format.js";
import { pairBetween } from "./result/look.js";
import { matrix } from "./result/matrix.js";
import { ranking } from "./result/ranking.js";
import { t } from "./strings.js";

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
        <h2 id="running-title">${t.progress.title}</h2>
        <button id="cancel" type="button" class="slim" @click=${this.cancel}>${this.estimated ? t.progress.keep_estimates : t.actions.cancel}</button>
      </header>
      ${this.estimated ? html`<p class="hint">${t.progress.exact_follows}</p>` : nothing}
      <p class="percent">${formatPercent(progress?.fraction ?? 0)}</p>
      <progress max="1" .value=${progress?.fraction ?? 0} aria-label=${t.progress.bar}></progress>
      <ul class="facts">
        ${
          progress
            ? html`<li>${t.progress.of(formatBytes(progress.bytes_done), formatBytes(progress.bytes_total))}</li>
              <li>${formatRate(progress.bytes_per_second)}</li>
              <li>${
                progress.eta_seconds === null
                  ? t.progress.estimating
                  : t.progress.left(formatSeconds(progress.eta_seconds))
              }</li>`
            : html`<li>${t.progress.starting}</li>`
        }
      </ul>
      ${
        this.stalled
          ? html`<p class="stalled">${t.progress.stalled}</p>`
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
      <h3>${t.progress.estimates}</h3>
      <p class="hint">${t.progress.estimates_hint}</p>
      ${ranking(rows, "estimates")}
      ${
        names.length > 2
          ? html`<h3>${t.progress.matrix}</h3>
            ${matrix({
              names,
              measure: "column_cosine",
              caption: t.progress.matrix,
              value: estimate,
              estimated: true,
            })}`
          : nothing
      }
    </div>`;
  }
}

defineElement("wk-progress", ProgressView);
