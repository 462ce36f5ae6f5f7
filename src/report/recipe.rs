//! What a model was probably merged from: the mixture of the other models that comes closest.
//!
//! With a known ancestor, non-negative `a_p` minimise `‖τ_c - Σ a_p τ_p‖`, where `τ` is the
//! difference to the ancestor. Without one, they minimise `‖W_c - Σ a_p W_p‖` under `Σ a_p = 1`.
//! Both need nothing but inner products.

use nalgebra::{DMatrix, DVector};
use serde::Serialize;

use super::interval::replicated_half_width;
use super::quadratic::{minimum, non_negative_minimum};
use super::relation::{NOISE_WEIGHT, is_related};
use super::{Relation, Total};

/// A weight this far below zero is not noise …
const NEGATIVE_WEIGHT: f64 = -0.05;
/// … if it takes away this share of what non-negative weights leave …
const NEGATIVE_SHARE: f64 = 0.5;
/// … and that is more than this share of the square distance to the closest parent.
const NEGATIVE_GAIN: f64 = 0.01;

/// The mixture that comes closest to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Recipe {
    /// The model described.
    pub child: usize,
    /// The others, in order; without the ancestor, where one is named.
    pub parents: Vec<usize>,
    /// Non-negative, one for each parent; 0 for those that share no training with the model, unless
    /// none does.
    pub weights: Vec<f64>,
    /// Share explained: `1 - ‖rest‖² / ‖τ_c‖²` with an ancestor; without one, `‖rest‖²` is
    /// measured against the mean of `‖W_c - W_p‖²` over the parents that are related at all.
    pub r2: Option<f64>,
    /// Share of the square distance to the nearest named source that the weights explain:
    /// `1 - ‖rest‖² / ‖W_c - W_p‖²` for the closest parent with a weight of more than 0.05. What is
    /// claimed is judged by this, because no other model of the comparison enters it.
    pub nearest_r2: Option<f64>,
    /// The best weights when negative ones are allowed, where those fit clearly better: then the
    /// model is no plain merge of these parents.
    pub signed_weights: Option<Vec<f64>>,
    /// Share that the signed weights explain, where there are any.
    #[serde(default)]
    pub signed_r2: Option<f64>,
    /// Half-widths of the 95 % intervals of the weights, in a report made from samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub weight_intervals: Option<Vec<f64>>,
    /// Half-width of the 95 % interval of the share explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub r2_interval: Option<f64>,
    /// What the figures say, over all tensors; `None` for a smaller scope.
    pub relation: Option<Relation>,
    /// The model it is said to be nearest to; `None` unless it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub nearest: Option<usize>,
}

impl Recipe {
    /// Of `child` from all other models, over the tensors of `total`. `None` when there are none,
    /// or when the child does not differ from the ancestor. `matrices` is the total over all
    /// tensors of two or more dimensions.
    pub(super) fn of(
        total: &Total,
        matrices: &Total,
        child: usize,
        ancestor: Option<usize>,
    ) -> Option<Self> {
        if ancestor == Some(child) {
            return None;
        }
        let parents: Vec<usize> = (0..total.models())
            .filter(|&model| model != child && Some(model) != ancestor)
            .collect();
        if parents.is_empty() {
            return None;
        }
        // strangers have no part in it: with a weight of their own they would change the others'
        let related: Vec<usize> =
            parents.iter().copied().filter(|&parent| is_related(matrices, child, parent)).collect();
        let sources = if related.is_empty() { parents.clone() } else { related };
        let problem = match ancestor {
            Some(origin) => Problem::from_origin(total, origin, child, &sources),
            None => Problem::on_simplex(total, child, &sources),
        };
        let weights = problem.non_negative()?;
        let nearest = nearest_square(total, child, &sources);
        let named: Vec<usize> = sources
            .iter()
            .zip(&weights)
            .filter(|(_, weight)| **weight > NOISE_WEIGHT)
            .map(|(source, _)| *source)
            .collect();
        let nearest_named = nearest_square(total, child, &named);
        let nearest_r2 = Some(1.0 - problem.rest(&weights).max(0.0) / nearest_named)
            .filter(|r2| !named.is_empty() && r2.is_finite());
        let signed = problem.signed().filter(|signed| {
            let (rest, least) = (problem.rest(&weights), problem.rest(signed));
            signed.iter().any(|weight| *weight < NEGATIVE_WEIGHT)
                && least <= NEGATIVE_SHARE * rest
                && rest - least > NEGATIVE_GAIN * nearest
        });
        let of_all_parents = |weights: &Vec<f64>| {
            let weight = |parent| sources.iter().position(|source| source == parent);
            parents.iter().map(|parent| weight(parent).map_or(0.0, |at| weights[at])).collect()
        };
        Some(Self {
            child,
            r2: problem.explained(&weights),
            nearest_r2,
            weights: of_all_parents(&weights),
            signed_r2: signed.as_ref().and_then(|signed| problem.explained(signed)),
            signed_weights: signed.as_ref().map(of_all_parents),
            parents,
            weight_intervals: None,
            r2_interval: None,
            relation: None,
            nearest: None,
        })
    }

