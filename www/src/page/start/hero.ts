/** What stands above everything: the name, the language, what this page is for. */

import { html, type TemplateResult } from "lit";
import { iconLock, iconMark } from "../common/icons.js";
import { choose, LANGUAGES, type Language, languageOf } from "../language/language.js";
import type { Words } from "../language/words/en.js";

export function topBar(t: Words): TemplateResult {
  const change = (event: Event) =>
    choose((event.currentTarget as HTMLSelectElement).value as Language);
  return html`<header class="top">
    <p class="wordmark">${iconMark} ${t.app.name}</p>
    <select id="language" class="slim" aria-label=${t.app.language} @change=${change}>
      ${Object.entries(LANGUAGES).map(
        ([tag, name]) =>
          html`<option value=${tag} lang=${tag} .selected=${tag === languageOf(document).language}>${name}</option>`,
      )}
    </select>
  </header>`;
}

export function hero(t: Words): TemplateResult {
  return html`<div class="hero">
    <h1>${t.app.purpose}</h1>
    <div class="words">
      <p>${t.app.lead}</p>
      <p class="promise">
        ${iconLock}<span><strong>${t.app.promise}</strong> ${t.app.promiseDetail}</span>
      </p>
    </div>
  </div>`;
}
