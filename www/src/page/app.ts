/** The page: what is on the shelf, what is running, what came out. */
import { html, nothing, type TemplateResult } from "lit";
import {
  type CompareOptions,
  compare,
  type Failure,
  openReport,
  type Progress,
  prepare,
  type Report,
  type ReportBook,
  reportText,
  WeightkinError,
} from "../weightkin.js";
import { problem } from "./card.js";
import { carriesFiles, filesOf, type PathedFiles, pathed, reportsApart } from "./dropped.js";
import { PageElement } from "./element.js";
import { formatPercent } from "./format.js";
import { icon_lock, icon_mark } from "./icons.js";
import "./progress.js";
import { headlineSentence } from "./result/headline.js";
import { helpWindow } from "./result/help.js";
import "./result/view.js";
import { loadSamples } from "./samples.js";
import { type Role, Shelf } from "./shelf.js";
import {
  choose,
  LANGUAGES,
  type Language,
  language,
  loadAllLanguages,
  plainWords,
  t,
} from "./strings.js";
import { letSleep, stayAwake } from "./wake-lock.js";
import "./zone.js";

type Phase =
  | { is: "waiting" }
  | { is: "loading_samples" }
  | { is: "running"; names: string[]; progress: Progress | null; abort: AbortController }
  | { is: "done"; book: ReportBook; reopened: boolean }
  | { is: "cancelled" }
  | { is: "failed"; failure: Failure; title: string };

/** The live region speaks at every tenth. */
const ANNOUNCEMENTS = 10;

export class App extends PageElement {
  static override properties = {
    phase: { state: true },
    over: { state: true },
    announcement: { state: true },
  };

  declare private phase: Phase;
  /** Where a drag with files is: above a zone, elsewhere on the page, or nowhere. */
  declare private over: Role | "page" | null;
  declare private announcement: string;
  readonly #shelf = new Shelf(() => this.requestUpdate());
  #include_vae = false;

  constructor() {
    super();
    this.phase = { is: "waiting" };
    this.over = null;
    this.announcement = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("dragover", this.#dragOver);
    document.addEventListener("dragleave", this.#dragLeave);
    document.addEventListener("drop", this.#drop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("dragover", this.#dragOver);
    document.removeEventListener("dragleave", this.#dragLeave);
    document.removeEventListener("drop", this.#drop);
  }

  protected override firstUpdated(): void {
    afterPaint(() => {
      prepare();
      loadAllLanguages();
    });
  }

  override render(): TemplateResult {
    return html`
      <header class="top">
        <p class="wordmark">${icon_mark} ${t.app.name}</p>
        <select id="language" class="slim" aria-label=${t.app.language} @change=${this.#changeLanguage}>
          ${Object.entries(LANGUAGES).map(
            ([tag, name]) =>
              html`<option value=${tag} lang=${tag} .selected=${tag === language}>${name}</option>`,
          )}
        </select>
      </header>
      <main class=${this.over ? "dragging" : ""}>
        <div class="hero">
          <h1>${t.app.purpose}</h1>
          <div class="words">
            <p>${t.app.lead}</p>
            <p class="promise">
              ${icon_lock}<span><strong>${t.app.promise}</strong> ${t.app.promise_detail}</span>
            </p>
          </div>
        </div>
        <div class="zones">${this.#zone("checkpoint")} ${this.#zone("relative")}</div>
        ${this.#actions()}
        ${this.#shelf.isEmpty && this.phase.is === "waiting" ? html`<p class="hint reopen">${t.actions.reopen_hint}</p>` : nothing}
        <div class="outcome">${this.#outcome()}</div>
      </main>
      <footer class="bottom"><p>${t.app.footer}</p></footer>
      <p class="visually-hidden" role="status" id="status">${this.announcement}</p>
      ${helpWindow()}
    `;
  }

  get #busy(): boolean {
    return this.phase.is === "running" || this.phase.is === "loading_samples";
  }

  #zone(role: Role): TemplateResult {
    return html`<wk-zone .kind=${role} .entries=${this.#shelf.of(role)} .locked=${this.#busy}
      .over=${this.over === role} .pick=${this.#pick}
      .actions=${{
        remove: (key: number) => this.#shelf.remove(key),
        swap: (key: number) => this.#shelf.swap(key),
        ancestor: (key: number) => this.#shelf.toggleAncestor(key),
      }}></wk-zone>`;
  }

  #actions(): TemplateResult {
    const hint = this.#missing();
    return html`<div class="actions">
      <label class="check">
        <input id="include-vae" type="checkbox" .checked=${this.#include_vae} ?disabled=${this.#busy}
          aria-describedby="include-vae-hint"
          @change=${(event: Event) => {
            this.#include_vae = (event.currentTarget as HTMLInputElement).checked;
          }} />
        <span>${t.actions.include_vae}<span class="hint" id="include-vae-hint">${t.actions.include_vae_hint}</span></span>
      </label>
      <div class="go">
        <p class="hint" id="compare-hint">${hint ?? (this.#shelf.broken ? t.actions.some_broken : "")}</p>
        <button id="samples" type="button" ?disabled=${this.#busy} @click=${this.#samples}>
          ${this.phase.is === "loading_samples" ? t.actions.samples_loading : t.actions.samples}
        </button>
        <button id="compare" type="button" class="primary" aria-describedby="compare-hint"
          ?disabled=${this.#busy || hint !== null} @click=${this.#compare}>
          ${t.actions.compare}
        </button>
      </div>
    </div>`;
  }

  /** What is still needed before a comparison can start. */
  #missing(): string | null {
    if (this.#shelf.reading) {
      return t.actions.still_reading;
    }
    if (this.#shelf.ready("checkpoint").length === 0) {
      return t.actions.need_checkpoint;
    }
    return this.#shelf.ready("relative").length === 0 ? t.actions.need_relative : null;
  }

  #outcome(): TemplateResult | typeof nothing {
    const { phase } = this;
    switch (phase.is) {
      case "running":
        return html`<wk-progress .progress=${phase.progress} .names=${phase.names}
          .cancel=${() => phase.abort.abort()}></wk-progress>`;
      case "done":
        return html`<wk-result .book=${phase.book} .reopened=${phase.reopened}
          .announce=${this.#announce}></wk-result>`;
      case "cancelled":
        return html`<p class="panel note">${t.outcome.cancelled}</p>`;
      case "failed":
        return html`<section class="panel failed" id="failure">
          <h2>${phase.title}</h2>
          ${phase.failure.file ? html`<p class="name">${phase.failure.file}</p>` : nothing}
          ${problem(phase.failure)}
        </section>`;
      default:
        return nothing;
    }
  }

