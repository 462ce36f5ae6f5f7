//! What the recipes say about who descends from whom, in a word for each model.
//!
//! Inner products know no direction of time. A model halfway between two others may have been
//! merged from them, but each of the others is then exactly twice the one minus the other, too.
//! So every model is judged on its own first, and then the firmest claims are taken one by one; a
//! claim that would make a model its own ancestor is not made.

use std::cmp::Ordering;

use serde::Serialize;

use super::ancestor::floor;
use super::interval::PerturbedSums;
use super::recipe::nearest_square;
use super::{Recipe, ReportModel, Total};
use crate::sorted::sort_by;

/// Below this cosine, models share no training.
const UNRELATED_COSINE: f64 = 0.3;
/// Largest weight of a parent that is noise.
pub(super) const NOISE_WEIGHT: f64 = 0.05;
/// What a model has learnt by itself leads this far, at most, towards any other model.
const PURE_STEP: f64 = 0.01;
/// Smallest second share of a merge that was trained on.
const SECOND_WEIGHT: f64 = 0.1;
/// Training makes weights longer: from a model to what was trained from it the square of the norm
/// grows by 1.8 to 2.1 times the square of the difference, measured on models really trained. From a
/// merge to one of the models it was merged from it grows by about 1, between models trained from
/// one base by 0 to 0.2.
const TRAINED_GROWTH: f64 = 1.4;
/// A step at right angles to everything makes the square of the norm grow by 1; no less than this is
/// taken for one.
const LEAST_GROWTH: f64 = 0.7;
/// By how much of its square the rest makes a mixture longer, if it leads aside from it.
const ASIDE_GROWTH: std::ops::RangeInclusive<f64> = 0.8..=1.2;
/// A merge that has been trained on has at most this cosine of the ways to its sources: what it has
/// learnt itself leads away from both …
const BETWEEN_COSINE: f64 = 0.1;
/// … and its nearest source is longer by at least this share of the square difference.
const BETWEEN_GROWTH: f64 = 0.5;
/// Below this share of the distance to the nearest named source a mixture of two is not a
/// description; see [`least_mixture_r2`].
const MIXTURE_GAP: f64 = 0.6;
/// A merge that was trained no further leaves less than this share of the square distance to its
/// closest parent: rounding leaves a thousandth.
const EXACT_REST: f64 = 0.01;
/// Share of the blocks that may leave more, in a merge weighted by block.
const ROUGH_BLOCKS: f64 = 0.05;
/// Where a weight is larger, its parent is better described as a mixture of this model.
const LARGEST_SIGNED_WEIGHT: f64 = 1.05;

/// How a model relates to the others, as far as the figures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Nearest to one model, and apart from it in no direction of the others. Which of the two came
    /// first, inner products do not show.
    Nearest,
    /// Between several parents.
    Mixture,
    /// Reached by subtracting a parent too.
    SignedMixture,
    /// Shares no training with any of the others.
    Unrelated,
    /// None of these is a good description, or another model is better described by this one.
    Unclear,
}

/// Whether `a` and `b` share any training. `matrices` is the total over tensors of two or more
/// dimensions.
pub(super) fn is_related(matrices: &Total, a: usize, b: usize) -> bool {
    let square = matrices.product(a, a) * matrices.product(b, b);
    matrices.product(a, b) >= UNRELATED_COSINE * square.sqrt()
}

