/** What of a report is being looked at: which model, which part, which figure. */

import type { Pair, Recipe, Report, Scope, TensorPair } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";

/** The figures a matrix or a strip can show. */
export type Measure = keyof Words["measures"];

export interface Look {
  report: Report;
  /** The model in question. */
  of: number;
  /** The part of the models; `null` for everything. */
  scope: Scope | null;
  measure: Measure;
}

/** The pairs of what is looked at. */
export function pairsOf({ report, scope }: Pick<Look, "report" | "scope">): Pair[] {
  return (scope ?? report).pairs;
}

/** The recipe of the model in question. */
export function recipeOf({ report, scope, of }: Look): Recipe | undefined {
  return (scope ?? report).recipes.find(({ child }) => child === of);
}

/** A model's name. */
export function nameOf({ models }: Report, model: number): string {
  return models[model]?.name ?? "";
}

/** The pair of two models, in whatever order they are given. */
export function pairBetween<P extends { a: number; b: number }>(
  pairs: readonly P[],
  first: number,
  second: number,
): P | undefined {
  const [a, b] = first < second ? [first, second] : [second, first];
  return pairs.find((pair) => pair.a === a && pair.b === b);
}

/** The other model of a pair. */
export function other(pair: { a: number; b: number }, model: number): number {
  return pair.a === model ? pair.b : pair.a;
}

/** A pair's figure under a measure; tensors have none since an ancestor. */
export function figureOf(pair: Pair | TensorPair, measure: Measure): number | null {
  return measure === "ancestor_cosine" && !("ancestor_cosine" in pair)
    ? null
    : (pair as Pair)[measure];
}

/** Half-width of the interval of that figure, where it is an estimate. */
export function intervalOf(
  pair: Pair | TensorPair | undefined,
  measure: Measure,
): number | undefined {
  return pair?.intervals?.[measure];
}

/** The pairs of one model, the closest first; those without a figure last. */
export function nearestFirst(pairs: Pair[], of: number, measure: Measure): Pair[] {
  const nearness = (pair: Pair) => {
    const value = figureOf(pair, measure);
    if (value === null) {
      return -Number.MAX_VALUE;
    }
    return measure === "relative_distance" ? -value : value;
  };
  return pairs
    .filter(({ a, b }) => a === of || b === of)
    .sort((x, y) => nearness(y) - nearness(x) || other(x, of) - other(y, of));
}

/** The scopes of one kind, in the order of the report. */
export function scopesBy({ scopes }: Report, by: Scope["by"]): Scope[] {
  return scopes.filter((scope) => scope.by === by);
}

/** More parts of a kind than this are too many to draw; models have some dozens. */
export const MOST_PARTS = 1_000;

/** Those of them that are drawn. */
export function drawnBy(report: Report, by: Scope["by"]): Scope[] {
  return scopesBy(report, by).slice(0, MOST_PARTS);
}
