/** The choices that everything below follows: model, part, figure, ancestor. */

import { html, nothing, type TemplateResult } from "lit";
import type { Scope, ScopeBy } from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatCount } from "../common/format.js";
import { help } from "../common/help.js";
import { scopeName } from "../language/language.js";
import type { Words } from "../language/words/en.js";
import { drawnBy, type Look, type Measure } from "./look.js";

const EVERYTHING = "";
const BY_NAME = "filter";
const GROUPS: readonly ScopeBy[] = ["component", "block", "layer", "kind", "part"];

/** What can be chosen, each with its consequence. */
export interface Choices {
  of: (model: number) => void;
  scope: (scope: Scope | null) => void;
  /** Resolves to a complaint where the pattern is not valid. */
  pattern: (pattern: string) => Promise<string | null>;
  measure: (measure: Measure) => void;
  ancestor: (ancestor: number | null) => void;
}

export class Looking extends PageElement {
  static override properties = {
    look: { attribute: false },
    choices: { attribute: false },
    asking: { state: true },
    complaint: { state: true },
  };

  declare look: Look;
  declare choices: Choices;
  /** The field for names is shown. */
  declare asking: boolean;
  declare complaint: string | null;

  constructor() {
    super();
    this.asking = false;
    this.complaint = null;
  }

  override render(): TemplateResult {
    const { look } = this;
    const { report, scope, measure } = look;
    const names = report.models.map(({ name }) => name);
    const chosen = this.asking ? BY_NAME : scope ? keyOf(scope) : EVERYTHING;
    return html`<section class="looking" aria-label=${this.t.looking.title}>
      <div class="fields">
        <label for="look-of">${this.t.looking.of}
          <select id="look-of" @change=${(event: Event) => this.choices.of(Number(chosenIn(event)))}>
            ${names.map((name, model) => html`<option value=${model} .selected=${model === look.of}>${name}</option>`)}
          </select>
        </label>
        <div class="field">
          <span class="field-head"><label for="look-scope">${this.t.looking.scope}</label> ${help(this.t, "scope", this.t.looking.scope)}</span>
          <select id="look-scope" @change=${this.#chooseScope}>
            <option value=${EVERYTHING} .selected=${chosen === EVERYTHING}>${this.t.looking.all}</option>
            ${GROUPS.map((by) => group(this.t, by, drawnBy(report, by), chosen))}
            <option value=${BY_NAME} .selected=${chosen === BY_NAME}>${this.t.looking.patternOption}</option>
          </select>
        </div>
        <div class="field">
          <span class="field-head"><label for="look-measure">${this.t.looking.measure}</label> ${help(this.t, measure, this.t.measures[measure])}</span>
          <select id="look-measure" @change=${(event: Event) => this.choices.measure(chosenIn(event) as Measure)}>
            ${(Object.keys(this.t.measures) as Measure[])
              .filter((key) => key !== "ancestor_cosine" || report.ancestor !== null)
              .map(
                (key) =>
                  html`<option value=${key} .selected=${key === measure}>${this.t.measures[key]}</option>`,
              )}
          </select>
        </div>
        <div class="field">
          <span class="field-head"><label for="look-ancestor">${this.t.looking.ancestor}</label> ${help(this.t, "ancestor_cosine", this.t.measures.ancestor_cosine)}</span>
          <select id="look-ancestor" @change=${this.#chooseAncestor}>
            <option value="" .selected=${report.ancestor === null}>${this.t.looking.noAncestor}</option>
            ${names.map((name, model) => html`<option value=${model} .selected=${model === report.ancestor}>${name}</option>`)}
          </select>
        </div>
      </div>
      ${this.asking ? this.#patternField() : nothing}
      ${
        scope
          ? html`<p class="hint scope-size">
              ${scopeName(this.t, scope.name)}: ${this.t.looking.scopeSize(formatCount(this.t, scope.tensors), formatCount(this.t, scope.columns))}
              <button type="button" class="link" @click=${this.#everything}>${this.t.looking.all}</button>
            </p>`
          : nothing
      }
    </section>`;
  }

  #patternField(): TemplateResult {
    const { scope } = this.look;
    return html`<form class="pattern" @submit=${this.#apply}>
      <label for="look-pattern">${this.t.looking.pattern}</label>
      <input id="look-pattern" type="search" autocomplete="off" spellcheck="false" autocapitalize="off"
        .value=${scope?.by === "filter" ? scope.name : ""} aria-describedby="look-pattern-hint"
        aria-invalid=${this.complaint !== null} />
      <button type="submit" class="slim">${this.t.looking.patternApply}</button>
      <p class=${this.complaint ? "problem" : "hint"} id="look-pattern-hint" role=${this.complaint ? "alert" : nothing}>${this.complaint ?? this.t.looking.patternHint}</p>
    </form>`;
  }

  readonly #chooseScope = async (event: Event) => {
    const key = chosenIn(event);
    this.complaint = null;
    this.asking = key === BY_NAME;
    if (this.asking) {
      await this.updateComplete;
      this.querySelector<HTMLInputElement>("#look-pattern")?.focus();
      return;
    }
    this.choices.scope(this.look.report.scopes.find((scope) => keyOf(scope) === key) ?? null);
  };

  readonly #everything = () => {
    this.asking = false;
    this.choices.scope(null);
    this.querySelector<HTMLSelectElement>("#look-scope")?.focus();
  };

  readonly #chooseAncestor = (event: Event) => {
    const value = chosenIn(event);
    this.choices.ancestor(value === "" ? null : Number(value));
  };

  readonly #apply = async (event: Event) => {
    event.preventDefault();
    const pattern = this.querySelector<HTMLInputElement>("#look-pattern")?.value.trim() ?? "";
    if (pattern !== "") {
      this.complaint = await this.choices.pattern(pattern);
    }
  };
}

defineElement("wk-looking", Looking);

function chosenIn(event: Event): string {
  return (event.currentTarget as HTMLSelectElement).value;
}

function keyOf({ by, name }: Scope): string {
  return `${by} ${name}`;
}

function group(
  t: Words,
  by: ScopeBy,
  scopes: Scope[],
  chosen: string,
): TemplateResult | typeof nothing {
  return scopes.length === 0
    ? nothing
    : html`<optgroup label=${t.scopeGroups[by]}>
        ${scopes.map((scope) => {
          const key = keyOf(scope);
          return html`<option value=${key} .selected=${key === chosen}>${scopeName(t, scope.name)}</option>`;
        })}
      </optgroup>`;
}
