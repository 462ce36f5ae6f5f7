/** The “?” beside a number: a calm explanation in a small window of its own. */

import { html, type TemplateResult } from "lit";
import type { Words } from "../language/words/en.js";

import { iconClose } from "./icons.js";

type Topic = Exclude<keyof Words["help"], "open" | "margin_name" | "interval_name">;

/** A button that explains `topic`, called `name` on the page. */
export function help(t: Words, topic: Topic, name: string): TemplateResult {
  return html`<button class="help" type="button" aria-label=${t.help.open(name)} aria-haspopup="dialog"
    @click=${(event: Event) => open(event.currentTarget as HTMLElement, name, t.help[topic])}>?</button>`;
}

/** The one window, rendered once by whatever holds the buttons. */
export function helpWindow(t: Words): TemplateResult {
  return html`<div id="help" popover="auto" role="dialog" aria-labelledby="help-title" tabindex="-1" autofocus>
    <div class="help-head">
      <h2 id="help-title"></h2>
      <button class="quiet" type="button" aria-label=${t.app.close} popovertarget="help"
        popovertargetaction="hide">${iconClose}</button>
    </div>
    <p id="help-text"></p>
  </div>`;
}

const MARGIN_PX = 12;

function open(button: HTMLElement, title: string, text: string): void {
  const root = button.getRootNode() as Document | ShadowRoot;
  const popup = root.querySelector<HTMLElement>("#help");
  const heading = popup?.querySelector("#help-title");
  const body = popup?.querySelector("#help-text");
  if (!popup || !heading || !body) {
    return;
  }
  heading.textContent = title;
  body.textContent = text;
  popup.showPopover();
  // below the button where there is room, above it otherwise; always inside the window
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popup;
  const roomRight = document.documentElement.clientWidth - width - MARGIN_PX;
  const left = Math.max(MARGIN_PX, Math.min(at.left - MARGIN_PX, roomRight));
  const below = at.bottom + 8;
  const fits = below + height + MARGIN_PX <= innerHeight;
  const top = fits ? below : Math.max(MARGIN_PX, at.top - height - 8);
  popup.style.left = `${left}px`;
  popup.style.top = `${top}px`;
}
