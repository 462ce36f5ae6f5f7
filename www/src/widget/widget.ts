/** What is seen inside `<weight-kin>`: a place for the checkpoint, and the answer. */
import { html, nothing, type TemplateResult } from "lit";
import { defineElement, PageElement } from "../page/common/element.js";
import { formatCount } from "../page/common/format.js";
import { helpWindow } from "../page/common/help.js";
import { iconLock, iconMark } from "../page/common/icons.js";
import { outcome } from "../page/comparison/outcome.js";
import type { FoundActions } from "../page/found/found.js";
import "../page/found/found.js";
import { nearest } from "../page/found/sentence.js";
import {
  carriesFiles,
  filesOf,
  type PathedFiles,
  pathed,
  reportsApart,
} from "../page/models/dropped.js";
import "../page/result/view.js";
import { announcementOf, type FocusTarget, focusAfter } from "../page/comparison/announcements.js";
import type { SessionEvent, Sought } from "../page/comparison/phase.js";
import { Session } from "../page/comparison/session.js";
import { plainWords } from "../page/language/language.js";
import { isReading, ModelList, type Role } from "../page/models/model-list.js";
import type { Zone } from "../page/models/zone.js";
import "../page/models/zone.js";
import {
  address,
  addresses,
  fetched,
  nameOf,
  reportAt,
  resolved,
} from "../page/models/addresses.js";
import {
  type Failure,
  type Identification,
  type Progress,
  prepare,
  type Report,
  WeightkinError,
} from "../weightkin.js";

declare global {
  interface HTMLElementTagNameMap {
    "wk-zone": Zone;
  }
}

/** What the element around is told. */
export interface Listener {
  progress: (progress: Progress) => void;
  result: (report: Report, identification: Identification | null) => void;
  error: (failure: Failure) => void;
}

/** The models named by the page around: their addresses, and then their files. */
interface Given {
  /** What can be said of them so far. */
  names: string[];
  find: () => Promise<URL[]>;
  found: Promise<URL[]> | null;
  loaded: Promise<void> | null;
  abort: AbortController;
}

export class Widget extends PageElement {
  static override properties = {
    heading: { state: true },
    over: { type: Boolean, reflect: true },
    given: { state: true },
    announcement: { state: true },
  };

  declare heading: string;
  /** A drag with files is above. */
  declare over: boolean;
  declare private given: Given | null;
  declare private announcement: string;
  listener: Listener = { progress: () => {}, result: () => {}, error: () => {} };
  #reporting = new AbortController();
  readonly #list = new ModelList(() => this.requestUpdate());
  readonly #session = new Session((event) => this.#hear(event));

  readonly #found: FoundActions = { seek: (sought) => void this.#seek(sought) };

