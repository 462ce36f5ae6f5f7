/** The page: what is on the list, what is running, what came out. */
import { html, nothing, type TemplateResult } from "lit";
import { type ModelInput, type Progress, prepare, type Report, reportText } from "../weightkin.js";
import { afterPaint } from "./common/after-paint.js";
import { PageElement } from "./common/element.js";
import { formatPercent } from "./common/format.js";
import { helpWindow } from "./common/help.js";
import { announcementOf, type FocusTarget, focusAfter } from "./comparison/announcements.js";
import { outcome } from "./comparison/outcome.js";
import type { SessionEvent } from "./comparison/phase.js";
import { Session } from "./comparison/session.js";
import { workerOptionsIn } from "./comparison/worker-options.js";
import type { FoundActions } from "./found/found.js";
import { loadAllLanguages } from "./language/language.js";
import type { Keeper, KeptPanel, Memory } from "./memory/panel.js";
import { addresses, fetched, resolved } from "./models/addresses.js";
import { type PathedFiles, pathed, reportsApart } from "./models/dropped.js";
import { type Over, takeDrops } from "./models/drops.js";
import { ModelList, type Role } from "./models/model-list.js";
import type { Update } from "./offline/begin.js";
import { updateNotice } from "./offline/notice.js";
import { beginRow, missing } from "./start/begin.js";
import { hero, topBar } from "./start/hero.js";
import { isSample, loadSamples } from "./start/samples.js";
import "./models/zone.js";

const WORKER_OPTIONS = workerOptionsIn(location.href);

export class App extends PageElement {
  static override properties = {
    over: { state: true },
    announcement: { state: true },
    memory: { state: true },
    full: { state: true },
    updateOffered: { state: true },
  };

