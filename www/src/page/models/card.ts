/** One model on the list: what its headers say, or why it cannot be read. */

import { html, nothing, type TemplateResult } from "lit";
import type { Failure, FingerprintFacts, ModelFacts, Recognition } from "../../weightkin.js";
import { formatBytes, formatCompact, formatCount } from "../common/format.js";
import { help } from "../common/help.js";
import { iconAncestor, iconRemove, iconSwap } from "../common/icons.js";
import type { Words } from "../language/words/en.js";
import { addressOf } from "./addresses.js";
import { notReadList, variantChoice } from "./not-read.js";
import { notes } from "./notes.js";
import "./save-fingerprint.js";
import { plainWords } from "../language/language.js";
import { entryName, isLora, type ModelEntry } from "./model-list.js";

export interface CardActions {
  remove: (key: number) => void;
  /** Without it, models keep their roles. */
  swap?: (key: number) => void;
  ancestor: (key: number) => void;
  variant: (key: number, variant: string | undefined) => void;
}

export function card(
  t: Words,
  entry: ModelEntry,
  locked: boolean,
  actions: CardActions,
): TemplateResult {
  const { key, role, model, many, ancestor } = entry;
  const name = entryName(t, entry);
  const indexed = model?.ok ? model.facts.index : undefined;
  if (many || indexed) {
    const hint = indexed
      ? t.many.indexed(formatCount(t, indexed.models))
      : t.many.count(formatCount(t, many?.files.length ?? 0));
    return html`<li class="card">
      <div class="card-head">
        <h3 class="name">${name} <span class="chip">${indexed ? t.many.index : t.many.chip}</span></h3>
        <div class="card-actions">${removal(t, key, name, locked, actions)}</div>
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
  const swap = role === "relative" ? t.card.makeCheckpoint : t.card.makeRelative;
  const swapName = role === "relative" ? t.card.makeCheckpointName : t.card.makeRelativeName;
  return html`<li class="card ${usable ? "" : "broken"}">
    <div class="card-head">
      <h3 class="name">${name}${model.ok && model.facts.fingerprint ? html` <span class="chip">${t.fingerprint.name}</span>` : nothing}${ancestor ? html` <span class="chip">${t.card.ancestor}</span>` : nothing}</h3>
      <div class="card-actions">
        ${
          usable && role === "relative"
            ? html`<button class="quiet toggle" type="button" title=${t.card.makeAncestor}
                aria-label=${t.card.makeAncestorName(name)} aria-pressed=${ancestor}
                ?disabled=${locked} @click=${() => actions.ancestor(key)}>${iconAncestor}</button>`
            : nothing
        }
        ${
          usable && change
            ? html`<button class="quiet" type="button" title=${swap} aria-label=${swapName(name)}
                ?disabled=${locked} @click=${() => change(key)}>${iconSwap}</button>`
            : nothing
        }
        ${removal(t, key, name, locked, actions)}
      </div>
    </div>
    ${model.ok ? facts(t, model.facts) : problem(t, model.error)}
    ${variantChoice(t, name, model, locked, (variant) => actions.variant(key, variant))}
    ${model.ok ? notReadList(t, t.notRead.beside, model.facts.not_read) : nothing}
    ${notReadList(t, t.notRead.inNoModel, entry.beside ?? [])}
    ${
      usable && model.ok && !model.facts.fingerprint
        ? html`<wk-save-fingerprint .model=${model} .locked=${locked}></wk-save-fingerprint>`
        : nothing
    }
  </li>`;
}

function removal(
  t: Words,
  key: number,
  name: string,
  locked: boolean,
  { remove }: CardActions,
): TemplateResult {
  return html`<button class="quiet" type="button" title=${t.card.remove(name)}
    aria-label=${t.card.remove(name)} ?disabled=${locked}
    @click=${() => remove(key)}>${iconRemove}</button>`;
}

function facts(t: Words, model: ModelFacts): TemplateResult {
  const { bytes, tensors, parameters, dtypes, files, metadata, recognition } = model;
  return html`
    ${model.fingerprint ? standsFor(t, model.fingerprint) : nothing}
    <ul class="facts">
      <li class="architecture">${t.architectures[recognition.architecture] ?? recognition.title}</li>
      <li>${dtypes.map(({ blocks, dtype }) => blocks ?? dtype).join(" + ")}</li>
      <li>${formatBytes(t, bytes)}</li>
      <li>${t.card.tensors(formatCount(t, tensors))}</li>
      <li>${t.card.parameters(formatCompact(t, parameters))}</li>
      ${files.length > 1 ? html`<li>${t.card.shards(files.length)}</li>` : nothing}
    </ul>
    ${
      recognition.architecture === "lora"
        ? html`<p class="problem">${t.failures.lora}</p>`
        : parts(t, recognition)
    }
    ${notes(t, metadata)}
  `;
}

/** What a fingerprint is, before the facts of the model it stands for. */
function standsFor(t: Words, { bytes, rows, columns, sha256 }: FingerprintFacts): TemplateResult {
  return html`<p class="hint stands-for">
    ${t.fingerprint.standsFor(formatBytes(t, bytes), formatCount(t, rows), formatCount(t, columns))}
    ${help(t, "fingerprint", t.fingerprint.name)}
    ${sha256 ? html`<span class="exact">SHA-256 ${sha256}</span>` : nothing}
  </p>`;
}

/** Which large parts are there, which are missing, and what is in the file but takes no part. */
function parts(t: Words, { components, absent, ...extra }: Recognition): TemplateResult {
  return html`
    ${
      components.length + absent.length > 0
        ? html`<ul class="parts" aria-label=${t.card.parts}>
            ${components.map(({ component }) => html`<li class="chip">${component}</li>`)}
            ${absent.map((part) => html`<li class="chip absent" title=${t.card.absentHint}>${t.card.absent(part)}</li>`)}
          </ul>`
        : nothing
    }
    ${
      extra.ema_tensors > 0
        ? html`<p class="hint">${t.card.ema(formatCount(t, extra.ema_tensors))}</p>`
        : nothing
    }
    ${
      extra.bookkeeping_tensors > 0
        ? html`<p class="hint">${t.card.bookkeeping(formatCount(t, extra.bookkeeping_tensors))}</p>`
        : nothing
    }
  `;
}

/** Plain words first; the exact message, which names tensor and numbers, on request. */
export function problem(t: Words, failure: Failure): TemplateResult {
  return html`<p class="problem">${plainWords(t, failure)}</p>
    <details>
      <summary>${t.card.details}</summary>
      <p class="exact">${failure.message}</p>
    </details>`;
}
