/** One model on the shelf: what its headers say, or why it cannot be read. */
import { html, nothing, type TemplateResult } from "lit";
import type { Failure, ModelFacts } from "../weightkin.js";
import { formatBytes, formatCompact, formatCount } from "./format.js";
import { icon_remove, icon_swap } from "./icons.js";
import type { ShelfEntry } from "./shelf.js";
import { plainWords, t } from "./strings.js";

export interface CardActions {
  remove: (key: number) => void;
  swap: (key: number) => void;
}

/** Metadata that says what a model is or was made from; shown before everything else. */
const WORTH_READING = [
  "modelspec.title",
  "modelspec.architecture",
  "modelspec.author",
  "modelspec.date",
  "modelspec.merged_from",
  "modelspec.license",
  "sd_merge_recipe",
  "sd_merge_models",
  "ss_sd_model_name",
  "ss_base_model_version",
];

/** Longest piece of a metadata value shown; training logs run to megabytes. */
const METADATA_CHARACTERS = 300;

/** Most metadata entries listed. */
const METADATA_ENTRIES = 24;

export function card(entry: ShelfEntry, locked: boolean, actions: CardActions): TemplateResult {
  const { key, role, name, model } = entry;
  if (model === null) {
    return html`<li class="card reading"><span class="spinner"></span>${name}…</li>`;
  }
  const swap = role === "relative" ? t.card.make_checkpoint : t.card.make_relative;
  const swap_name = role === "relative" ? t.card.make_checkpoint_name : t.card.make_relative_name;
  return html`<li class="card ${model.ok ? "" : "broken"}">
    <div class="card-head">
      <h3 class="name">${name}</h3>
      <div class="card-actions">
        ${
          model.ok
            ? html`<button class="quiet" type="button" title=${swap} aria-label=${swap_name(name)}
                ?disabled=${locked} @click=${() => actions.swap(key)}>${icon_swap}</button>`
            : nothing
        }
        <button class="quiet" type="button" title=${t.card.remove(name)}
          aria-label=${t.card.remove(name)} ?disabled=${locked}
          @click=${() => actions.remove(key)}>${icon_remove}</button>
      </div>
    </div>
    ${model.ok ? facts(model.facts) : problem(model.error)}
  </li>`;
}

function facts({
  bytes,
  tensors,
  parameters,
  dtypes,
  files,
  metadata,
}: ModelFacts): TemplateResult {
  return html`
    <ul class="facts">
      <li>${formatBytes(bytes)}</li>
      <li>${dtypes.map(({ dtype }) => dtype).join(" + ")}</li>
      <li>${formatCount(tensors)} ${t.card.tensors}</li>
      <li>${formatCompact(parameters)} ${t.card.parameters}</li>
      ${files.length > 1 ? html`<li>${t.card.shards(files.length)}</li>` : nothing}
    </ul>
    ${metadataList(metadata)}
  `;
}

function metadataList(metadata: Record<string, string>): TemplateResult | typeof nothing {
  const keys = Object.keys(metadata).filter((key) => metadata[key] && key !== "format");
  if (keys.length === 0) {
    return nothing;
  }
  const rank = (key: string) => {
    const at = WORTH_READING.indexOf(key);
    return at < 0 ? WORTH_READING.length : at;
  };
  keys.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return html`<details>
    <summary>${t.card.metadata}</summary>
    <dl class="metadata">
      ${keys.slice(0, METADATA_ENTRIES).map(
        (key) => html`<dt>${key}</dt>
          <dd>${shorten(metadata[key] ?? "")}</dd>`,
      )}
    </dl>
  </details>`;
}

function shorten(text: string): string {
  return text.length > METADATA_CHARACTERS ? `${text.slice(0, METADATA_CHARACTERS)}…` : text;
}

/** Plain words first; the exact message, which names tensor and numbers, on request. */
export function problem(failure: Failure): TemplateResult {
  return html`<p class="problem">${plainWords(failure)}</p>
    <details>
      <summary>${t.card.details}</summary>
      <p class="exact">${failure.message}</p>
    </details>`;
}
