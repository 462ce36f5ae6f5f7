//! What a model was probably merged from: the mixture of the other models that comes closest.
//!
//! With a known ancestor, non-negative `a_p` minimise `‖τ_c - Σ a_p τ_p‖`, where `τ` is the
//! difference to the ancestor. Without one, they minimise `‖W_c - Σ a_p W_p‖` under `Σ a_p = 1`.
//! Both need nothing but inner products.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::Total;
use super::quadratic::{minimum, non_negative_minimum};

/// A weight this far below zero, together with a clearly better fit, is not noise.
const NEGATIVE_WEIGHT: f64 = -0.05;
/// How much better the fit must be.
const NEGATIVE_GAIN: f64 = 0.01;
/// Weight of the only parent of a child; the rest is noise.
const SOLE_WEIGHT: f64 = 0.9;
/// Largest weight of a parent that is noise.
const NOISE_WEIGHT: f64 = 0.05;
/// Below this share explained, a mixture is not a description.
const EXPLAINED: f64 = 0.8;
/// Below this cosine of the matrices, models share no training.
const UNRELATED_COSINE: f64 = 0.3;

/// The mixture that comes closest to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The model described.
    pub child: usize,
    /// The others, in order; without the ancestor, where one is named.
    pub parents: Vec<usize>,
    /// Non-negative, one for each parent.
    pub weights: Vec<f64>,
    /// Share explained: `1 - ‖rest‖² / ‖τ_c‖²` with an ancestor; without one, `‖rest‖²` is
    /// measured against the mean of `‖W_c - W_p‖²`.
    pub r2: Option<f64>,
    /// The best weights when negative ones are allowed, where those fit clearly better: then the
    /// model is no plain merge of these parents.
    pub signed_weights: Option<Vec<f64>>,
    /// What the figures say, over all tensors; `None` for a smaller scope.
    pub relation: Option<Relation>,
}

/// How a model relates to the others, as far as the figures show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// None of these is a good description.
    Unclear,
}

impl Recipe {
    /// Of `child` from all other models, over the tensors of `total`. `None` when there are none,
    /// or when the child does not differ from the ancestor.
    pub(super) fn of(total: &Total, child: usize, ancestor: Option<usize>) -> Option<Self> {
        if ancestor == Some(child) {
            return None;
        }
        let parents: Vec<usize> = (0..total.models())
            .filter(|&model| model != child && Some(model) != ancestor)
            .collect();
        if parents.is_empty() {
            return None;
        }
        let problem = match ancestor {
            Some(origin) => Problem::from_origin(total, origin, child, &parents),
            None => Problem::on_simplex(total, child, &parents),
        };
        let weights = problem.non_negative()?;
        let signed = problem.signed();
        let r2 = problem.explained(&weights);
        let signed_weights = signed.filter(|signed| {
            let gain = problem.explained(signed).zip(r2).map(|(with, without)| with - without);
            gain.is_some_and(|gain| gain > NEGATIVE_GAIN)
                && signed.iter().any(|weight| *weight < NEGATIVE_WEIGHT)
        });
        Some(Self { child, parents, weights, r2, signed_weights, relation: None })
    }

    /// The parent with the largest weight.
    ///
    /// # Panics
    /// Never: a recipe has at least one parent.
    pub fn main_parent(&self) -> usize {
        let largest = self.weights.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        self.parents[largest.expect("a recipe has parents").0]
    }

    /// Judges the recipe. `matrices` is the total over tensors of two or more dimensions: norms
    /// and biases look alike between models that have nothing else in common.
    pub(super) fn judge(&mut self, matrices: &Total) {
        let cosine = |parent: &usize| {
            let product = matrices.product(self.child, *parent);
            let square =
                matrices.product(self.child, self.child) * matrices.product(*parent, *parent);
            product / square.sqrt()
        };
        let related = self.parents.iter().any(|parent| cosine(parent) >= UNRELATED_COSINE);
        let sole = self.weights.iter().any(|weight| *weight >= SOLE_WEIGHT);
        let parts = self.weights.iter().filter(|weight| **weight > NOISE_WEIGHT).count();
        self.relation = Some(if !related {
            Relation::Unrelated
        } else if self.signed_weights.is_some() {
            Relation::SignedMixture
        } else if sole && parts == 1 {
            Relation::Child
        } else if parts > 1 && self.r2.is_some_and(|r2| r2 >= EXPLAINED) {
            Relation::Mixture
        } else {
            Relation::Unclear
        });
    }
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

    /// Share of the baseline that `weights` explain.
    fn explained(&self, weights: &[f64]) -> Option<f64> {
        let weights = DVector::from_column_slice(weights);
        let rest =
            self.target - 2.0 * weights.dot(&self.mixed) + weights.dot(&(&self.gram * &weights));
        let r2 = 1.0 - rest.max(0.0) / self.baseline;
        r2.is_finite().then_some(r2)
    }
}
