/** The panel of what is kept in this browser: models used before, past results, space taken. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatBytes, formatCount } from "../common/format.js";
import { iconRemove } from "../common/icons.js";

import { type PathedFiles, pathed } from "../models/dropped.js";
import { leadingDigits } from "../result/figure.js";
import { Keeper } from "./keeper.js";
import { hasFingerprint, Memory } from "./memory.js";
import { canReopen, open, permitted, type Refusal } from "./reopen.js";
import { askToPersist, type Space, spaceTaken } from "./space.js";
import type { KeptResult, RememberedModel } from "./store.js";

export { Keeper, Memory };

/** What the page does with what is chosen here. */
export interface KeptActions {
  /** Puts models on the page, beside those that are there. */
  add: (found: PathedFiles) => Promise<void>;
  /** Shows a past result. */
  show: (text: string, name: string) => Promise<void>;
}

export class KeptPanel extends PageElement {
  static override properties = {
    memory: { attribute: false },
    actions: { attribute: false },
    changed: { attribute: false },
    locked: { type: Boolean },
    /** The last result was not kept, for want of space. */
    full: { type: Boolean },
    models: { state: true },
    results: { state: true },
    space: { state: true },
    problems: { state: true },
    sure: { state: true },
  };

  declare memory: Memory;
  declare actions: KeptActions;
  /** Told when what is kept has been read anew. */
  declare changed: () => void;
  declare locked: boolean;
  declare full: boolean;
  declare models: RememberedModel[];
  declare results: KeptResult[];
  declare space: Space | null;
  /** Why a model could not be opened, by its id. */
  declare problems: ReadonlyMap<string, string>;
  /** What is about to be deleted, if the user confirms it. */
  declare sure: "models" | "results" | null;

  constructor() {
    super();
    this.models = [];
    this.results = [];
    this.space = null;
    this.problems = new Map();
    this.sure = null;
  }

  protected override firstUpdated(): void {
    void this.refresh();
  }

  /** Reads everything anew. */
  async refresh(): Promise<void> {
    [this.models, this.results, this.space] = await Promise.all([
      this.memory.models(),
      this.memory.results(),
      spaceTaken(),
    ]);
    this.changed();
  }

  override render(): TemplateResult | typeof nothing {
    const { models, results } = this;
    if (models.length + results.length === 0 && !this.full) {
      return nothing;
    }
    return html`<details class="panel kept" id="kept">
      <summary>
        <h2>${this.t.kept.title}</h2>
        <span class="hint">${this.t.kept.count(formatCount(this.t, models.length), formatCount(this.t, results.length))}</span>
      </summary>
      <p class="hint">${this.t.kept.hint}</p>
      ${this.full ? html`<p class="problem" id="kept-full">${this.t.kept.full}</p>` : nothing}
      <div class="kept-lists">
        ${results.length > 0 ? this.#results() : nothing} ${models.length > 0 ? this.#models() : nothing}
      </div>
      ${this.#space()}
    </details>`;
  }

