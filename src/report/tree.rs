//! A family tree of sorts: models joined by average linkage.

use kodama::{MethodChain, nnchain};
use serde::Serialize;

use super::Pair;

/// One joining of two groups. Numbers below the number of models are models; `models + k` is the
/// group made by step `k`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Join {
    /// The group with the lower number.
    pub left: usize,
    /// The group with the higher number.
    pub right: usize,
    /// Mean of `1 - column cosine` between their models.
    pub distance: f64,
}

/// Joins all models, closest first. Empty when a pair has no column cosine.
pub(super) fn joins(pairs: &[Pair], models: usize) -> Vec<Join> {
    let distances: Option<Vec<f64>> =
        pairs.iter().map(|pair| pair.figures.column_cosine.map(|cosine| 1.0 - cosine)).collect();
    let Some(mut distances) = distances else { return Vec::new() };
    nnchain(&mut distances, models, MethodChain::Average)
        .steps()
        .iter()
        .map(|step| Join {
            left: step.cluster1,
            right: step.cluster2,
            distance: step.dissimilarity,
        })
        .collect()
}