/// Gives every recipe over all tensors its relation; `blocks` are the recipes of each block.
pub(super) fn judge(
    recipes: &mut [Recipe],
    blocks: &[&[Recipe]],
    all: &Total,
    matrices: &Total,
    models: &[ReportModel],
    ancestor: Option<usize>,
) {
    let mut claims: Vec<(usize, Claim)> = Vec::new();
    for (position, recipe) in recipes.iter_mut().enumerate() {
        let others = recipe.parents.iter().chain(&ancestor);
        let related = others.into_iter().any(|&other| is_related(matrices, recipe.child, other));
        recipe.relation = Some(if related { Relation::Unclear } else { Relation::Unrelated });
        if related && let Some(claim) = Claim::of(recipe, blocks, all, matrices, models, ancestor) {
            claims.push((position, claim));
        }
    }
    // equals keep the order of the models
    sort_by(&mut claims, |(_, a), (_, b)| a.firmer(b));
    let mut descent = Descent::new(models.len());
    for (position, claim) in &claims {
        let is_even = claims.iter().any(|(_, other)| claim.is_even_with(other));
        if !is_even && descent.add(claim.child, &claim.sources) {
            recipes[*position].relation = Some(claim.relation);
            if claim.relation == Relation::Nearest {
                recipes[*position].nearest = claim.sources.first().copied();
            }
        }
    }
}

/// What a recipe says if taken alone.
struct Claim {
    child: usize,
    relation: Relation,
    /// Models it makes the child descend from.
    sources: Vec<usize>,
    firmness: Confidence,
    /// Among claims of one firmness.
    score: f64,
    /// How far the score may be off, where it comes from samples.
    doubt: f64,
}

/// How well a claim holds against one that contradicts it, firmest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Confidence {
    LooseMixture,
    OwnStep,
    ExactSignedMixture,
    ExactMixture,
}

impl Claim {
    fn of(
        recipe: &Recipe,
        blocks: &[&[Recipe]],
        all: &Total,
        matrices: &Total,
        models: &[ReportModel],
        ancestor: Option<usize>,
    ) -> Option<Self> {
        let Recipe { child, parents, weights, nearest_r2, signed_weights, .. } = recipe;
        let nearest = nearest_square(all, *child, parents);
        // the same model, as far as its number format can tell
        let is_copy = parents.iter().any(|&parent| {
            let floor = floor(&models[*child]).max(floor(&models[parent]));
            all.product_from(*child, parent, parent) <= floor * floor * all.product(*child, *child)
        });
        if is_copy {
            return None;
        }
        let claim = |relation, firmness, weights: &[f64], score, doubt| Self {
            child: *child,
            relation,
            sources: parents
                .iter()
                .zip(weights)
                .filter(|(_, weight)| weight.abs() > NOISE_WEIGHT)
                .map(|(parent, _)| *parent)
                .collect(),
            firmness,
            score,
            doubt,
        };
        let is_exact =
            |weights: &[f64]| rest(all, recipe, weights, ancestor) <= EXACT_REST * nearest;
        if let Some(signed) = signed_weights {
            let size = signed.iter().fold(0.0, |size: f64, weight| size.max(weight.abs()));
            return (size <= LARGEST_SIGNED_WEIGHT && is_exact(signed)).then(|| {
                claim(Relation::SignedMixture, Confidence::ExactSignedMixture, signed, -size, 0.0)
            });
        }
        let r2 = (*nearest_r2)?;
        let larger = |least: f64| weights.iter().filter(|weight| **weight > least).count();
        let exact = is_exact(weights) || is_exact_by_blocks(blocks, *child);
        let firmness = if exact { Confidence::ExactMixture } else { Confidence::LooseMixture };
        let second = if exact { NOISE_WEIGHT } else { SECOND_WEIGHT };
        let is_described = r2 >= least_mixture_r2(larger(NOISE_WEIGHT));
        let is_mixture = exact || lies_between(matrices, recipe, is_described);
        if larger(second) > 1 && is_mixture {
            let doubt = recipe.r2_interval.unwrap_or_default();
            return Some(claim(Relation::Mixture, firmness, weights, r2, doubt));
        }
        let others = parents.iter().copied().chain(ancestor);
        let (nearest, step, doubt) = nearest_aside(all, matrices, *child, others)?;
        Some(Self {
            sources: vec![nearest],
            ..claim(Relation::Nearest, Confidence::OwnStep, weights, -step, doubt)
        })
    }