  constructor() {
    super();
    this.heading = "";
    this.over = false;
    this.given = null;
    this.announcement = "";
    this.addEventListener("dragover", this.#dragOver);
    this.addEventListener("dragleave", this.#dragLeave);
    this.addEventListener("drop", this.#drop);
    for (const sign of ["pointerenter", "focusin", "dragenter"]) {
      this.addEventListener(sign, this.#interest);
    }
  }

  override render(): TemplateResult {
    return html`
      <header class="widget-head" part="header">
        ${iconMark}
        <h2 part="title">${this.heading || this.t.widget.title}</h2>
      </header>
      ${this.given ? this.#givenList(this.given) : nothing}
      <div class="zones ${this.given ? "single" : ""}">
        ${this.#zone("checkpoint")} ${this.given ? nothing : this.#zone("relative")}
      </div>
      ${this.given ? nothing : this.#actions()}
      <p class="promise" part="promise">${iconLock}<span>${this.t.app.promise}</span></p>
      <div class="outcome" part="outcome">${outcome(this.t, this.#session, this.#announce, true, this.#found)}</div>
      <p class="visually-hidden" role="status">${this.announcement}</p>
      ${helpWindow(this.t)}
    `;
  }

  #zone(role: Role): TemplateResult {
    const actions = {
      remove: (key: number) => this.#list.remove(key),
      ...(this.given ? {} : { swap: (key: number) => this.#list.swap(key) }),
      ancestor: (key: number) => this.#list.toggleAncestor(key),
      variant: (key: number, variant: string | undefined) => this.#list.chooseVariant(key, variant),
    };
    return html`<wk-zone part="drop" .kind=${role} .entries=${this.#list.of(role)}
      .locked=${this.#session.busy} .over=${false} .pick=${this.#pick} .actions=${actions}></wk-zone>`;
  }

  /** The models to compare with, by name; those that cannot be read say why. */
  #givenList({ names }: Given): TemplateResult {
    const listed = this.#list.of("relative");
    const loading = this.#session.phase.is === "loading";
    return html`<div class="given" part="relatives">
      <span class="label">${this.t.widget.comparedWith}</span>
      ${
        listed.length === 0 || listed.some(isReading)
          ? names.map((name) => html`<span class="chip">${name}</span>`)
          : listed.map(({ name, model }) =>
              model?.ok && model.facts.index
                ? html`<span class="chip">${name}: ${this.t.many.indexed(formatCount(this.t, model.facts.index.models))}</span>`
                : model?.ok === false
                  ? html`<span class="chip broken" title=${plainWords(this.t, model.error)}>${name}</span>`
                  : html`<span class="chip">${name}</span>`,
            )
      }
      ${loading ? html`<span class="wait"><span class="spinner"></span>${this.t.widget.loading}</span>` : nothing}
    </div>`;
  }

  #actions(): TemplateResult {
    const able = this.#ready && !this.#session.busy;
    return html`<div class="actions">
      <p class="hint" id="compare-hint">${this.#ready ? "" : this.t.widget.needs}</p>
      <button id="compare" type="button" class="primary" aria-describedby="compare-hint"
        ?disabled=${!able} @click=${this.#compare}>${this.t.actions.compare}</button>
    </div>`;
  }

  get #ready(): boolean {
    const list = this.#list;
    const hasRelatives = list.seeks || list.ready("relative").length > 0;
    return !list.reading && list.ready("checkpoint").length > 0 && hasRelatives;
  }

  /** Names the models to compare with; with none of them the visitor brings them along. */
  async relatives(text: string, base: string): Promise<void> {
    this.#session.cancel();
    this.given?.abort.abort();
    for (const { key } of this.#list.of("relative")) {
      this.#list.remove(key);
    }
    const abort = new AbortController();
    const find = async () => resolved(addresses(text, base), abort.signal);
    this.given = text.trim() === "" ? null : { names: [], find, found: null, loaded: null, abort };
    try {
      await this.#find();
    } catch (thrown) {
      if (!abort.signal.aborted) {
        this.#session.fail(thrown);
      }
    }
  }

  /** Shows the report at an address. */
  async reportFrom(text: string, base: string): Promise<void> {
    this.#reporting.abort();
    this.#reporting = new AbortController();
    const { signal } = this.#reporting;
    let name = text;
    try {
      const url = address(text, base);
      name = nameOf(url);
      const report = await reportAt(url, signal);
      signal.throwIfAborted();
      await this.show(report, name);
    } catch (thrown) {
      if (!signal.aborted) {
        this.#session.fail(thrown, name);
      }
    }
  }

  /** Shows a report's JSON text. */
  show(text: string, name = ""): Promise<void> {
    return this.#session.reopen(Promise.resolve(text), name);
  }

  /** Loads everything that a comparison needs, so that the comparison itself loads nothing. */
  async load(): Promise<void> {
    prepare();
    const { given } = this;
    if (given) {
      given.loaded ??= this.#loadGiven(given).catch((thrown) => {
        given.loaded = null; // the next visitor's interest tries again
        throw thrown;
      });
      await given.loaded;
    }
  }