  #results(): TemplateResult {
    return html`<section aria-labelledby="kept-results">
      ${this.#head("results", this.t.kept.results)}
      <ul class="kept-list">
        ${repeat(
          this.results,
          ({ id }) => id,
          (result) => this.#result(result),
        )}
      </ul>
    </section>`;
  }

  #result({ id, names, closest, made_ms, partial }: KeptResult): TemplateResult {
    const [name = ""] = names;
    const date = new Intl.DateTimeFormat(this.t.locale, {
      dateStyle: "medium",
      timeStyle: "short",
    });
    return html`<li class="kept-row">
      <div>
        <p class="name">${name}${partial ? html` <span class="chip">${this.t.result.partial}</span>` : nothing}</p>
        <p class="hint">
          ${closest ? this.t.kept.closest(closest.name, leadingDigits(closest.column_cosine)) : this.t.result.nothing}
        </p>
        <p class="hint">
          <time datetime=${new Date(made_ms).toISOString()}>${date.format(made_ms)}</time> ·
          ${this.t.kept.modelsCompared(names.length)}
        </p>
      </div>
      <button class="slim result-open" type="button" ?disabled=${this.locked}
        aria-label=${this.t.kept.openName(name)} @click=${() => this.#open(id, name)}>${this.t.kept.open}</button>
      ${this.#remove(this.t.kept.delete(name), () => this.memory.delete(id))}
    </li>`;
  }

  #models(): TemplateResult {
    return html`<section aria-labelledby="kept-models">
      ${this.#head("models", this.t.kept.models)}
      <ul class="kept-list">
        ${repeat(
          this.models,
          ({ id }) => id,
          (model) => this.#model(model),
        )}
      </ul>
    </section>`;
  }

  #model(model: RememberedModel): TemplateResult {
    const { id, name, bytes, architecture, title, files } = model;
    const problem = this.problems.get(id);
    return html`<li class="kept-row">
      <div>
        <p class="name">${name}${model.is_fingerprint ? html` <span class="chip">${this.t.fingerprint.name}</span>` : nothing}</p>
        <p class="hint">
          ${this.t.architectures[architecture] ?? title ?? architecture} · ${formatBytes(this.t, bytes)}
          ${files.length > 1 ? html` · ${this.t.card.shards(files.length)}` : nothing}
          ${
            model.fingerprint_bytes === undefined || model.is_fingerprint
              ? nothing
              : html` · ${this.t.kept.hasFingerprint(formatBytes(this.t, model.fingerprint_bytes))}`
          }
        </p>
        ${problem ? html`<p class="problem">${problem}</p>` : nothing}
      </div>
      ${this.#ways(model, problem !== undefined)}
      ${this.#remove(this.t.kept.forget(name), () => this.memory.forget(id))}
    </li>`;
  }

  /** How the model gets back on the page: its files, or its fingerprint in their place. */
  #ways(model: RememberedModel, hasFailed: boolean): TemplateResult {
    if (canReopen(model) && !hasFailed) {
      return this.#addButton(model);
    }
    return html`${hasFingerprint(model) ? this.#addButton(model) : nothing}
      ${model.is_fingerprint && hasFingerprint(model) ? nothing : this.#chooseButton(model)}`;
  }

  #addButton(model: RememberedModel): TemplateResult {
    return html`<button class="slim model-add" type="button" ?disabled=${this.locked}
      title=${canReopen(model) ? nothing : this.t.kept.addFingerprint}
      aria-label=${this.t.kept.addName(model.name)} @click=${() => this.add([model])}>${this.t.kept.add}</button>`;
  }

  /** Without a handle the file has to be chosen again; it is known again by its header. */
  #chooseButton({ name }: RememberedModel): TemplateResult {
    return html`<label class="button slim model-choose" title=${this.t.kept.chooseHint}>
      <input type="file" multiple ?disabled=${this.locked} aria-label=${this.t.kept.chooseName(name)}
        @change=${async (event: Event) => {
          const input = event.currentTarget as HTMLInputElement;
          const found = pathed(input.files ?? []);
          input.value = "";
          await this.actions.add(found);
        }} />
      ${this.t.kept.choose}
    </label>`;
  }

  #remove(label: string, work: () => Promise<void>): TemplateResult {
    const remove = async () => {
      await work();
      await this.refresh();
      this.querySelector<HTMLElement>("summary")?.focus({ preventScroll: true });
    };
    return html`<button class="quiet" type="button" title=${label} aria-label=${label}
      ?disabled=${this.locked} @click=${remove}>${iconRemove}</button>`;
  }

  /** A list's title, and the way to be rid of all of it: in two steps. */
  #head(list: "models" | "results", title: string): TemplateResult {
    const all = list === "models" ? this.t.kept.forgetAll : this.t.kept.deleteAll;
    const deleteAll = async () => {
      this.sure = null;
      await (list === "models" ? this.memory.forgetAll() : this.memory.deleteAll());
      await this.refresh();
    };
    return html`<div class="kept-head">
      <h3 id="kept-${list}">${title}</h3>
      ${
        this.sure === list
          ? html`<span class="kept-sure">
              <button id="kept-${list}-sure" class="slim" type="button" @click=${deleteAll}>${this.t.kept.sure}</button>
              <button class="link" type="button" @click=${() => this.#ask(null)}>${this.t.kept.notSure}</button>
            </span>`
          : html`<button id="kept-${list}-all" class="link" type="button" ?disabled=${this.locked}
              @click=${() => this.#ask(list)}>${all}</button>`
      }
    </div>`;
  }

  #ask(list: "models" | "results" | null): void {
    this.sure = list;
  }

  #space(): TemplateResult | typeof nothing {
    if (!this.space) {
      return nothing;
    }
    const { usedBytes, quotaBytes, persistence } = this.space;
    return html`<p class="hint kept-space" id="kept-space">
      ${this.t.kept.space(formatBytes(this.t, usedBytes), formatBytes(this.t, quotaBytes))}
      ${
        persistence === "persisted"
          ? this.t.kept.persisted
          : persistence === "refused"
            ? this.t.kept.persistRefused
            : html`<button id="kept-persist" class="link" type="button" @click=${this.#persist}>${this.t.kept.persist}</button>`
      }
    </p>`;
  }

  readonly #persist = async () => {
    const persistence = await askToPersist();
    this.space = this.space && { ...this.space, persistence };
  };

  async #open(id: number, name: string): Promise<void> {
    const text = await this.memory.text(id);
    if (text === null) {
      await this.memory.delete(id); // the browser has lost it
      await this.refresh();
    } else {
      await this.actions.show(text, name);
    }
  }

  /** Puts remembered models on the page. Call from a click. */
  async add(models: readonly RememberedModel[]): Promise<void> {
    const isPermitted = await permitted(models);
    const problems = new Map(this.problems);
    for (const model of models) {
      const found = await this.#files(model, isPermitted);
      if (found === "gone" || found === "not_allowed") {
        problems.set(model.id, found === "gone" ? this.t.kept.gone : this.t.kept.not_allowed);
        this.querySelector("details")?.setAttribute("open", "");
      } else {
        problems.delete(model.id);
        await this.actions.add(found);
      }
    }
    this.problems = problems;
  }

  /** A model's files, or its fingerprint where they cannot be opened again. */
  async #files(model: RememberedModel, isPermitted: boolean): Promise<PathedFiles | Refusal> {
    const found: PathedFiles | Refusal = !canReopen(model)
      ? "gone"
      : isPermitted
        ? await open(model)
        : "not_allowed";
    const refused = found === "gone" || found === "not_allowed";
    const kept = refused && hasFingerprint(model) ? await this.memory.fingerprint(model) : null;
    return kept ? pathed([kept]) : found;
  }

  /** The bases of the last comparison, if they can be put back with one click. */
  get lastBases(): RememberedModel[] {
    const used_ms = this.models[0]?.used_ms;
    return this.models.filter(
      (model) =>
        model.role === "relative" &&
        model.used_ms === used_ms &&
        (canReopen(model) || hasFingerprint(model)),
    );
  }
}

defineElement("wk-kept", KeptPanel);