  declare private over: Over;
  declare private announcement: string;
  /** What this browser keeps; nothing before it is loaded, or where it keeps nothing. */
  declare private memory: Memory | null;
  /** There was no space to keep the last result. */
  declare private full: boolean;
  declare private updateOffered: Update | null;
  #freed: PromiseWithResolvers<void> | undefined;
  readonly #list = new ModelList(() => this.requestUpdate());
  readonly #session = new Session((event) => this.#hear(event), WORKER_OPTIONS);
  readonly #found: FoundActions = {
    compare: (models) => void this.#compareFound(models),
    seek: (sought) => {
      this.#keeper?.stop();
      void this.#session.seek(sought);
    },
  };
  #keeper: Keeper | undefined;
  #includeVae = false;
  #dropping = new AbortController();

  constructor() {
    super();
    this.over = null;
    this.announcement = "";
    this.memory = null;
    this.full = false;
    this.updateOffered = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#dropping = new AbortController();
    takeDrops(
      {
        isBusy: () => this.#busy,
        over: (over) => {
          this.over = over;
        },
        take: (found, zone) => this.#pick(found, zone ?? this.#nextRole),
        fail: (thrown) => this.#session.fail(thrown),
      },
      this.#dropping.signal,
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#dropping.abort();
  }

  protected override firstUpdated(): void {
    afterPaint(() => {
      prepare(WORKER_OPTIONS);
      void import("./result/view.js");
      loadAllLanguages();
      this.#becomeApp().catch(() => {}); // without all that the page works as well
      void this.#bringNamed();
    });
  }

  /** Loads what is not needed for the first look: memory, offline use, files from the system. */
  async #becomeApp(): Promise<void> {
    const [{ Keeper, Memory }, { begin }] = await Promise.all([
      import("./memory/panel.js"),
      import("./offline/begin.js"),
      import("./found/found.js"),
    ]);
    this.memory = await Memory.open();
    this.#keeper = this.memory
      ? new Keeper(this.memory, () => void this.#panel?.refresh())
      : undefined;
    await begin({
      isBusy: () => this.#busy,
      isUntouched: () => this.#session.phase.is === "waiting" && this.#list.isEmpty,
      onUpdate: (update) => {
        this.updateOffered = update;
      },
      take: async (found) => {
        await this.#free();
        await this.#pick(found, this.#nextRole);
      },
      fail: (thrown) => this.#session.fail(thrown),
    });
  }

  /** Brings the relatives that the page's own address names, seen from the page: `?relatives=…`. */
  async #bringNamed(): Promise<void> {
    const named = new URL(location.href).searchParams.getAll("relatives").join(" ");
    if (named.trim() === "") {
      return;
    }
    try {
      const urls = await resolved(addresses(named, document.baseURI));
      const files = await Promise.all(urls.map((url) => fetched(url)));
      await this.#free();
      await this.#list.add(pathed(files), "relative");
    } catch (thrown) {
      this.#session.fail(thrown);
    }
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
      ${topBar(this.t)}
      <main class=${this.over ? "dragging" : ""}>
        ${hero(this.t)}
        <div class="zones">${this.#zone("checkpoint")} ${this.#zone("relative")}</div>
        ${beginRow(this.t, this.#list, this.#session, this.#includeVae, {
          samples: this.#samples,
          compare: this.#compare,
          seek: this.#seek,
          includeVae: (included) => {
            this.#includeVae = included;
          },
        })}
        ${this.#list.isEmpty && this.#session.phase.is === "waiting" ? html`<p class="hint reopen">${this.t.actions.reopenHint}</p>` : nothing}
        <div class="outcome">${outcome(this.t, this.#session, this.#announce, false, this.#found)}</div>
        ${this.#kept()}
      </main>
      <footer class="bottom"><p>${this.t.app.footer}</p></footer>
      <p class="visually-hidden" role="status" id="status">${this.announcement}</p>
      ${helpWindow(this.t)}
      ${
        this.updateOffered && !this.#busy
          ? updateNotice(this.t, this.updateOffered, () => {
              this.updateOffered = null;
            })
          : nothing
      }
    `;
  }

  get #busy(): boolean {
    return this.#session.busy;
  }

  #zone(role: Role): TemplateResult {
    return html`<wk-zone .kind=${role} .entries=${this.#list.of(role)} .locked=${this.#busy}
      .over=${this.over === role} .pick=${this.#pick}
      .actions=${{
        remove: (key: number) => this.#list.remove(key),
        swap: (key: number) => this.#list.swap(key),
        ancestor: (key: number) => this.#list.toggleAncestor(key),
        variant: (key: number, variant: string | undefined) =>
          this.#list.chooseVariant(key, variant),
      }} .offer=${role === "relative" ? this.#lastBases() : nothing}></wk-zone>`;
  }

  get #panel(): KeptPanel | null {
    return this.querySelector("wk-kept");
  }

  /** The bases of the last visit, back on the page with one click. */
  #lastBases(): TemplateResult | typeof nothing {
    const bases = this.#panel?.lastBases ?? [];
    return bases.length === 0 || this.#list.of("relative").length > 0
      ? nothing
      : html`<button id="last-bases" type="button" class="slim" ?disabled=${this.#busy}
          title=${bases.map(({ name }) => name).join("\n")}
          @click=${() => this.#panel?.add(bases)}>${this.t.kept.lastBases(bases.length)}</button>`;
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

  /** Keeps a result for later visits, if there is space. */
  async #keep(report: Report): Promise<void> {
    const kept = await this.memory?.keep(report, reportText(report));
    this.full = kept === "full";
    await this.#panel?.refresh();
  }

  /** The part of a model for which the user named none. */
  get #nextRole(): Role {
    return this.#list.of("checkpoint").length > 0 ? "relative" : "checkpoint";
  }

  readonly #pick = async (found: PathedFiles, role: Role): Promise<void> => {
    const { reports, rest } = reportsApart(found);
    const [report] = reports;
    if (report) {
      await this.#session.reopen(report.text(), report.name);
    }
    if (rest.files.length > 0 || found.files.length === 0) {
      await this.#list.add(rest, role);
    }
  };

  readonly #samples = async () => {
    this.#session.load();
    try {
      const { checkpoint, relatives } = await loadSamples();
      this.#list.clear();
      await this.#list.add(pathed(checkpoint), "checkpoint");
      await this.#list.add(pathed(relatives), "relative");
    } catch (thrown) {
      this.#session.fail(thrown);
      return;
    }
    this.#session.ready();
    await this.#compare();
  };

  readonly #compare = async () => {
    if (this.#busy || missing(this.t, this.#list) !== null) {
      return;
    }
    this.#remember();
    this.#session.forget();
    const models = [...this.#list.ready("checkpoint"), ...this.#list.ready("relative")];
    const { ancestor } = this.#list;
    await this.#session.compare(models, {
      includeVae: this.#includeVae,
      look: this.#list.worthALook,
      ...(ancestor === undefined ? {} : { ancestor }),
    });
  };

  readonly #seek = async () => {
    const [model] = this.#list.ready("checkpoint");
    if (!this.#busy && model) {
      this.#remember();
      await this.#session.seek({ model, among: this.#list.among });
    }
  };

  /** Compares the checkpoint with relatives that a search has found. */
  async #compareFound(relatives: ModelInput[]): Promise<void> {
    const { found } = this.#session;
    if (found && !this.#busy) {
      this.#keeper?.stop();
      const options = { includeVae: this.#includeVae };
      await this.#session.compare([found.model, ...relatives], options);
    }
  }

  /** Models on the page that the user has brought. */
  get #own() {
    return this.#list.comparable().filter(({ model }) => !model.files.some(isSample));
  }

  /** Keeps the models on the page for later visits. */
  #remember(): void {
    this.#keeper?.stop();
    void this.memory?.remember(this.#own).then(() => this.#panel?.refresh());
  }

  #keepFingerprints(): void {
    this.#keeper?.begin(this.#own.map(({ model }) => model));
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "changed":
        this.requestUpdate();
        break;
      case "progress":
        this.#title(event.progress);
        break;
      case "comparison-ended":
        this.#title(null);
        break;
      case "finished":
        void this.#keep(event.report).then(() => this.#keepFingerprints());
        break;
      case "stopped":
        void this.#keep(event.report);
        break;
    }
    const words = announcementOf(this.t, event);
    if (words !== null) {
      this.#announce(words);
    }
    const target = focusAfter(event);
    if (target) {
      this.#focus(target);
    }
  }

  #title(progress: Progress | null): void {
    document.title = progress
      ? this.t.app.runningTitle(formatPercent(this.t, progress.fraction))
      : this.t.app.name;
  }

  readonly #announce = (words: string): void => {
    this.announcement = words;
  };

  /** Moves focus and view to what is new, but never away from where the user went meanwhile. */
  #focus({ selector, block }: FocusTarget): void {
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
}
