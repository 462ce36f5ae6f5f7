/** What a search has found, in one sentence, and the figures that it rests on. */
import type { Identification, ModelInput, Relative } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";
import { leadingDigits, spoken } from "../result/figure.js";
import type { RankingRow } from "../result/ranking.js";

/** The narrowest interval that is written down, as on the command line. */
const FINEST = 1e-6;
/** Models of a comparison beside the checkpoint: the nearest say all there is to say. */
const COMPARED = 3;

/** The nearest relatives whose fingerprints are there, ready to be compared. */
export function nearest({ relatives, read }: Identification): ModelInput[] {
  return relatives
    .flatMap(({ file }) => read.get(file) ?? [])
    .slice(0, COMPARED)
    .map((file) => ({ files: [file] }));
}

/** The answer as plain text. */
export function foundSentence(t: Words, { relatives, margin }: Identification): string {
  const [first, second] = relatives;
  if (!first) {
    return t.found.none;
  }
  const { column_cosine, interval, verdict } = row(t, first);
  const ahead =
    margin && second
      ? t.result.join +
        t.result.ahead(t.result.about(leadingDigits(margin.column_cosine, 4)), second.name)
      : "";
  const words = verdict ? t.verdicts[verdict] : t.found.sketch;
  return (
    t.result.sentence(first.name, spoken(column_cosine, interval), words) + ahead + t.result.stop
  );
}

/** What is known best of a relative. */
export function row(
  t: Words,
  { name, sketch, refined }: Relative,
): RankingRow & { column_cosine: number } {
  return typeof refined?.column_cosine === "number"
    ? {
        name,
        column_cosine: refined.column_cosine,
        interval: Math.max(refined.intervals.column_cosine ?? 0, FINEST),
        verdict: refined.verdict,
      }
    : {
        name,
        column_cosine: sketch.column_cosine,
        interval: Math.max(sketch.half_width, FINEST),
        verdict: null,
        note: t.found.sketch,
      };
}
