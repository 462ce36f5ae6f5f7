/** `<weight-kin>`: the comparison as an element for any page. */
import { LANGUAGE_CHANGED, languageOf, pickLanguage, speak } from "../page/language/language.js";
import {
  type Failure,
  type Identification,
  type Progress,
  type Report,
  reportText,
} from "../weightkin.js";
import { widgetSheet } from "./sheet.js";
import { Widget } from "./widget.js";

/** Told when a comparison moves on, at most ten times a second. */
export type WeightkinProgressEvent = CustomEvent<Progress>;
/**
 * Told when a comparison is over: the report, and its JSON exactly as the core wrote it; where the
 * relatives were an index, also how all of its models rank.
 */
export type WeightkinResultEvent = CustomEvent<{
  report: Report;
  text: string;
  identification?: Omit<Identification, "read">;
}>;
/** Told when something could not be read, loaded or compared. */
export type WeightkinErrorEvent = CustomEvent<Failure>;

export interface WeightKinEventMap {
  "weightkin-progress": WeightkinProgressEvent;
  "weightkin-result": WeightkinResultEvent;
  "weightkin-error": WeightkinErrorEvent;
}

/** What the visitor types and drops in here is no business of the page's own keys and drop zones. */
const KEPT_INSIDE = ["input", "beforeinput", "dragenter", "dragover", "dragleave", "drop"];
const KEYS = ["keydown", "keypress", "keyup"];

export class WeightKinElement extends HTMLElement {
  static readonly observedAttributes = ["title", "relatives", "report", "lang", "loading"];
  readonly #widget: Widget;
  readonly #frame: HTMLElement;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [widgetSheet()];
    this.#frame = document.createElement("div");
    this.#frame.className = "frame";
    this.#frame.part.add("frame");
    // the element's title is its heading, not a hint over all of it
    this.#frame.title = "";
    this.#widget = new Widget();
    this.#widget.listener = {
      progress: (progress) => this.#tell("weightkin-progress", structuredClone(progress)),
      result: (report, identification) => {
        const text = reportText(report);
        const { read: _, ...ranking } = identification ?? { read: null };
        const found = identification && { identification: ranking as typeof identification };
        this.#tell("weightkin-result", { report, text, ...found });
      },
      error: (failure) => this.#tell("weightkin-error", { ...failure }),
    };
    for (const type of KEPT_INSIDE) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
    for (const type of KEYS) {
      root.addEventListener(type, keepTyping);
    }
    root.addEventListener(LANGUAGE_CHANGED, () => this.#nameLanguage());
    this.#frame.append(this.#widget);
    root.append(this.#frame);
  }

  /** Addresses of the models to compare with, or of a list of them, separated by white space. */
  get relatives(): string {
    return this.getAttribute("relatives") ?? "";
  }

  set relatives(addresses: string | readonly string[]) {
    this.setAttribute("relatives", typeof addresses === "string" ? addresses : addresses.join(" "));
  }

  /** Address of a report to show. */
  get report(): string {
    return this.getAttribute("report") ?? "";
  }

  set report(address: string) {
    this.setAttribute("report", address);
  }

  /** `light`, `dark`, or anything else for the colour scheme of the page around. */
  get theme(): string {
    return this.getAttribute("theme") ?? "";
  }

  set theme(theme: string) {
    this.setAttribute("theme", theme);
  }

  /** `eager` loads core and relatives at once, otherwise at the visitor's first interest. */
  get loading(): string {
    return this.getAttribute("loading") ?? "";
  }

  set loading(when: string) {
    this.setAttribute("loading", when);
  }

  /**
   * Loads the core and the relatives ahead of their use; after that a comparison makes no request.
   * Rejects with a `WeightkinError` if a relative cannot be had.
   */
  load(): Promise<void> {
    return this.#widget.load();
  }

  /** Shows a report: its JSON text, or the object a `weightkin-result` event or `compare()` gave. */
  show(report: Report | string): Promise<void> {
    return this.#widget.show(typeof report === "string" ? report : reportText(report));
  }

  /** @internal */
  connectedCallback(): void {
    this.#adoptEarly();
    this.#speak();
  }

  /** @internal */
  disconnectedCallback(): void {
    // moved within the page, it is back by then
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.#widget.leave();
      }
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) {
      return;
    }
    switch (name) {
      case "title":
        this.#widget.heading = value ?? "";
        break;
      case "relatives":
        this.#widget.relatives(value ?? "", this.baseURI).then(() => this.#loadEarly());
        break;
      case "report":
        if (value) {
          this.#widget.reportFrom(value, this.baseURI);
        }
        break;
      case "lang":
        this.#speak();
        break;
      case "loading":
        this.#loadEarly();
        break;
    }
  }

  /** Properties that were set before the element was one. */
  #adoptEarly(): void {
    for (const name of ["relatives", "report", "theme", "loading"] as const) {
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete (this as Partial<Record<typeof name, string>>)[name];
        this[name] = value;
      }
    }
  }

  #loadEarly(): void {
    if (this.loading === "eager") {
      this.#widget.load().catch(() => {}); // tried again, and said, when the visitor wants it
    }
  }

  #speak(): void {
    const own = languageAround(this);
    const language = pickLanguage(own ? [own] : navigator.languages);
    const root = this.shadowRoot;
    if (root) {
      speak(language, root);
      this.#nameLanguage();
    }
  }

  #nameLanguage(): void {
    const root = this.shadowRoot;
    if (root) {
      this.#frame.lang = languageOf(root).language;
    }
  }

  #tell<K extends keyof WeightKinEventMap>(type: K, detail: WeightKinEventMap[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "weight-kin": WeightKinElement;
  }
  interface HTMLElementEventMap extends WeightKinEventMap {}
}

function keepTyping(event: Event): void {
  const { target } = event;
  if (event.defaultPrevented || (target instanceof Element && target.matches("input, select"))) {
    event.stopPropagation();
  }
}

/** The language of the text that an element stands in. */
function languageAround(element: Element): string | undefined {
  const found = element.closest<HTMLElement>("[lang]");
  if (found) {
    return found.lang;
  }
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? languageAround(root.host) : undefined;
}