    /// Fills in the intervals from the recipes of the same child in other samples.
    pub(super) fn set_intervals(&mut self, others: &[Self]) {
        if others.is_empty() {
            return;
        }
        let weights = self.weights.iter().enumerate();
        let of_weight = |(index, weight): (usize, &f64)| {
            replicated_half_width(*weight, others.iter().map(|other| other.weights[index]))
        };
        self.weight_intervals = Some(weights.map(of_weight).collect());
        self.r2_interval =
            self.r2.map(|r2| replicated_half_width(r2, others.iter().filter_map(|other| other.r2)));
    }
}

/// `‖W_c - W_p‖²` for the closest of the parents.
pub(super) fn nearest_square(total: &Total, child: usize, parents: &[usize]) -> f64 {
    let squares = parents.iter().map(|&parent| total.product_from(child, parent, parent));
    squares.fold(f64::INFINITY, f64::min)
}

/// A least-squares problem given by inner products: `‖target‖² - 2 aᵀ·mixed + aᵀ·gram·a`.
struct Problem {
    gram: DMatrix<f64>,
    mixed: DVector<f64>,
    target: f64,
    /// What a share explained is measured against.
    baseline: f64,
    /// Whether the weights must add up to 1; then `mixed` and `target` are zero.
    simplex: bool,
}

impl Problem {
    fn from_origin(total: &Total, origin: usize, child: usize, parents: &[usize]) -> Self {
        let product = |a: usize, b: usize| total.product_from(origin, a, b);
        let target = product(child, child);
        Self {
            gram: DMatrix::from_fn(parents.len(), parents.len(), |a, b| {
                product(parents[a], parents[b])
            }),
            mixed: DVector::from_fn(parents.len(), |a, _| product(parents[a], child)),
            target,
            baseline: target,
            simplex: false,
        }
    }

    /// With `Σ a_p = 1` the rest is `Σ a_p (W_c - W_p)`.
    fn on_simplex(total: &Total, child: usize, parents: &[usize]) -> Self {
        let gram = DMatrix::from_fn(parents.len(), parents.len(), |a, b| {
            total.product_from(child, parents[a], parents[b])
        });
        let baseline = gram.diagonal().mean();
        let mixed = DVector::zeros(parents.len());
        Self { gram, mixed, target: 0.0, baseline, simplex: true }
    }

    /// The best weights without negative ones.
    fn non_negative(&self) -> Option<Vec<f64>> {
        let (gram, mixed) = self.scaled()?;
        self.normalised(&non_negative_minimum(&gram, &mixed)?)
    }

    /// The best weights of any sign.
    fn signed(&self) -> Option<Vec<f64>> {
        let (gram, mixed) = self.scaled()?;
        self.normalised(&minimum(&gram, &mixed)?)
    }

    /// The problem in units of its own size; `None` when that is zero.
    ///
    /// Under `Σ a = 1`, weights scaled by `s` leave a rest of `s²q`. Minimising `s²q + (s - 1)²`
    /// instead, which needs no constraint, picks the direction with the least `q`; dividing the
    /// solution by its sum then gives the exact one.
    fn scaled(&self) -> Option<(DMatrix<f64>, DVector<f64>)> {
        let size = self.gram.diagonal().max().max(self.target);
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        let (gram, mixed) = (&self.gram / size, &self.mixed / size);
        Some(if self.simplex {
            (gram.add_scalar(1.0), mixed.add_scalar(1.0))
        } else {
            (gram, mixed)
        })
    }

    fn normalised(&self, weights: &DVector<f64>) -> Option<Vec<f64>> {
        let sum = if self.simplex { weights.sum() } else { 1.0 };
        let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
        weights.iter().all(|weight| weight.is_finite()).then_some(weights)
    }

    /// `‖rest‖²`; rounding can make it negative.
    fn rest(&self, weights: &[f64]) -> f64 {
        let weights = DVector::from_column_slice(weights);
        self.target - 2.0 * weights.dot(&self.mixed) + weights.dot(&(&self.gram * &weights))
    }

    /// Share of the baseline that `weights` explain.
    fn explained(&self, weights: &[f64]) -> Option<f64> {
        let r2 = 1.0 - self.rest(weights).max(0.0) / self.baseline;
        r2.is_finite().then_some(r2)
    }
}
