/** The nearest relatives among many models, and what to do with them. */
import { html, nothing, type TemplateResult } from "lit";
import type { Identification, ModelInput, Relative } from "../../weightkin.js";
import { problem } from "../card.js";
import { type PathedFiles, pathed } from "../dropped.js";
import { defineElement, PageElement } from "../element.js";
import { formatCount } from "../format.js";
import { icon_download } from "../icons.js";
import { save } from "../save.js";
import type { Found, Sought } from "../session.js";
import { t } from "../strings.js";
import { figure, leadingDigits, spoken } from "./figure.js";
import { type RankingRow, ranking, verdictWords } from "./ranking.js";

/** Rows that are seen at once. */
const FIRST = 8;
/** The narrowest interval that is written down, as on the command line. */
const FINEST = 1e-6;
/** Models of a comparison beside the checkpoint: the nearest say all there is to say. */
const COMPARED = 3;

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
    return panel(this.found, this.locked, this.actions);
  }
}

defineElement("wk-found", FoundPanel);

function panel(found: Found, locked: boolean, actions: FoundActions | null): TemplateResult {
  const { identification } = found;
  const { relatives, apart, missing, failed, model } = identification;
  const rows = relatives.map(row);
  const near = nearest(identification);
  return html`<section class="panel found" aria-labelledby="found">
    <div class="headline">
      <p class="overline">${t.found.of(model.name)}</p>
      <h2 id="found" tabindex="-1">${foundSentence(identification)}</h2>
      ${answer(relatives[0])}
    </div>
    ${relatives.length > 0 ? html`<p class="hint">${t.found.among(formatCount(relatives.length))}</p>` : nothing}
    ${missing.length > 0 ? missed(found, locked, actions) : nothing}
    ${ranking(rows.slice(0, FIRST), "figures")}
    ${
      rows.length > FIRST
        ? html`<details>
            <summary>${t.found.more(formatCount(rows.length - FIRST))}</summary>
            ${ranking(rows.slice(FIRST), "figures")}
          </details>`
        : nothing
    }
    ${relatives.some(({ refined }) => !refined) ? html`<p class="hint">${t.found.sketch_hint}</p>` : nothing}
    ${apart.length > 0 ? html`<p class="hint">${t.found.apart(formatCount(apart.length))}</p>` : nothing}
    ${
      failed.length > 0
        ? html`<details class="found-failed">
            <summary>${t.found.failed(formatCount(failed.length))}</summary>
            <ul>${failed.slice(0, 100).map((failure) => html`<li><p class="name">${failure.file ?? ""}</p>${problem(failure)}</li>`)}</ul>
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
        ${icon_download} ${t.found.save}
      </button>
    </div>
  </section>`;
}

/** The nearest relatives whose fingerprints are there, ready to be compared. */
export function nearest({ relatives, read }: Identification): ModelInput[] {
  return relatives
    .flatMap(({ file }) => read.get(file) ?? [])
    .slice(0, COMPARED)
    .map((file) => ({ files: [file] }));
}

/** The answer as plain text. */
export function foundSentence({ relatives, margin }: Identification): string {
  const [first, second] = relatives;
  if (!first) {
    return t.found.none;
  }
  const { column_cosine, interval, verdict } = row(first);
  const ahead =
    margin && second
      ? t.result.join +
        t.result.ahead(t.result.about(leadingDigits(margin.column_cosine, 4)), second.name)
      : "";
  const words = verdict ? t.verdicts[verdict] : t.found.sketch;
  return (
    t.result.sentence(first.name, spoken(column_cosine, interval), words) + ahead + t.result.stop
  );
}

function answer(first: Relative | undefined): TemplateResult | typeof nothing {
  if (!first) {
    return nothing;
  }
  const { column_cosine, interval, verdict } = row(first);
  return html`<p class="number">${figure(column_cosine, interval)}<span class="unit">${t.result.unit}</span></p>
    ${verdict ? html`<p class="answer">${verdictWords(verdict)}</p>` : nothing}`;
}

/** What is known best of a relative. */
function row({ name, sketch, refined }: Relative): RankingRow & { column_cosine: number } {
  return typeof refined?.column_cosine === "number"
    ? {
        name,
        column_cosine: refined.column_cosine,
        interval: Math.max(refined.intervals.column_cosine ?? 0, FINEST),
        verdict: refined.verdict,
      }
    : {
        name,
        column_cosine: sketch.column_cosine,
        interval: Math.max(sketch.half_width, FINEST),
        verdict: null,
        note: t.found.sketch,
      };
}

/** Asks for the fingerprints that would settle the ranking. */
function missed(
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