    fn firmer(&self, other: &Self) -> Ordering {
        other.firmness.cmp(&self.firmness).then(other.score.total_cmp(&self.score))
    }

    /// Whether the two contradict each other and neither is firmer.
    fn is_even_with(&self, other: &Self) -> bool {
        self.firmness == other.firmness
            && (self.score - other.score).abs()
                <= self.firmness.margin() + self.doubt.max(other.doubt)
            && self.sources.contains(&other.child)
            && other.sources.contains(&self.child)
    }
}

impl Confidence {
    /// Scores that differ by no more may differ by chance.
    fn margin(self) -> f64 {
        match self {
            Self::OwnStep => 3e-4,
            _ => 1e-2,
        }
    }
}

/// Least share explained that makes a mixture of so many a description. A base lies amid its
/// children: of the square distance to one of `count`, their mean leaves `1 / count`.
fn least_mixture_r2(count: usize) -> f64 {
    1.0 - MIXTURE_GAP / count.max(2) as f64
}

/// Whether `child` is a mixture in every block, of weights of its own.
fn is_exact_by_blocks(blocks: &[&[Recipe]], child: usize) -> bool {
    let explained: Vec<f64> = blocks
        .iter()
        .filter_map(|recipes| recipes.iter().find(|recipe| recipe.child == child)?.nearest_r2)
        .collect();
    let rough = explained.iter().filter(|r2| **r2 < 1.0 - EXACT_REST).count();
    explained.len() > 2 && rough as f64 <= ROUGH_BLOCKS * explained.len() as f64
}

/// Whether the mixture of `recipe`, which is not exact, stands: the model lies between its two main
/// sources, and its weights are no longer than the nearest one's, as averaging makes them. A base
/// lies beside its children, which share directions and have grown from it by training.
/// `is_described` says that it explains most of the distance to the nearest source; else a merge that
/// was trained on shows in spite of what it has learnt since, if that leads aside from the mixture.
fn lies_between(matrices: &Total, recipe: &Recipe, is_described: bool) -> bool {
    let child = recipe.child;
    let mut sources: Vec<(f64, usize)> =
        recipe.weights.iter().copied().zip(recipe.parents.iter().copied()).collect();
    // equals keep the order of the models
    sort_by(&mut sources, |(a, _), (b, _)| b.total_cmp(a));
    let [(_, first), (_, second), ..] = sources[..] else { return false };
    let square = |model: usize| matrices.product_from(child, model, model);
    let cosine =
        matrices.product_from(child, first, second) / (square(first) * square(second)).sqrt();
    let nearest = if square(second) < square(first) { second } else { first };
    let growth_to = |model: usize| {
        (matrices.product(model, model) - matrices.product(child, child)) / square(model)
    };
    let mut named = sources.iter().filter(|(weight, _)| *weight > NOISE_WEIGHT);
    let none_is_trained_from_it = named.all(|(_, source)| growth_to(*source) < TRAINED_GROWTH);
    let growth_to_nearest = growth_to(nearest);
    if growth_to_nearest < 0.0 || !none_is_trained_from_it {
        return false;
    }
    if is_described {
        return cosine <= 0.0;
    }
    // the mixture itself, and what the model has learnt since
    let over = |term: &dyn Fn(usize, usize) -> f64| -> f64 {
        let products = sources.iter().flat_map(|(weight_a, a)| {
            sources.iter().map(move |(weight_b, b)| weight_a * weight_b * term(*a, *b))
        });
        products.sum()
    };
    let mixture = over(&|a, b| matrices.product(a, b));
    let rest = over(&|a, b| matrices.product_from(child, a, b));
    let growth = (matrices.product(child, child) - mixture) / rest;
    cosine <= BETWEEN_COSINE
        && growth_to_nearest >= BETWEEN_GROWTH
        && ASIDE_GROWTH.contains(&growth)
}

