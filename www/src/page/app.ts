/** The page: what is on the shelf, what is running, what came out. */
import { html, nothing, type TemplateResult } from "lit";
import { type ModelInput, type Progress, prepare, type Report, reportText } from "../weightkin.js";
import { afterPaint } from "./after-paint.js";
import { beginRow, missing } from "./begin.js";
import { crewIn } from "./crew.js";
import { type PathedFiles, pathed, reportsApart } from "./dropped.js";
import { type Over, takeDrops } from "./drops.js";
import { PageElement } from "./element.js";
import { formatPercent } from "./format.js";
import { hero, topBar } from "./hero.js";
import type { Keeper, KeptPanel, Memory } from "./memory/panel.js";
import { updateNotice } from "./notice.js";
import type { Update } from "./offline/begin.js";
import { outcome } from "./outcome.js";
import { addresses, fetched, resolved } from "./relatives.js";
import type { FoundActions } from "./result/found.js";
import { helpWindow } from "./result/help.js";
import { isSample, loadSamples } from "./samples.js";
import { Session } from "./session.js";
import { type Role, Shelf } from "./shelf.js";
import { loadAllLanguages, t } from "./strings.js";
import "./zone.js";

const CREW = crewIn(location.href);

export class App extends PageElement {
  static override properties = {
    over: { state: true },
    announcement: { state: true },
    memory: { state: true },
    full: { state: true },
    update_offered: { state: true },
  };

  declare private over: Over;
  declare private announcement: string;
  /** What this browser keeps; nothing before it is loaded, or where it keeps nothing. */
  declare private memory: Memory | null;
  /** There was no space to keep the last result. */
  declare private full: boolean;
  declare private update_offered: Update | null;
  #freed: PromiseWithResolvers<void> | undefined;
  readonly #shelf = new Shelf(() => this.requestUpdate());
  readonly #session = new Session({
    crew: CREW,
    speak: () => this.inOwnWords(),
    changed: () => this.requestUpdate(),
    announce: (words) => this.#announce(words),
    focus: (selector, block) => this.#focus(selector, block),
    progressed: (progress) => this.#title(progress),
    finished: (report) => void this.#keep(report).then(() => this.#keepFingerprints()),
    stopped: (report) => void this.#keep(report),
    failed: () => {},
  });
  readonly #found: FoundActions = {
    compare: (models) => void this.#compareFound(models),
    seek: (sought) => {
      this.#keeper?.stop();
      void this.#session.seek(sought);
    },
  };
  #keeper: Keeper | undefined;
  #include_vae = false;
  #dropping = new AbortController();

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
      prepare(CREW);
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
      import("./result/found.js"),
    ]);
    this.memory = await Memory.open();
    this.#keeper = this.memory
      ? new Keeper(this.memory, () => void this.#panel?.refresh())
      : undefined;
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
      await this.#shelf.add(pathed(files), "relative");
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
      ${topBar()}
      <main class=${this.over ? "dragging" : ""}>
        ${hero()}
        <div class="zones">${this.#zone("checkpoint")} ${this.#zone("relative")}</div>
        ${beginRow(this.#shelf, this.#session, this.#include_vae, {
          samples: this.#samples,
          compare: this.#compare,
          seek: this.#seek,
          includeVae: (included) => {
            this.#include_vae = included;
          },
        })}
        ${this.#shelf.isEmpty && this.#session.phase.is === "waiting" ? html`<p class="hint reopen">${t.actions.reopen_hint}</p>` : nothing}
        <div class="outcome">${outcome(this.#session, this.#announce, false, this.#found)}</div>
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
    if (this.#busy || missing(this.#shelf) !== null) {
      return;
    }
    this.#remember();
    this.#session.forget();
    const models = [...this.#shelf.ready("checkpoint"), ...this.#shelf.ready("relative")];
    const { ancestor } = this.#shelf;
    await this.#session.compare(models, {
      includeVae: this.#include_vae,
      look: this.#shelf.worthALook,
      ...(ancestor === undefined ? {} : { ancestor }),
    });
  };

  readonly #seek = async () => {
    const [model] = this.#shelf.ready("checkpoint");
    if (!this.#busy && model) {
      this.#remember();
      await this.#session.seek({ model, among: this.#shelf.among });
    }
  };

  /** Compares the checkpoint with relatives that a search has found. */
  async #compareFound(relatives: ModelInput[]): Promise<void> {
    const { found } = this.#session;
    if (found && !this.#busy) {
      this.#keeper?.stop();
      const options = { includeVae: this.#include_vae };
      await this.#session.compare([found.model, ...relatives], options);
    }
  }

  /** Models on the page that the user has brought. */
  get #own() {
    return this.#shelf.comparable().filter(({ model }) => !model.files.some(isSample));
  }

  /** Keeps the models on the page for later visits. */
  #remember(): void {
    this.#keeper?.stop();
    void this.memory?.remember(this.#own).then(() => this.#panel?.refresh());
  }

  #keepFingerprints(): void {
    this.#keeper?.begin(this.#own.map(({ model }) => model));
  }

  #title(progress: Progress | null): void {
    document.title = progress ? t.app.running_title(formatPercent(progress.fraction)) : t.app.name;
  }

  readonly #announce = (words: string): void => {
    this.announcement = words;
  };

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
}
