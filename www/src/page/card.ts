/** One model on the shelf: what its headers say, or why it cannot be read. */
import { html, nothing, type TemplateResult } from "lit";
import type { Failure, FingerprintFacts, ModelFacts, Recognition } from "../weightkin.js";
import { formatBytes, formatCompact, formatCount } from "./format.js";
import { icon_ancestor, icon_remove, icon_swap } from "./icons.js";
import { notes } from "./notes.js";
import { addressOf } from "./relatives.js";
import { help } from "./result/help.js";
import "./save-fingerprint.js";
import { isLora, type ShelfEntry } from "./shelf.js";
import { plainWords, t } from "./strings.js";

export interface CardActions {
  remove: (key: number) => void;
  /** Without it, models keep their roles. */
  swap?: (key: number) => void;
  ancestor: (key: number) => void;
}

export function card(entry: ShelfEntry, locked: boolean, actions: CardActions): TemplateResult {
  const { key, role, name, model, many, ancestor } = entry;
  const indexed = model?.ok ? model.facts.index : undefined;
  if (many || indexed) {
    const hint = indexed
      ? t.many.indexed(formatCount(indexed.models))
      : t.many.count(formatCount(many?.files.length ?? 0));
    return html`<li class="card">
      <div class="card-head">
        <h3 class="name">${name} <span class="chip">${indexed ? t.many.index : t.many.chip}</span></h3>
        <div class="card-actions">${removal(key, name, locked, actions)}</div>
      </div>
      <p class="hint">
        ${hint} ${t.many.hint} ${model?.ok && model.files.some(addressOf) ? t.many.fetched : ""}
      </p>
    </li>`;
  }
  if (model === null) {
    return html`<li class="card reading"><span class="spinner"></span>${name}…</li>`;
  }
  const { swap: change } = actions;
  const usable = model.ok && !isLora(model);
  const swap = role === "relative" ? t.card.make_checkpoint : t.card.make_relative;
  const swap_name = role === "relative" ? t.card.make_checkpoint_name : t.card.make_relative_name;
  return html`<li class="card ${usable ? "" : "broken"}">
    <div class="card-head">
      <h3 class="name">${name}${model.ok && model.facts.fingerprint ? html` <span class="chip">${t.fingerprint.name}</span>` : nothing}${ancestor ? html` <span class="chip">${t.card.ancestor}</span>` : nothing}</h3>
      <div class="card-actions">
        ${
          usable && role === "relative"
            ? html`<button class="quiet toggle" type="button" title=${t.card.make_ancestor}
                aria-label=${t.card.make_ancestor_name(name)} aria-pressed=${ancestor}
                ?disabled=${locked} @click=${() => actions.ancestor(key)}>${icon_ancestor}</button>`
            : nothing
        }
        ${
          usable && change
            ? html`<button class="quiet" type="button" title=${swap} aria-label=${swap_name(name)}
                ?disabled=${locked} @click=${() => change(key)}>${icon_swap}</button>`
            : nothing
        }
        ${removal(key, name, locked, actions)}
      </div>
    </div>
    ${model.ok ? facts(model.facts) : problem(model.error)}
    ${
      usable && model.ok && !model.facts.fingerprint
        ? html`<wk-save-fingerprint .model=${model} .locked=${locked}></wk-save-fingerprint>`
        : nothing
    }
  </li>`;
}

function removal(
  key: number,
  name: string,
  locked: boolean,
  { remove }: CardActions,
): TemplateResult {
  return html`<button class="quiet" type="button" title=${t.card.remove(name)}
    aria-label=${t.card.remove(name)} ?disabled=${locked}
    @click=${() => remove(key)}>${icon_remove}</button>`;
}

function facts(model: ModelFacts): TemplateResult {
  const { bytes, tensors, parameters, dtypes, files, metadata, recognition } = model;
  return html`
    ${model.fingerprint ? standsFor(model.fingerprint) : nothing}
    <ul class="facts">
      <li class="architecture">${t.architectures[recognition.architecture]}</li>
      <li>${dtypes.map(({ dtype }) => dtype).join(" + ")}</li>
      <li>${formatBytes(bytes)}</li>
      <li>${t.card.tensors(formatCount(tensors))}</li>
      <li>${t.card.parameters(formatCompact(parameters))}</li>
      ${files.length > 1 ? html`<li>${t.card.shards(files.length)}</li>` : nothing}
    </ul>
    ${
      recognition.architecture === "lora"
        ? html`<p class="problem">${t.failures.lora}</p>`
        : parts(recognition)
    }
    ${notes(metadata)}
  `;
}

/** What a fingerprint is, before the facts of the model it stands for. */
function standsFor({ bytes, rows, columns, sha256 }: FingerprintFacts): TemplateResult {
  return html`<p class="hint stands-for">
    ${t.fingerprint.stands_for(formatBytes(bytes), formatCount(rows), formatCount(columns))}
    ${help("fingerprint", t.fingerprint.name)}
    ${sha256 ? html`<span class="exact">SHA-256 ${sha256}</span>` : nothing}
  </p>`;
}

/** Which large parts are there, which are missing, and what is in the file but takes no part. */
function parts({ components, absent, ...extra }: Recognition): TemplateResult {
  return html`
    ${
      components.length + absent.length > 0
        ? html`<ul class="parts" aria-label=${t.card.parts}>
            ${components.map(({ component }) => html`<li class="chip">${component}</li>`)}
            ${absent.map((part) => html`<li class="chip absent" title=${t.card.absent_hint}>${t.card.absent(part)}</li>`)}
          </ul>`
        : nothing
    }
    ${
      extra.ema_tensors > 0
        ? html`<p class="hint">${t.card.ema(formatCount(extra.ema_tensors))}</p>`
        : nothing
    }
    ${
      extra.bookkeeping_tensors > 0
        ? html`<p class="hint">${t.card.bookkeeping(formatCount(extra.bookkeeping_tensors))}</p>`
        : nothing
    }
  `;
}

/** Plain words first; the exact message, which names tensor and numbers, on request. */
export function problem(failure: Failure): TemplateResult {
  return html`<p class="problem">${plainWords(failure)}</p>
    <details>
      <summary>${t.card.details}</summary>
      <p class="exact">${failure.message}</p>
    </details>`;
}
