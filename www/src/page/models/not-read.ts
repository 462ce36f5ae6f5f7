/** What of a model's folder is not read, and which of its variants is. */

import { html, nothing, type TemplateResult } from "lit";
import type { InspectedModel, NotRead } from "../../weightkin.js";
import { formatCount } from "../common/format.js";
import type { Words } from "../language/words/en.js";

/** Files listed for each reason; all of them are in the report JSON. */
const FILES_LISTED = 200;

/** What is not read, by reason, folded away under `title`. */
export function notReadList(
  t: Words,
  title: (count: string) => string,
  files: readonly NotRead[],
): TemplateResult | typeof nothing {
  if (files.length === 0) {
    return nothing;
  }
  const reasons = Map.groupBy(files, ({ reason }) => reason);
  return html`<details class="not-read">
    <summary>${title(formatCount(t, files.length))}</summary>
    <dl class="metadata">
      ${[...reasons].map(
        ([reason, listed]) => html`<dt>${t.notRead.reasons[reason] ?? reason}</dt>
          ${listed.slice(0, FILES_LISTED).map(({ file }) => html`<dd>${file}</dd>`)}
          ${listed.length > FILES_LISTED ? html`<dd>${t.leftOut.more}</dd>` : nothing}`,
      )}
    </dl>
  </details>`;
}

/** Which variant is read, where there are several, and a choice of the others. */
export function variantChoice(
  t: Words,
  name: string,
  model: InspectedModel,
  locked: boolean,
  choose: (variant: string | undefined) => void,
): TemplateResult | typeof nothing {
  const facts = model.ok ? model.facts : undefined;
  const beside = facts?.not_read.flatMap(({ variant }) => variant ?? []) ?? [];
  const asked = model.variant;
  // with one that is not there, the way back stays
  const names = [...new Set([...beside, ...(asked === undefined ? [] : [asked])])].sort();
  const read = facts?.variant;
  if (names.length === 0) {
    return read === undefined ? nothing : html`<p class="hint">${t.variant.read(read)}</p>`;
  }
  const byItself = asked === undefined && read !== undefined ? t.variant.read(read) : "";
  return html`<p class="hint variant">
    <label>${t.variant.choose}
      <select aria-label=${t.variant.chooseName(name)} ?disabled=${locked}
        @change=${(event: Event) => choose((event.currentTarget as HTMLSelectElement).value || undefined)}>
        <option value="" ?selected=${asked === undefined}>${t.variant.byItself}</option>
        ${names.map((variant) => html`<option value=${variant} ?selected=${variant === asked}>${variant}</option>`)}
      </select>
    </label>
    ${byItself}
  </p>`;
}
