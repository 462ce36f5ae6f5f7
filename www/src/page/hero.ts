/** What stands above everything: the name, the language, what this page is for. */
import { html, type TemplateResult } from "lit";
import { icon_lock, icon_mark } from "./icons.js";
import { choose, LANGUAGES, type Language, language, t } from "./strings.js";

export function topBar(): TemplateResult {
  const change = (event: Event) =>
    choose((event.currentTarget as HTMLSelectElement).value as Language);
  return html`<header class="top">
    <p class="wordmark">${icon_mark} ${t.app.name}</p>
    <select id="language" class="slim" aria-label=${t.app.language} @change=${change}>
      ${Object.entries(LANGUAGES).map(
        ([tag, name]) =>
          html`<option value=${tag} lang=${tag} .selected=${tag === language}>${name}</option>`,
      )}
    </select>
  </header>`;
}

export function hero(): TemplateResult {
  return html`<div class="hero">
    <h1>${t.app.purpose}</h1>
    <div class="words">
      <p>${t.app.lead}</p>
      <p class="promise">
        ${icon_lock}<span><strong>${t.app.promise}</strong> ${t.app.promise_detail}</span>
      </p>
    </div>
  </div>`;
}
