/** The nearest relatives among many models, and what to do with them. */

import { html, nothing, type TemplateResult } from "lit";
import type { Identification, ModelInput, Relative } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatCount } from "../common/format.js";
import { iconDownload } from "../common/icons.js";
import { save } from "../common/save.js";
import type { Found, Sought } from "../comparison/phase.js";
import type { Words } from "../language/words/en.js";

import { problem } from "../models/card.js";
import { type PathedFiles, pathed } from "../models/dropped.js";
import { figure } from "../result/figure.js";
import { ranking, verdictWords } from "../result/ranking.js";
import { foundSentence, nearest, row } from "./sentence.js";

/** Rows that are seen at once. */
const FIRST = 8;

export interface FoundActions {
  /** Compares the model with some of those found; without it, that is done already. */
  compare?: (models: ModelInput[]) => void;
  /** Searches again, with more at hand. */
  seek: (sought: Sought) => void;
}

/** Loaded after the first look at the page, which needs none of it. */
export class FoundPanel extends PageElement {
  static override properties = {
    found: { attribute: false },
    locked: { type: Boolean },
    actions: { attribute: false },
  };

  declare found: Found;
  declare locked: boolean;
  declare actions: FoundActions | null;

  override render(): TemplateResult {
    return panel(this.t, this.found, this.locked, this.actions);
  }
}

defineElement("wk-found", FoundPanel);

function panel(
  t: Words,
  found: Found,
  locked: boolean,
  actions: FoundActions | null,
): TemplateResult {
  const { identification } = found;
  const { relatives, apart, missing, failed, model } = identification;
  const rows = relatives.map((relative) => row(t, relative));
  const near = nearest(identification);
  return html`<section class="panel found" aria-labelledby="found">
    <div class="headline">
      <p class="overline">${t.found.of(model.name)}</p>
      <h2 id="found" tabindex="-1">${foundSentence(t, identification)}</h2>
      ${answer(t, relatives[0])}
    </div>
    ${relatives.length > 0 ? html`<p class="hint">${t.found.among(formatCount(t, relatives.length))}</p>` : nothing}
    ${missing.length > 0 ? missed(t, found, locked, actions) : nothing}
    ${ranking(t, rows.slice(0, FIRST), "figures")}
    ${
      rows.length > FIRST
        ? html`<details>
            <summary>${t.found.more(formatCount(t, rows.length - FIRST))}</summary>
            ${ranking(t, rows.slice(FIRST), "figures")}
          </details>`
        : nothing
    }
    ${relatives.some(({ refined }) => !refined) ? html`<p class="hint">${t.found.sketchHint}</p>` : nothing}
    ${apart.length > 0 ? html`<p class="hint">${t.found.apart(formatCount(t, apart.length))}</p>` : nothing}
    ${
      failed.length > 0
        ? html`<details class="found-failed">
            <summary>${t.found.failed(formatCount(t, failed.length))}</summary>
            <ul>${failed.slice(0, 100).map((failure) => html`<li><p class="name">${failure.file ?? ""}</p>${problem(t, failure)}</li>`)}</ul>
          </details>`
        : nothing
    }
    <div class="found-actions">
      ${
        actions?.compare && near.length > 0
          ? html`<button id="compare-found" type="button" class="primary" ?disabled=${locked}
              @click=${() => actions.compare?.(near)}>${t.found.compare(near.length)}</button>`
          : nothing
      }
      <button id="download-ranking" type="button" class="slim" @click=${() => saveRanking(identification)}>
        ${iconDownload} ${t.found.save}
      </button>
    </div>
  </section>`;
}

function answer(t: Words, first: Relative | undefined): TemplateResult | typeof nothing {
  if (!first) {
    return nothing;
  }
  const { column_cosine, interval, verdict } = row(t, first);
  return html`<p class="number">${figure(t, column_cosine, interval)}<span class="unit">${t.result.unit}</span></p>
    ${verdict ? html`<p class="answer">${verdictWords(t, verdict)}</p>` : nothing}`;
}

/** Asks for the fingerprints that would settle the ranking. */
function missed(
  t: Words,
  { identification, ...sought }: Found,
  locked: boolean,
  actions: FoundActions | null,
): TemplateResult {
  const { missing } = identification;
  const pick = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const more = pathed(input.files ?? []);
    input.value = "";
    actions?.seek({ ...sought, among: joined(sought.among, more) });
  };
  return html`<div class="found-missing" id="found-missing">
    <p>${t.found.missing(missing.length)}</p>
    <ul>${missing.map((path) => html`<li class="exact">${path}</li>`)}</ul>
    ${
      actions
        ? html`<label class="button slim">
            <input id="pick-missing" type="file" multiple ?disabled=${locked} @change=${pick} />
            ${t.found.choose}
          </label>`
        : nothing
    }
  </div>`;
}

function joined(first: PathedFiles, second: PathedFiles): PathedFiles {
  return {
    files: [...first.files, ...second.files],
    paths: [...first.paths, ...second.paths],
  };
}

/** As the command line writes it. */
function saveRanking({ failed, missing, read, ...ranking }: Identification): void {
  const text = `${JSON.stringify(ranking)}\n`;
  save(new Blob([text], { type: "application/json" }), `${ranking.model.name}.relatives.json`);
}