  /** Where the given models are; lists among them are fetched for it. */
  async #find(): Promise<URL[]> {
    const { given } = this;
    if (!given) {
      return [];
    }
    given.found ??= given.find().catch((thrown) => {
      given.found = null;
      throw thrown;
    });
    const urls = await given.found;
    given.names = urls.map(nameOf);
    this.requestUpdate();
    return urls;
  }

  async #loadGiven(given: Given): Promise<void> {
    const urls = await this.#find();
    const files = await Promise.all(urls.map((url) => fetched(url, given.abort.signal)));
    if (given === this.given) {
      await this.#list.add(pathed(files), "relative");
    }
  }

  /** Stops everything; the page has taken the element away. */
  leave(): void {
    this.#session.cancel();
    this.#session.ready();
  }

  readonly #interest = () => {
    this.load().catch(() => {}); // said when the visitor brings a checkpoint
  };

  readonly #pick = async (found: PathedFiles, role: Role): Promise<void> => {
    if (this.#session.busy) {
      return;
    }
    const { reports, rest } = reportsApart(found);
    const [report] = reports;
    if (report) {
      await this.#session.reopen(report.text(), report.name);
    }
    if (rest.files.length === 0 && found.files.length > 0) {
      return;
    }
    await this.#list.add(rest, role);
    if (this.given && this.#list.ready("checkpoint").length > 0) {
      await this.#compareGiven();
    }
  };

  async #compareGiven(): Promise<void> {
    this.#session.load();
    try {
      await this.load();
    } catch (thrown) {
      this.#session.fail(thrown);
      return;
    }
    this.#session.ready();
    const unreadable = this.#list.of("relative").find(({ model }) => model?.ok === false)?.model;
    if (this.#ready) {
      await this.#compare();
    } else if (unreadable?.ok === false) {
      this.#session.fail(new WeightkinError(unreadable.error));
    }
  }

  readonly #compare = async () => {
    this.#session.forget();
    if (this.#list.seeks) {
      await this.#seek();
      return;
    }
    const { ancestor } = this.#list;
    const models = [...this.#list.ready("checkpoint"), ...this.#list.ready("relative")];
    await this.#session.compare(models, ancestor === undefined ? {} : { ancestor });
  };

  /** Looks for the nearest among many models, and compares with those. */
  async #seek(sought?: Sought): Promise<void> {
    const [model] = this.#list.ready("checkpoint");
    if (model && (await this.#session.seek(sought ?? { model, among: this.#list.among }))) {
      const relatives = this.#session.found ? nearest(this.#session.found.identification) : [];
      if (relatives.length > 0) {
        await this.#session.compare([model, ...relatives], {});
      }
    }
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "changed":
        this.requestUpdate();
        break;
      case "progress":
        this.listener.progress(event.progress);
        break;
      case "finished":
        this.listener.result(event.report, this.#session.found?.identification ?? null);
        break;
      case "failed":
        this.listener.error(event.failure);
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

  readonly #announce = (words: string): void => {
    this.announcement = words;
  };

  /** Moves focus to what is new while it is in here; a page around keeps its own. */
  #focus({ selector }: FocusTarget): void {
    const root = this.getRootNode() as ShadowRoot;
    const wasHere = root.activeElement !== null;
    requestAnimationFrame(() => {
      const target = this.querySelector<HTMLElement>(selector);
      if (target && wasHere && (root.activeElement !== null || document.hasFocus())) {
        target.focus({ preventScroll: true });
        target.closest("section, .actions")?.scrollIntoView({ block: "nearest" });
      }
    });
  }

  readonly #dragOver = (event: DragEvent) => {
    if (carriesFiles(event.dataTransfer)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = this.#session.busy ? "none" : "copy";
      this.over = !this.#session.busy;
    }
  };

  readonly #dragLeave = (event: DragEvent) => {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) {
      this.over = false;
    }
  };

  readonly #drop = async (event: DragEvent) => {
    this.over = false;
    if (!carriesFiles(event.dataTransfer)) {
      return;
    }
    event.preventDefault();
    const zone = event.target instanceof Element ? event.target.closest("wk-zone") : null;
    const hasCheckpoint = !this.given && this.#list.of("checkpoint").length > 0;
    const role = zone?.kind ?? (hasCheckpoint ? "relative" : "checkpoint");
    try {
      await this.#pick(await filesOf(event.dataTransfer), role);
    } catch (thrown) {
      this.#session.fail(thrown);
    }
  };
}

defineElement("wk-widget", Widget);
