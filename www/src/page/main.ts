import "../shared/trusted.js";
import { App } from "./app.js";
import { defineElement } from "./common/element.js";
import { preferredLanguage, speakOnPage } from "./language/language.js";
import type { KeptPanel } from "./memory/panel.js";
import type { Zone } from "./models/zone.js";

declare global {
  interface HTMLElementTagNameMap {
    "wk-kept": KeptPanel;
    "wk-zone": Zone;
  }
}

// The first paint is already in the user's language.
const language = preferredLanguage();
if (language !== "en") {
  await speakOnPage(language);
}
defineElement("wk-app", App);
