/** A finished comparison: the answer first, then everything it rests on. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import {
  type ModelInput,
  type Report,
  type ReportBook,
  type Scope,
  WeightkinError,
} from "../../weightkin.js";
import { defineElement, PageElement } from "../common/element.js";
import { formatCount, formatShare } from "../common/format.js";
import { help } from "../common/help.js";
import { plainWords, scopeName } from "../language/language.js";
import type { Words } from "../language/words/en.js";
import { headline } from "./headline.js";
import { legend } from "./heat.js";
import { identical } from "./identical.js";
import { leftOutList } from "./left-out.js";
import {
  drawnBy,
  figureOf,
  intervalOf,
  type Look,
  type Measure,
  nameOf,
  nearestFirst,
  other,
  pairBetween,
  pairsOf,
} from "./look.js";
import type { Choices } from "./looking.js";
import "./looking.js";
import { matrix } from "./matrix.js";
import { pairsTable } from "./pairs.js";
import { ranking } from "./ranking.js";
import { recipeSection } from "./recipe.js";
import "./share.js";
import { blockStrip } from "./strip.js";
import "./tensors.js";
import { tree } from "./tree.js";

export class ResultView extends PageElement {
  static override properties = {
    book: { attribute: false },
    reopened: { type: Boolean },
    brief: { type: Boolean },
    announce: { attribute: false },
    models: { attribute: false },
    unfolded: { state: true },
    of: { state: true },
    scope: { state: true },
    measure: { state: true },
    seen: { state: true },
  };

  declare book: ReportBook;
  /** The report came from a file. */
  declare reopened: boolean;
  /** The answer stands alone; what it rests on is folded away. */
  declare brief: boolean;
  declare announce: (words: string) => void;
  /** Compared models that are there. */
  declare models: readonly ModelInput[];
  /** What is folded away has been asked for. */
  declare unfolded: boolean;
  declare of: number;
  declare scope: Scope | null;
  declare measure: Measure;
  /** The report as seen from another ancestor than the one it came with. */
  declare seen: ReportBook | null;

  constructor() {
    super();
    this.reopened = false;
    this.brief = false;
    this.models = [];
    this.unfolded = false;
    this.of = 0;
    this.scope = null;
    this.measure = "column_cosine";
    this.seen = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.seen?.close();
    this.seen = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("book");
    if (before && isSameComparison(before.report, this.book.report)) {
      this.#lookOn();
    } else if (changed.has("book")) {
      this.seen?.close();
      this.unfolded = false;
      this.of = 0;
      this.scope = null;
      this.seen = null;
      this.measure = "column_cosine";
    }
  }

  /** Exact figures have come in place of the estimates: what was being looked at stays. */
  #lookOn(): void {
    const { scope, seen } = this;
    this.scope = scope && sameScope(this.book.report, scope);
    this.seen = null;
    seen?.close();
    if (seen) {
      void this.#seeFrom(seen.report.ancestor);
    } else if (scope?.by === "filter") {
      void this.#choices.pattern(scope.name);
    }
  }

  override render(): TemplateResult {
    const book = this.seen ?? this.book;
    const { report } = book;
    const look: Look = { report, of: this.of, scope: this.scope, measure: this.measure };
    const blocks = drawnBy(report, "block");
    const share = html`<wk-share .book=${book} .look=${look} .announce=${this.announce}
      .models=${this.models}></wk-share>`;
    const looking = html`<wk-looking .look=${look} .choices=${this.#choices}></wk-looking>`;
    const answer = html`${this.#origin()} ${headline(this.t, report, this.of)}`;
    return this.brief
      ? html`<article id="result" class="result">
          ${answer} ${this.#ranking(look)} ${this.#recipe(look, blocks)} ${share}
          <details class="rest" @toggle=${this.#unfold}>
            <summary>${this.t.result.everything}</summary>
            ${
              this.unfolded
                ? html`<div class="result">
                    ${looking} ${this.#parts(look, blocks)} ${this.#details(look)}
                  </div>`
                : nothing
            }
          </details>
        </article>`
      : html`<article id="result" class="result">
          ${answer} ${share} ${looking} ${this.#ranking(look)} ${this.#parts(look, blocks)}
          ${this.#recipe(look, blocks)} ${this.#details(look)}
        </article>`;
  }

  /** The figures of all pairs, and of every block. */
  #parts(look: Look, blocks: Scope[]): TemplateResult {
    const { report } = look;
    const pairs = pairsOf(look);
    return html`${section(
      this.t,
      "matrix",
      "matrix",
      this.t.matrix.title,
      html`${matrix(this.t, {
        names: report.models.map(({ name }) => name),
        measure: look.measure,
        caption: this.t.matrix.caption(this.t.measures[look.measure]),
        models: report.models
          .map((_, model) => model)
          .filter((model) => look.measure !== "ancestor_cosine" || model !== report.ancestor),
        value: (row, column) => {
          const pair = pairBetween(pairs, row, column);
          return pair && figureOf(pair, look.measure);
        },
        interval: (row, column) => intervalOf(pairBetween(pairs, row, column), look.measure),
      })}
      ${legend(this.t, look.measure)}
      `,
      this.#scopeMark(),
    )}
    ${
      blocks.length > 1
        ? section(
            this.t,
            "strip",
            "strip",
            this.t.strip.title,
            blockStrip("strip", look, blocks, this.#chooseBlock),
          )
        : nothing
    }`;
  }

  #recipe(look: Look, blocks: Scope[]): TemplateResult {
    return section(
      this.t,
      "recipe",
      "recipe",
      this.t.recipe.title,
      recipeSection(this.t, look, blocks),
      this.#scopeMark(),
    );
  }

  #details(look: Look): TemplateResult {
    const { report } = look;
    return html`${this.#ancestor(look)}
      ${report.tree.length > 1 ? section(this.t, "tree", "tree", this.t.tree.title, html`<p class="hint">${this.t.tree.hint}</p>${tree(this.t, report)}`) : nothing}
      ${section(this.t, "identical", "identical", this.t.identical.title, identical(this.t, look))}
      ${section(this.t, "tensors", null, this.t.tensors.title, html`<wk-tensors .look=${look}></wk-tensors>`)}
      ${section(this.t, "pairs", null, this.t.pairs.title, pairsTable(this.t, report, pairsOf(look)), this.#scopeMark())}
      ${this.#leftOut()}`;
  }

  // What is inside takes its time to draw, so it is drawn once somebody wants to see it.
  readonly #unfold = (event: Event) => {
    this.unfolded ||= (event.currentTarget as HTMLDetailsElement).open;
  };

  /** Says so where the report is not the plain outcome of a comparison. */
  #origin(): TemplateResult {
    const { compared } = this.book.report;
    const { unfinished = 0 } = compared;
    const partial =
      unfinished > 0
        ? html`<p class="panel note partial">
            <strong>${this.t.result.partial}.</strong>
            ${this.t.result.partialDetail(formatCount(this.t, compared.tensors), formatCount(this.t, compared.tensors + unfinished))}
          </p>`
        : nothing;
    const reopened = this.reopened
      ? html`<p class="panel note reopened"><strong>${this.t.result.reopened}.</strong> ${this.t.result.reopenedDetail}</p>`
      : nothing;
    const sampled = this.book.report.estimate
      ? html`<p class="panel note sampled">
          <strong>${this.t.result.estimated}.</strong> ${this.t.result.estimatedDetail}
          ${help(this.t, "interval", this.t.help.intervalName)}
        </p>`
      : nothing;
    return html`${partial}${reopened}${sampled}`;
  }

  #ranking(look: Look): TemplateResult {
    const rows = nearestFirst(pairsOf(look), look.of, "column_cosine").map((pair) => ({
      ...pair,
      // the words are about whole models of one architecture
      verdict: look.scope ? null : pair.verdict,
      interval: intervalOf(pair, "column_cosine"),
      name: nameOf(look.report, other(pair, look.of)),
    }));
    const title = this.t.result.rankingOf(nameOf(look.report, look.of));
    return html`<section aria-labelledby="ranking-title">
      <h2 id="ranking-title">${title} ${this.#scopeMark()} ${help(this.t, "column_cosine", this.t.pairs.columns.column_cosine)}</h2>
      ${ranking(this.t, rows, "figures")}
    </section>`;
  }

  #scopeMark(): TemplateResult | typeof nothing {
    return this.scope
      ? html`<span class="chip">${scopeName(this.t, this.scope.name)}</span>`
      : nothing;
  }

  #ancestor(look: Look): TemplateResult {
    const { report } = look;
    const { ancestor } = report;
    const pairs = pairsOf(look);
    const models = report.models.map((_, model) => model).filter((model) => model !== ancestor);
    return html`<section aria-labelledby="ancestor-title" id="ancestor">
      <h2 id="ancestor-title">${this.t.ancestor.title} ${help(this.t, "ancestor_cosine", this.t.ancestor.title)}</h2>
      <p class="hint">${this.t.ancestor.hint}</p>
      ${
        ancestor === null
          ? html`<p>${this.t.ancestor.none}
              <button type="button" class="link" @click=${this.#toAncestor}>${this.t.ancestor.choose}</button></p>`
          : html`${matrix(this.t, {
              names: report.models.map(({ name }) => name),
              measure: "ancestor_cosine",
              caption: this.t.ancestor.caption(nameOf(report, ancestor)),
              models,
              value: (row, column) => pairBetween(pairs, row, column)?.ancestor_cosine,
              interval: (row, column) =>
                pairBetween(pairs, row, column)?.intervals?.ancestor_cosine,
            })}
            ${
              look.measure === "ancestor_cosine"
                ? legend(this.t, "ancestor_cosine")
                : blockStrip(
                    "ancestor-strip",
                    { ...look, measure: "ancestor_cosine" },
                    drawnBy(report, "block"),
                    this.#chooseBlock,
                  )
            }
            <p class="hint">${this.t.ancestor.undefinedNote}</p>`
      }
    </section>`;
  }

  #leftOut(): TemplateResult {
    const { compared, models } = this.book.report;
    return html`<section aria-labelledby="left-out-title">
      <h2 id="left-out-title">${this.t.leftOut.title}</h2>
      <p class="hint">
        ${this.t.result.compared(formatCount(this.t, compared.tensors), formatCount(this.t, compared.columns))}
      </p>
      ${
        models.some(({ share }) => share !== undefined)
          ? html`<p class="hint">${this.t.leftOut.shares}</p>
              <ul class="shares">${models.map(
                ({ name, share }) =>
                  html`<li>${name} <span class="count">${share === undefined ? this.t.result.undefined : formatShare(this.t, share)}</span></li>`,
              )}</ul>`
          : nothing
      }
      ${leftOutList(
        this.t,
        compared.left_out,
        models.map(({ name }) => name),
      )}
    </section>`;
  }

  readonly #choices: Choices = {
    of: (model) => {
      this.of = model;
    },
    scope: (scope) => this.#show(scope),
    pattern: async (pattern) => {
      try {
        this.#show(await (this.seen ?? this.book).scope(pattern));
        return null;
      } catch (thrown) {
        return thrown instanceof WeightkinError ? plainWords(this.t, thrown) : String(thrown);
      }
    },
    measure: (measure) => {
      this.measure = measure;
    },
    ancestor: (ancestor) => this.#seeFrom(ancestor),
  };

  readonly #chooseBlock = (block: Scope) => this.#show(block);

  readonly #toAncestor = () => {
    const field = this.querySelector<HTMLElement>("#look-ancestor");
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  };

  #show(scope: Scope | null): void {
    this.scope = scope;
    this.announce(
      this.t.looking.announceScope(scope ? scopeName(this.t, scope.name) : this.t.looking.all),
    );
  }

  async #seeFrom(ancestor: number | null): Promise<void> {
    const askedOf = this.book;
    const seen = await askedOf.seenFrom(ancestor);
    if (this.book !== askedOf) {
      seen.close();
      return;
    }
    this.seen?.close();
    this.seen = seen;
    if (ancestor === null && this.measure === "ancestor_cosine") {
      this.measure = "column_cosine";
    }
    const { scope } = this;
    if (scope?.by === "filter") {
      this.scope = await seen.scope(scope.name);
    } else if (scope) {
      this.scope = sameScope(seen.report, scope);
    }
  }
}

defineElement("wk-result", ResultView);

function isSameComparison(estimates: Report, { estimate, models }: Report): boolean {
  return (
    estimates.estimate === true &&
    estimate === undefined &&
    models.map(({ name }) => name).join("\n") ===
      estimates.models.map(({ name }) => name).join("\n")
  );
}

/** The same part in another report. */
function sameScope({ scopes }: Report, { by, name }: Scope): Scope | null {
  return scopes.find((scope) => by === scope.by && name === scope.name) ?? null;
}

type Topic = Parameters<typeof help>[1];

/** A part of the result under its heading, with the explanation of what it shows. */
function section(
  t: Words,
  id: string,
  topic: Topic | null,
  title: string,
  content: TemplateResult | typeof nothing,
  mark: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<section aria-labelledby="${id}-title" class="part-${id}">
    <h2 id="${id}-title">${title} ${mark} ${topic ? help(t, topic, title) : nothing}</h2>
    ${content}
  </section>`;
}
