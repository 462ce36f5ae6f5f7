/** The page: what is on the shelf, what is running, what came out. */
import { html, nothing, type TemplateResult } from "lit";
import { type Progress, prepare, type Report, reportText } from "../weightkin.js";
import { carriesFiles, filesOf, type PathedFiles, pathed, reportsApart } from "./dropped.js";
import { PageElement } from "./element.js";
import { formatPercent } from "./format.js";
import { icon_lock, icon_mark } from "./icons.js";
import type { KeptPanel, Memory } from "./memory/panel.js";
import { updateNotice } from "./notice.js";
import type { Update } from "./offline/begin.js";
import { outcome } from "./outcome.js";
import { helpWindow } from "./result/help.js";
import { isSample, loadSamples } from "./samples.js";
import { Session } from "./session.js";
import { type Role, Shelf } from "./shelf.js";
import { choose, LANGUAGES, type Language, language, loadAllLanguages, t } from "./strings.js";
import "./zone.js";

export class App extends PageElement {
  static override properties = {
    over: { state: true },
    announcement: { state: true },
    memory: { state: true },
    full: { state: true },
    update_offered: { state: true },
  };

  /** Where a drag with files is: above a zone, elsewhere on the page, or nowhere. */
  declare private over: Role | "page" | null;
  declare private announcement: string;
  /** What this browser keeps; nothing before it is loaded, or where it keeps nothing. */
  declare private memory: Memory | null;
  /** There was no space to keep the last result. */
  declare private full: boolean;
  declare private update_offered: Update | null;
  #freed: PromiseWithResolvers<void> | undefined;
  readonly #shelf = new Shelf(() => this.requestUpdate());
  readonly #session = new Session({
    speak: () => this.inOwnWords(),
    changed: () => this.requestUpdate(),
    announce: (words) => this.#announce(words),
    focus: (selector, block) => this.#focus(selector, block),
    progressed: (progress) => this.#title(progress),
    finished: (report) => void this.#keep(report),
    stopped: (report) => void this.#keep(report),
    failed: () => {},
  });
  #include_vae = false;

  constructor() {
    super();
    this.over = null;
    this.announcement = "";
    this.memory = null;
    this.full = false;
    this.update_offered = null;
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
      this.#becomeApp().catch(() => {}); // without all that the page works as well
    });
  }

  /** Loads what is not needed for the first look: memory, offline use, files from the system. */
  async #becomeApp(): Promise<void> {
    const [{ Memory }, { begin }] = await Promise.all([
      import("./memory/panel.js"),
      import("./offline/begin.js"),
    ]);
    this.memory = await Memory.open();
    await begin({
      isBusy: () => this.#busy,
      isUntouched: () => this.#session.phase.is === "waiting" && this.#shelf.isEmpty,
      onUpdate: (update) => {
        this.update_offered = update;
      },
      take: async (found) => {
        await this.#free();
        await this.#pick(found, this.#nextRole);
      },
      fail: (thrown) => this.#session.fail(thrown),
    });
  }

  /** Settles when nothing is running. */
  async #free(): Promise<void> {
    if (this.#busy) {
      this.#freed ??= Promise.withResolvers();
      await this.#freed.promise;
    }
  }

  protected override updated(): void {
    if (!this.#busy) {
      this.#freed?.resolve();
      this.#freed = undefined;
    }
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
        ${this.#shelf.isEmpty && this.#session.phase.is === "waiting" ? html`<p class="hint reopen">${t.actions.reopen_hint}</p>` : nothing}
        <div class="outcome">${outcome(this.#session, this.#announce)}</div>
        ${this.#kept()}
      </main>
      <footer class="bottom"><p>${t.app.footer}</p></footer>
      <p class="visually-hidden" role="status" id="status">${this.announcement}</p>
      ${helpWindow()}
      ${
        this.update_offered && !this.#busy
          ? updateNotice(this.update_offered, () => {
              this.update_offered = null;
            })
          : nothing
      }
    `;
  }

  get #busy(): boolean {
    return this.#session.busy;
  }

  #zone(role: Role): TemplateResult {
    return html`<wk-zone .kind=${role} .entries=${this.#shelf.of(role)} .locked=${this.#busy}
      .over=${this.over === role} .pick=${this.#pick}
      .actions=${{
        remove: (key: number) => this.#shelf.remove(key),
        swap: (key: number) => this.#shelf.swap(key),
        ancestor: (key: number) => this.#shelf.toggleAncestor(key),
      }} .offer=${role === "relative" ? this.#lastBases() : nothing}></wk-zone>`;
  }

  get #panel(): KeptPanel | null {
    return this.querySelector("wk-kept");
  }

  /** The bases of the last visit, back on the page with one click. */
  #lastBases(): TemplateResult | typeof nothing {
    const bases = this.#panel?.lastBases ?? [];
    return bases.length === 0 || this.#shelf.of("relative").length > 0
      ? nothing
      : html`<button id="last-bases" type="button" class="slim" ?disabled=${this.#busy}
          title=${bases.map(({ name }) => name).join("\n")}
          @click=${() => this.#panel?.add(bases)}>${t.kept.last_bases(bases.length)}</button>`;
  }

  #kept(): TemplateResult | typeof nothing {
    return this.memory === null
      ? nothing
      : html`<wk-kept .memory=${this.memory} .locked=${this.#busy} .full=${this.full}
          .changed=${() => this.requestUpdate()}
          .actions=${{
            add: (found: PathedFiles) => this.#pick(found, "relative"),
            show: (text: string, name: string) => this.#session.reopen(Promise.resolve(text), name),
          }}></wk-kept>`;
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
          ${this.#session.phase.is === "loading" ? t.actions.samples_loading : t.actions.samples}
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

  /** Keeps a result for later visits, if there is space. */
  async #keep(report: Report): Promise<void> {
    const kept = await this.memory?.keep(report, reportText(report));
    this.full = kept === "full";
    await this.#panel?.refresh();
  }

  /** The part of a model for which the user named none. */
  get #nextRole(): Role {
    return this.#shelf.of("checkpoint").length > 0 ? "relative" : "checkpoint";
  }

  readonly #pick = async (found: PathedFiles, role: Role): Promise<void> => {
    const { reports, rest } = reportsApart(found);
    const [report] = reports;
    if (report) {
      await this.#session.reopen(report.text(), report.name);
    }
    if (rest.files.length > 0 || found.files.length === 0) {
      await this.#shelf.add(rest, role);
    }
  };

  readonly #samples = async () => {
    this.#session.load();
    try {
      const { checkpoint, relatives } = await loadSamples();
      this.#shelf.clear();
      await this.#shelf.add(pathed(checkpoint), "checkpoint");
      await this.#shelf.add(pathed(relatives), "relative");
    } catch (thrown) {
      this.#session.fail(thrown);
      return;
    }
    this.#session.ready();
    await this.#compare();
  };

  readonly #compare = async () => {
    if (this.#busy || this.#missing() !== null) {
      return;
    }
    const models = [...this.#shelf.ready("checkpoint"), ...this.#shelf.ready("relative")];
    const own = this.#shelf.comparable().filter(({ model }) => !model.files.some(isSample));
    void this.memory?.remember(own).then(() => this.#panel?.refresh());
    const { ancestor } = this.#shelf;
    await this.#session.compare(models, {
      includeVae: this.#include_vae,
      look: this.#shelf.worthALook,
      ...(ancestor === undefined ? {} : { ancestor }),
    });
  };

  #title(progress: Progress | null): void {
    document.title = progress ? t.app.running_title(formatPercent(progress.fraction)) : t.app.name;
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
    const role = zoneAt(event) ?? this.#nextRole;
    try {
      await this.#pick(await filesOf(event.dataTransfer), role);
    } catch (thrown) {
      this.#session.fail(thrown);
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
