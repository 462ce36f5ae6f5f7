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
const NOISE_WEIGHT: f64 = 0.05;
/// Weight of the only parent of a child; the rest is noise.
const SOLE_WEIGHT: f64 = 0.9;
/// What a child has learnt by itself leads this far, at most, towards any other model.
const PURE_STEP: f64 = 0.01;
/// Smallest second share of a merge that was trained on.
const SECOND_WEIGHT: f64 = 0.1;
/// Below this share explained, the closest model is hardly closer than the others.
const CHILD_R2: f64 = 0.3;
/// Below this share explained, a mixture is not a description.
const MIXTURE_R2: f64 = 0.6;
/// A merge that was trained no further leaves less than this share of the square distance to its
/// closest parent.
const EXACT_REST: f64 = 0.05;
/// Where a weight is larger, its parent is better described as a mixture of this model.
const LARGEST_SIGNED_WEIGHT: f64 = 1.05;

/// How a model relates to the others, as far as the figures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Close to one parent and further from it in no direction of the others.
    Child,
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

/// Gives every recipe over all tensors its relation.
pub(super) fn judge(
    recipes: &mut [Recipe],
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
        if related && let Some(claim) = Claim::of(recipe, all, models, ancestor) {
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
    LooseChild,
    LooseMixture,
    PureChild,
    ExactSignedMixture,
    ExactMixture,
}

impl Claim {
    fn of(
        recipe: &Recipe,
        all: &Total,
        models: &[ReportModel],
        ancestor: Option<usize>,
    ) -> Option<Self> {
        let Recipe { child, parents, weights, r2, signed_weights, .. } = recipe;
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
        let r2 = (*r2)?;
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let larger = |least: f64| weights.iter().filter(|weight| **weight > least).count();
        if larger(NOISE_WEIGHT) == 1 && largest >= SOLE_WEIGHT && r2 >= CHILD_R2 {
            let (step, doubt) = largest_step(all, *child, recipe.main_parent());
            let is_pure = step + doubt <= PURE_STEP;
            let firmness = if is_pure { Confidence::PureChild } else { Confidence::LooseChild };
            return Some(claim(Relation::Child, firmness, weights, -step, doubt));
        }
        let exact = is_exact(weights);
        let firmness = if exact { Confidence::ExactMixture } else { Confidence::LooseMixture };
        let second = if exact { NOISE_WEIGHT } else { SECOND_WEIGHT };
        let is_mixture = larger(second) > 1 && r2 >= MIXTURE_R2;
        is_mixture.then(|| {
            let doubt = recipe.r2_interval.unwrap_or_default();
            claim(Relation::Mixture, firmness, weights, r2, doubt)
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
            Self::PureChild => 3e-4,
            _ => 1e-2,
        }
    }
}

/// How far the step from `parent` to `child` leads towards any other model, as a share of the way
/// there; and how far that may be off.
fn largest_step(all: &Total, child: usize, parent: usize) -> (f64, f64) {
    let step = |other: usize| {
        let share = |sums: &PerturbedSums<'_>| {
            sums.product_from(parent, child, other) / sums.product_from(parent, other, other)
        };
        (share(&all.sums()).abs(), all.half_width(&share).unwrap_or_default())
    };
    (0..all.models())
        .filter(|&other| other != child && other != parent)
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
