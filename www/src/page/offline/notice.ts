/** The offer of a new version: out of the way, and taken up only when the user wants it. */

import { html, type TemplateResult } from "lit";
import { iconRemove } from "../common/icons.js";
import type { Words } from "../language/words/en.js";

import type { Update } from "./begin.js";

export function updateNotice(
  t: Words,
  { replaced, accept }: Update,
  dismiss: () => void,
): TemplateResult {
  return html`<aside class="notice" id="update" role="status">
    <p>
      <strong>${replaced ? t.offline.replaced : t.offline.ready}</strong>
      <span class="hint">${t.offline.hint}</span>
    </p>
    <button id="update-accept" type="button" class="slim" @click=${accept}>
      ${replaced ? t.offline.reload : t.offline.update}
    </button>
    <button type="button" class="quiet" title=${t.offline.later} aria-label=${t.offline.later}
      @click=${dismiss}>${iconRemove}</button>
  </aside>`;
}
