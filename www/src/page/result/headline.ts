/** The answer in one sentence, and the number with all its digits. */

import { html, nothing, type TemplateResult } from "lit";
import type { Report } from "../../weightkin.js";
import { help } from "../common/help.js";
import type { Words } from "../language/words/en.js";

import { figure, leadingDigits, spoken } from "./figure.js";
import { nameOf, pairBetween } from "./look.js";
import { verdictWords } from "./ranking.js";

export function headline(t: Words, report: Report, of: number): TemplateResult {
  const answer = answerFor(t, report, of);
  if (!answer) {
    return html`<section class="headline"><h2 id="headline" tabindex="-1">${t.result.nothing}</h2></section>`;
  }
  const { pair, name, ahead, context } = answer;
  return html`<section class="headline" aria-labelledby="headline">
    <p class="overline">${t.result.of(nameOf(report, of))}</p>
    <h2 id="headline" tabindex="-1">
      <span>${t.result.sentence(name, spoken(pair.column_cosine, pair.interval), t.verdicts[pair.verdict])}</span>${
        ahead ? html`<span class="ahead">${t.result.join}${ahead}</span>` : nothing
      }${t.result.stop}
    </h2>
    <p class="number">${figure(t, pair.column_cosine, pair.interval)}<span class="unit">${t.result.unit} ${help(t, "headline", t.result.unit)}</span></p>
    <p class="answer">
      <span>${verdictWords(t, pair.verdict)} ${help(t, "verdict", t.verdicts[pair.verdict])}</span>
      ${context ? html`<span class="context">${context} ${help(t, "margin", t.help.marginName)}</span>` : nothing}
    </p>
  </section>`;
}

/** The answer as plain text, for the live region. */
export function headlineSentence(t: Words, report: Report, of = 0): string {
  const answer = answerFor(t, report, of);
  if (!answer) {
    return t.result.announceDone;
  }
  const { pair, name, ahead } = answer;
  const sentence = t.result.sentence(
    name,
    spoken(pair.column_cosine, pair.interval),
    t.verdicts[pair.verdict],
  );
  return `${sentence}${ahead ? t.result.join + ahead : ""}${t.result.stop}`;
}

function answerFor(t: Words, report: Report, of: number) {
  const closest = report.closest.find((entry) => entry.of === of);
  const pair = closest && pairBetween(report.pairs, of, closest.model);
  if (!closest || !pair || pair.column_cosine === null || pair.verdict === null) {
    return undefined;
  }
  const { model, margin, runner_up } = closest;
  const name = nameOf(report, model);
  const next = runner_up === null ? "" : nameOf(report, runner_up);
  const between = runner_up === null ? undefined : pairBetween(report.pairs, model, runner_up);
  const scale = between?.column_cosine ?? null;
  const interval = pair.intervals?.column_cosine;
  const lead = (margin: number) =>
    interval === undefined ? leadingDigits(margin) : t.result.about(leadingDigits(margin, 4));
  return {
    pair: { column_cosine: pair.column_cosine, interval, verdict: pair.verdict },
    name,
    ahead: margin === null ? null : t.result.ahead(lead(margin), next),
    context:
      scale === null
        ? null
        : t.result.context(name, next, spoken(scale, between?.intervals?.column_cosine)),
  };
}
