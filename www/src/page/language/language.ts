/**
 * The languages of the page. A document and every shadow root may speak one of its own: elements
 * take their words from their root (see `common/element.ts`) and hand them on to what they render.
 */
import type { Failure } from "../../weightkin.js";
import { en, type Words } from "./words/en.js";

/** Languages by their tag, each under its own name. */
export const LANGUAGES = { en: "English", ja: "日本語", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

/** Told of on a document or shadow root when its words have changed. */
export const LANGUAGE_CHANGED = "weightkin-language";

const STORED_UNDER = "weightkin-language";

/** Languages other than the first are files of their own. */
const loaders: Record<Language, () => Promise<Words>> = {
  en: async () => en,
  ja: async () => (await import("./words/ja.js")).ja,
  "zh-CN": async () => (await import("./words/zh-cn.js")).zhCN,
};

/** A language and its words. */
export interface Spoken {
  language: Language;
  words: Words;
}

const ENGLISH: Spoken = { language: "en", words: en };

const spokenIn = new WeakMap<Node, Spoken>();

/** What is spoken in a document or shadow root. */
export function languageOf(root: Node): Spoken {
  return spokenIn.get(root) ?? ENGLISH;
}

/** Speaks another language in a document or shadow root, if its words can be loaded. */
export async function speak(wanted: Language, root: Node): Promise<void> {
  try {
    spokenIn.set(root, { language: wanted, words: await loaders[wanted]() });
  } catch {
    return; // the words in use are better than none
  }
  root.dispatchEvent(new Event(LANGUAGE_CHANGED));
}

/** Speaks another language on the page. */
export async function speakOnPage(wanted: Language): Promise<void> {
  await speak(wanted, document);
  document.documentElement.lang = languageOf(document).language;
}

/** Speaks another language on the page, and does so again at the next visit. */
export async function choose(wanted: Language): Promise<void> {
  await speakOnPage(wanted);
  try {
    localStorage.setItem(STORED_UNDER, languageOf(document).language);
  } catch {
    // not remembered where the browser keeps nothing
  }
}

/** Fetches the other languages, so that changing to one later needs no request. */
export function loadAllLanguages(): void {
  for (const load of Object.values(loaders)) {
    load().catch(() => {}); // tried again when it is wanted
  }
}

/** The language chosen before, or the first of the user's that there is. */
export function preferredLanguage(): Language {
  return stored() ?? pickLanguage(navigator.languages);
}

function stored(): Language | undefined {
  try {
    const tag = localStorage.getItem(STORED_UNDER);
    return tag !== null && isLanguage(tag) ? tag : undefined;
  } catch {
    return undefined;
  }
}

/** The first of these languages that there is, or English. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [base = ""] = tag.toLowerCase().split("-");
    const found = base === "zh" ? "zh-CN" : base;
    if (isLanguage(found)) {
      return found;
    }
  }
  return "en";
}

function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag);
}

/** A failure in plain words; the core's own message, capitalised, where no sentence exists. */
export function plainWords(t: Words, { code, message }: Pick<Failure, "code" | "message">): string {
  const known: Record<string, string | undefined> = t.failures;
  const words = Object.hasOwn(known, code) ? known[code] : undefined;
  return words ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** What a scope or a kind of layer is called. */
export function scopeName(t: Words, name: string): string {
  return (Object.hasOwn(t.scopeNames, name) && t.scopeNames[name]) || name;
}
