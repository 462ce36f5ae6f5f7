/** What a file's makers wrote into its header: what is worth reading, and the rest folded away. */

import { html, nothing, type TemplateResult } from "lit";
import { formatCount } from "../common/format.js";
import type { Words } from "../language/words/en.js";

/** Entries that say what a model is or was made from, the most telling first. */
const WORTH_READING: readonly RegExp[] = [
  /^modelspec\.title$/,
  /^sd_merge_recipe$/,
  /^sd_merge_models$/,
  /^modelspec\.merged_from$/,
  /^modelspec\.(architecture|author|date|license|description|usage_hint|trigger_phrase|tags)$/,
  /^modelspec\./,
  /^ss_(sd_model_name|base_model_version|training_comment|output_name)$/,
  /^ss_(num_train_images|num_epochs|epoch|steps|learning_rate|resolution|training_started_at)$/,
];

/** Entries that say nothing to anybody. */
const SILENT = new Set(["format"]);

/** Longest piece of a value shown; training logs run to megabytes. */
const CHARACTERS = 600;

/** Most entries listed in the rest. */
const ENTRIES = 40;

export function notes(t: Words, metadata: Record<string, string>): TemplateResult | typeof nothing {
  const keys = Object.keys(metadata).filter((key) => metadata[key] && !SILENT.has(key));
  const rank = (key: string) => WORTH_READING.findIndex((pattern) => pattern.test(key));
  const worth = keys
    .filter((key) => rank(key) >= 0)
    .sort((x, y) => rank(x) - rank(y) || (x < y ? -1 : 1));
  const rest = keys.filter((key) => rank(key) < 0).sort();
  if (keys.length === 0) {
    return nothing;
  }
  return html`<details>
    <summary>${t.card.notes}</summary>
    ${list(worth, metadata)}
    ${
      rest.length === 0
        ? nothing
        : worth.length === 0
          ? list(rest.slice(0, ENTRIES), metadata)
          : html`<details>
              <summary>${t.card.notesRest(formatCount(t, rest.length))}</summary>
              ${list(rest.slice(0, ENTRIES), metadata)}
            </details>`
    }
  </details>`;
}

function list(keys: string[], metadata: Record<string, string>): TemplateResult | typeof nothing {
  return keys.length === 0
    ? nothing
    : html`<dl class="metadata">
        ${keys.map(
          (key) => html`<dt>${key}</dt>
            <dd>${shorten(readable(metadata[key] ?? ""))}</dd>`,
        )}
      </dl>`;
}

/** Merge tools write their recipes as JSON on one line. */
function readable(text: string): string {
  if (!text.startsWith("{") && !text.startsWith("[")) {
    return text;
  }
  try {
    return JSON.stringify(JSON.parse(text), null, 1)
      .replace(/[{}[\]",]/g, "")
      .trim();
  } catch {
    return text;
  }
}

function shorten(text: string): string {
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text;
}