/// The nearest model from which the step to `child` leads aside from every other relative and makes
/// the weights longer. Most models really trained from one base are not said to be nearest to it,
/// because they share directions; and a merge may be nearest to another one of the same models.
fn nearest_aside(
    all: &Total,
    matrices: &Total,
    child: usize,
    others: impl Iterator<Item = usize>,
) -> Option<(usize, f64, f64)> {
    let square = |a: usize, b: usize| matrices.product_from(a, b, b);
    let related: Vec<usize> = others.filter(|&other| is_related(matrices, child, other)).collect();
    // two models alone do not show which of them came first
    if related.len() < 2 {
        return None;
    }
    let growth = |from: usize, to: usize| {
        (matrices.product(to, to) - matrices.product(from, from)) / square(from, to)
    };
    let candidate = |&parent: &usize| {
        let (aside, doubt) = largest_step(all, matrices, child, parent);
        (growth(parent, child) >= LEAST_GROWTH && aside + doubt <= PURE_STEP)
            .then_some((parent, aside, doubt))
    };
    let mut candidates: Vec<_> = related.iter().filter_map(candidate).collect();
    // equals keep the order of the models
    sort_by(&mut candidates, |a, b| square(a.0, child).total_cmp(&square(b.0, child)));
    candidates.first().copied()
}

/// How far the step from `parent` to `child` leads towards any other model, as a share of the way
/// there; and how far that may be off.
fn largest_step(all: &Total, matrices: &Total, child: usize, parent: usize) -> (f64, f64) {
    let step = |other: usize| {
        let share = |sums: &PerturbedSums<'_>| {
            sums.product_from(parent, child, other) / sums.product_from(parent, other, other)
        };
        (share(&all.sums()).abs(), all.half_width(&share).unwrap_or_default())
    };
    (0..all.models())
        .filter(|&other| other != child && other != parent && is_related(matrices, child, other))
        .map(step)
        // the way to a copy of the parent has no direction
        .filter(|(step, _)| step.is_finite())
        .fold((0.0, 0.0), |(step, doubt), (other, of_other)| {
            (f64::max(step, other), f64::max(doubt, of_other))
        })
}

/// `‖(W_c - W_0) - Σ a_p (W_p - W_0)‖²`, where `W_0` plays no part without an ancestor: then the
/// weights add up to 1.
fn rest(all: &Total, recipe: &Recipe, weights: &[f64], ancestor: Option<usize>) -> f64 {
    let own = ancestor.map(|ancestor| (ancestor, 1.0 - weights.iter().sum::<f64>()));
    let parents = recipe.parents.iter().copied().zip(weights.iter().copied());
    let terms: Vec<(usize, f64)> = parents.chain(own).collect();
    let product = |&(a, weight_a): &(usize, f64), &(b, weight_b): &(usize, f64)| {
        weight_a * weight_b * all.product_from(recipe.child, a, b)
    };
    terms.iter().map(|a| terms.iter().map(|b| product(a, b)).sum::<f64>()).sum()
}

/// Who descends from whom, directly or not.
struct Descent {
    models: usize,
    /// `ancestors[child * models + model]`
    ancestors: Vec<bool>,
}

impl Descent {
    fn new(models: usize) -> Self {
        Self { models, ancestors: vec![false; models * models] }
    }

    fn is_ancestor(&self, model: usize, of: usize) -> bool {
        self.ancestors[of * self.models + model]
    }

    /// Makes `child` descend from `sources`, unless one of them descends from it.
    fn add(&mut self, child: usize, sources: &[usize]) -> bool {
        if sources.iter().any(|&source| self.is_ancestor(child, source)) {
            return false;
        }
        let heirs: Vec<usize> =
            (0..self.models).filter(|&m| m == child || self.is_ancestor(child, m)).collect();
        for &source in sources {
            for model in 0..self.models {
                if model == source || self.is_ancestor(model, source) {
                    for &heir in &heirs {
                        self.ancestors[heir * self.models + model] = true;
                    }
                }
            }
        }
        true
    }
}