  readonly #pick = async (found: PathedFiles, role: Role): Promise<void> => {
    const { reports, rest } = reportsApart(found);
    const [report] = reports;
    if (report) {
      await this.#reopen(report);
    }
    if (rest.files.length > 0 || found.files.length === 0) {
      await this.#shelf.add(rest, role);
    }
  };

  /** Shows a saved report; the models are not needed for it. */
  async #reopen(file: File): Promise<void> {
    try {
      const book = await openReport(await file.text());
      this.#show(book, true);
    } catch (thrown) {
      this.#fail(thrown, t.outcome.report_failed, file.name);
    }
  }

  /** Puts a result on the page in place of the last. */
  #show(book: ReportBook, reopened: boolean): void {
    this.#leaveResult();
    this.phase = { is: "done", book, reopened };
    this.#announce(headlineSentence(book.report));
    this.#focus("#headline", "start");
  }

  readonly #samples = async () => {
    this.phase = { is: "loading_samples" };
    try {
      const { checkpoint, relatives } = await loadSamples();
      this.#shelf.clear();
      await this.#shelf.add(pathed(checkpoint), "checkpoint");
      await this.#shelf.add(pathed(relatives), "relative");
    } catch (thrown) {
      this.#fail(thrown);
      return;
    }
    this.phase = { is: "waiting" };
    await this.#compare();
  };

  readonly #compare = async () => {
    if (this.#busy || this.#missing() !== null) {
      return;
    }
    const models = [...this.#shelf.ready("checkpoint"), ...this.#shelf.ready("relative")];
    const abort = new AbortController();
    const names = models.map(({ name }) => name ?? "");
    this.#leaveResult();
    this.phase = { is: "running", names, progress: null, abort };
    this.#announce(t.progress.title);
    this.#focus("#cancel");
    stayAwake();
    const { ancestor } = this.#shelf;
    const options: CompareOptions = {
      includeVae: this.#include_vae,
      signal: abort.signal,
      onProgress: (progress) => this.#progress(progress, names, abort),
      onPartial: (report) => this.#partial(report),
      ...(ancestor === undefined ? {} : { ancestor }),
    };
    try {
      const report = await compare(models, options);
      this.#show(await openReport(reportText(report)), false);
    } catch (thrown) {
      if (abort.signal.aborted) {
        this.phase = { is: "cancelled" };
        this.#announce(t.outcome.cancelled);
      } else {
        this.#fail(thrown);
      }
      this.#focus("#compare");
    } finally {
      letSleep();
      document.title = t.app.name;
    }
  };

  /** What a cancelled comparison had finished, unless something else has begun since. */
  async #partial(report: Report): Promise<void> {
    const book = await openReport(reportText(report));
    if (this.phase.is === "cancelled") {
      this.#show(book, false);
    } else {
      book.close();
    }
  }

  #leaveResult(): void {
    if (this.phase.is === "done") {
      this.phase.book.close();
    }
  }

  #progress(progress: Progress, names: string[], abort: AbortController): void {
    if (abort.signal.aborted || this.phase.is !== "running") {
      return;
    }
    const tenth = (fraction: number) => Math.floor(fraction * ANNOUNCEMENTS);
    const percent = formatPercent(progress.fraction);
    if (tenth(progress.fraction) > tenth(this.phase.progress?.fraction ?? 0)) {
      this.#announce(t.outcome.announce_percent(percent));
    }
    this.phase = { is: "running", names, progress, abort };
    document.title = t.app.running_title(percent);
  }

  #fail(thrown: unknown, title = t.outcome.failed, file?: string): void {
    this.#leaveResult();
    const failure: Failure =
      thrown instanceof WeightkinError
        ? {
            kind: thrown.kind,
            message: thrown.message,
            ...(thrown.file === undefined ? {} : { file: thrown.file }),
          }
        : { kind: "unexpected", message: String(thrown) };
    if (file !== undefined) {
      failure.file = file;
    }
    this.phase = { is: "failed", failure, title };
    this.#announce(`${title} ${plainWords(failure)}`);
  }

  readonly #announce = (words: string): void => {
    this.announcement = words;
  };

  readonly #changeLanguage = (event: Event) =>
    choose((event.currentTarget as HTMLSelectElement).value as Language);

  /** Moves focus and view to what is new, but never away from where the user went meanwhile. */
  #focus(selector: string, block: ScrollLogicalPosition = "nearest"): void {
    const before = document.activeElement;
    requestAnimationFrame(() => {
      const now = document.activeElement;
      const target = this.querySelector<HTMLElement>(selector);
      if (target && (now === before || now === document.body)) {
        target.focus({ preventScroll: true });
        target.closest("section, .go")?.scrollIntoView({ block });
      }
    });
  }

  readonly #dragOver = (event: DragEvent) => {
    if (!carriesFiles(event.dataTransfer)) {
      return;
    }
    event.preventDefault();
    event.dataTransfer.dropEffect = this.#busy ? "none" : "copy";
    this.over = this.#busy ? null : (zoneAt(event) ?? "page");
  };

  readonly #dragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) {
      this.over = null;
    }
  };

  readonly #drop = async (event: DragEvent) => {
    this.over = null;
    if (!carriesFiles(event.dataTransfer)) {
      return;
    }
    event.preventDefault();
    if (this.#busy) {
      return;
    }
    const role =
      zoneAt(event) ?? (this.#shelf.of("checkpoint").length > 0 ? "relative" : "checkpoint");
    try {
      await this.#pick(await filesOf(event.dataTransfer), role);
    } catch (thrown) {
      this.#fail(thrown);
    }
  };
}

/** When a tab that is not shown, and so never painted, loads the core all the same. */
const UNPAINTED_MS = 1_000;

/** Calls back once something is on the screen. */
function afterPaint(work: () => void): void {
  let done = false;
  const once = () => {
    if (!done) {
      done = true;
      work();
    }
  };
  const observer = new PerformanceObserver((list) => {
    if (list.getEntriesByName("first-contentful-paint").length > 0) {
      observer.disconnect();
      once();
    }
  });
  observer.observe({ type: "paint", buffered: true });
  setTimeout(once, UNPAINTED_MS);
}

/** The zone under the pointer, if there is one. */
function zoneAt(event: DragEvent): Role | null {
  const zone = event.target instanceof Element ? event.target.closest("wk-zone") : null;
  return zone?.kind ?? null;
}
