/** What a model was probably mixed from: one bar for all of it, and one column per block. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Recipe, Scope } from "../../weightkin.js";
import type { Words } from "../language/words/en.js";
import { figure, leadingDigits } from "./figure.js";
import { type Look, nameOf, recipeOf } from "./look.js";
import { tick } from "./ticks.js";

/** Decimals of a weight in a sentence. */
const SPOKEN_DECIMALS = 2;

/** Weights below this are not worth a word; they are in the table. */
const SPOKEN_WEIGHT = 0.05;

export function recipeSection(t: Words, look: Look, blocks: Scope[]): TemplateResult {
  const recipe = recipeOf(look);
  if ((look.report.gaps ?? []).length > 0 && !recipe) {
    return html`<p class="hint">${t.recipe.tooLittle}</p>`;
  }
  if (!recipe) {
    const why = look.report.ancestor === null ? t.recipe.needsTwo : t.recipe.nothing;
    return html`<p class="hint">${why}</p>`;
  }
  if (recipe.parents.length < 2 && look.report.ancestor === null) {
    return html`<p class="hint">${t.recipe.needsTwo}</p>`;
  }
  const byBlock = blocks.flatMap((block) => {
    const here = block.recipes.find(({ child }) => child === look.of);
    return here ? [{ name: block.name, recipe: here }] : [];
  });
  return html`
    ${sentence(t, recipe, look)}
    <h3 class="visually-hidden">${t.recipe.overall}</h3>
    ${bar(recipe)} ${weights(t, recipe, look)}
    ${
      byBlock.length > 1
        ? html`<h3>${t.recipe.byBlock}</h3>
          ${columns(byBlock)} ${table(t, recipe, byBlock, look)}`
        : nothing
    }
    <p class="hint">${t.recipe.caveat}</p>
  `;
}

/** What the core says about the relation, in words. Only the whole model has one. */
function sentence(t: Words, recipe: Recipe, look: Look): TemplateResult | typeof nothing {
  const name = (parent: number) => nameOf(look.report, parent);
  const parts = (weights: number[]) =>
    recipe.parents
      .map((parent, i) => ({ parent, weight: weights[i] ?? 0 }))
      .filter(({ weight }) => Math.abs(weight) >= SPOKEN_WEIGHT)
      .sort((x, y) => y.weight - x.weight)
      .map(({ parent, weight }) =>
        t.recipe.part(leadingDigits(weight, SPOKEN_DECIMALS), name(parent)),
      )
      .join(" + ")
      .replaceAll("+ -", "− ");
  switch (recipe.relation) {
    case "nearest":
      return html`<p class="says">${t.recipe.nearest(name(recipe.nearest ?? 0))}</p>`;
    case "mixture":
      return html`<p class="says">${t.recipe.mixture(parts(recipe.weights))}</p>`;
    case "signed_mixture":
      return html`<p class="says">${t.recipe.signed_mixture(parts(recipe.signed_weights ?? []))}</p>`;
    case "unrelated":
      return html`<p class="says">${t.recipe.unrelated}</p>`;
    case "unclear":
      return html`<p class="says">${t.recipe.unclear}</p>`;
    default:
      return nothing;
  }
}

/** Shares next to each other. With an ancestor they need not add up to 1. */
function shares(weights: number[]): { start: number; share: number }[] {
  const whole = Math.max(
    1,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  let start = 0;
  return weights.map((weight) => {
    const share = weight / whole;
    start += share;
    return { start: start - share, share };
  });
}

function bar({ weights }: Recipe): TemplateResult {
  return html`<svg class="recipe-bar" aria-hidden="true">
    <rect class="rest" width="100%" height="100%" />
    ${shares(weights).map(
      ({ start, share }, i) =>
        svg`<rect class="parent-${i % 8}" x="${start * 100}%" width="${share * 100}%" height="100%" />`,
    )}
  </svg>`;
}

function weights(t: Words, recipe: Recipe, { report }: Look): TemplateResult {
  return html`<ul class="weights">
    ${recipe.parents.map(
      (parent, i) => html`<li>
        <i class="parent-${i % 8}" aria-hidden="true"></i>
        <span class="name">${nameOf(report, parent)}</span>
        <span class="value">${figure(t, recipe.weights[i], recipe.weight_intervals?.[i])}</span>
      </li>`,
    )}
    <li class="fit"><i aria-hidden="true"></i><span class="name">${t.recipe.fit}</span><span class="value">${figure(t, recipe.r2, recipe.r2_interval)}</span></li>
  </ul>`;
}

interface BlockRecipe {
  name: string;
  recipe: Recipe;
}

function columns(blocks: BlockRecipe[]): TemplateResult {
  return html`<div class="recipe-columns" aria-hidden="true">
    ${blocks.map(
      ({ name, recipe }, i) => html`<div class="column" title=${name}>
        <svg>
          <rect class="rest" width="100%" height="100%" />
          ${shares(recipe.weights).map(
            ({ start, share }, i) =>
              svg`<rect class="parent-${i % 8}" y="${start * 100}%" width="100%" height="${share * 100}%" />`,
          )}
        </svg>
        ${tick(name, i, blocks.length)}
      </div>`,
    )}
  </div>`;
}

function table(t: Words, whole: Recipe, blocks: BlockRecipe[], { report }: Look): TemplateResult {
  return html`<details>
    <summary>${t.result.figuresTable}</summary>
    <div class="wide tall" tabindex="0" role="region" aria-label=${t.recipe.caption}>
      <table class="plain">
        <caption class="visually-hidden">${t.recipe.caption}</caption>
        <thead>
          <tr>
            <th scope="col">${t.strip.block}</th>
            ${whole.parents.map((parent) => html`<th scope="col">${nameOf(report, parent)}</th>`)}
            <th scope="col">${t.recipe.fit}</th>
          </tr>
        </thead>
        <tbody>
          ${[{ name: t.recipe.whole, recipe: whole }, ...blocks].map(
            ({ name, recipe }) => html`<tr>
              <th scope="row">${name}</th>
              ${whole.parents.map((parent) => {
                const at = recipe.parents.indexOf(parent);
                return html`<td>${figure(t, recipe.weights[at], recipe.weight_intervals?.[at])}</td>`;
              })}
              <td>${figure(t, recipe.r2, recipe.r2_interval)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
