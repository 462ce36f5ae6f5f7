/** The answer in one sentence, and the number with all its digits. */

import { html, nothing, type TemplateResult } from "lit";
import type { Gap, Pair, Report } from "../../weightkin.js";
import { formatCount, formatShare } from "../common/format.js";
import { help } from "../common/help.js";
import type { Words } from "../language/words/en.js";

import { figure, leadingDigits, spoken } from "./figure.js";
import { nameOf, pairBetween } from "./look.js";
import { verdictWords } from "./ranking.js";

export function headline(t: Words, report: Report, of: number): TemplateResult {
  const answer = answerFor(t, report, of);
  const gap = answer ? undefined : gapOf(report, of);
  if (gap) {
    return html`<section class="headline" aria-labelledby="headline">
      <p class="overline">${t.result.of(nameOf(report, of))}</p>
      <h2 id="headline" tabindex="-1">${gapSentence(t, report, gap)}</h2>
      <p class="context">${t.result.gapDetail(gapCause(t, gap))}</p>
    </section>`;
  }
  if (!answer) {
    return html`<section class="headline"><h2 id="headline" tabindex="-1">${t.result.nothing}</h2></section>`;
  }
  const { pair, name, ahead, context, zeros } = answer;
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
    ${zeros ? html`<p class="context zeros">${zeros}</p>` : nothing}
    ${comparedHow(t, report).map((sentence) => html`<p class="context">${sentence}</p>`)}
  </section>`;
}

/** Why nothing is said of a model: too little of it, or of the one closest to it, was compared. */
export function gapOf({ gaps = [], closest }: Report, of: number): Gap | undefined {
  const other = closest.find((entry) => entry.of === of)?.model;
  return gaps.find(({ model }) => model === of) ?? gaps.find(({ model }) => model === other);
}

export function gapSentence(t: Words, report: Report, { model, share }: Gap): string {
  return t.result.gap(formatShare(t, share), nameOf(report, model)) + t.result.stop;
}

function gapCause(t: Words, { reason }: Gap): string {
  const causes: Record<string, string> = t.result.gapCauses;
  return causes[reason] ?? t.result.gapCauses.other;
}

/** The answer as plain text, for the live region. */
export function headlineSentence(t: Words, report: Report, of = 0): string {
  const answer = answerFor(t, report, of);
  if (!answer) {
    const gap = gapOf(report, of);
    return gap ? gapSentence(t, report, gap) : t.result.announceDone;
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
    zeros: zeroColumns(t, pair),
    ahead: margin === null ? null : t.result.ahead(lead(margin), next),
    context:
      scale === null
        ? null
        : t.result.context(name, next, spoken(scale, between?.intervals?.column_cosine)),
  };
}

/** Means that differ by so much are both shown, as on the command line. */
const SHOWN_DIFFERENCE = 1e-4;

/** From this share of all columns on it is said how many are of tensors of few rows. */
const SAID_SHARE = 0.01;

/** What has to be known of the tensors that the mean is made of. */
function comparedHow(t: Words, { compared, tensors }: Report): string[] {
  const short = compared.short_columns ?? 0;
  const aligned = tensors.filter((tensor) => tensor.aligned !== undefined).length;
  return [
    ...(aligned > 0 ? [t.result.aligned(formatCount(t, aligned))] : []),
    ...(short > SAID_SHARE * compared.columns
      ? [t.result.shortColumns(formatCount(t, short), formatCount(t, compared.columns))]
      : []),
  ];
}

/** What the mean is without the columns that are zero in both models, where that is another. */
function zeroColumns(t: Words, pair: Pair): string | null {
  const { column_cosine, nonzero_column_cosine: judged, zero_columns } = pair;
  return column_cosine !== null &&
    judged !== undefined &&
    Math.abs(judged - column_cosine) >= SHOWN_DIFFERENCE
    ? t.result.zeroColumns(leadingDigits(judged), formatCount(t, zero_columns?.both ?? 0))
    : null;
}
