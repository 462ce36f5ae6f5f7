/** Links the web app manifest in the language of the page, so that it installs under these words. */
import { LANGUAGE_CHANGED, languageOf } from "../language/language.js";

function link(): void {
  const element = document.querySelector<HTMLLinkElement>('link[rel="manifest"]');
  const { language } = languageOf(document);
  const name = language === "en" ? "manifest.webmanifest" : `manifest.${language}.webmanifest`;
  if (element && element.getAttribute("href") !== name) {
    element.setAttribute("href", name);
  }
}

/** From now on and at every change of language. */
export function linkManifest(): void {
  link();
  document.addEventListener(LANGUAGE_CHANGED, link);
}
