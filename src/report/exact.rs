//! Pairs of models that were both there, in a comparison where others were not.
//!
//! Inner products of a sample and exact ones do not mix: differences of weights are small, and
//! what the sample misses is not. So such a comparison has two records of each tensor: that of the
//! samples of all models, and that of the pass over those that were there. Every figure comes from
//! one of them; the pairs of the second replace those of the first.

use super::{Intervals, Pair, ReportModel, ReportTensor, TensorPair};
use crate::gram::distinct_pairs;

/// The models that were there, and their part of every tensor.
pub(super) struct Exact {
    pub models: Vec<ReportModel>,
    pub tensors: Vec<ReportTensor>,
    /// Positions of the models in the comparison.
    pub positions: Vec<usize>,
}

impl Exact {
    /// `None` unless some models were there, at least two, and others were not.
    pub(super) fn of(models: &[ReportModel], tensors: &[ReportTensor]) -> Option<Self> {
        let positions = positions(models);
        let part = |tensor: &ReportTensor| {
            let record = tensor.exact.clone()?;
            Some(ReportTensor {
                record,
                sample: None,
                exact: None,
                change: None,
                pairs: Vec::new(),
                ..tensor.clone()
            })
        };
        let tensors = tensors.iter().map(part).collect::<Option<Vec<_>>>()?;
        (!tensors.is_empty() && positions.len() >= 2).then(|| Self {
            models: positions.iter().map(|&position| models[position].clone()).collect(),
            tensors,
            positions,
        })
    }

    /// The position among these models of the one at `position` of the comparison.
    pub(super) fn position(&self, position: usize) -> Option<usize> {
        self.positions.iter().position(|here| *here == position)
    }

    /// Puts `exact`, the figures of these models, into `pairs`, those of all models.
    pub(super) fn replace(&self, pairs: &mut [Pair], exact: Vec<Pair>) {
        for mut exact in exact {
            let (a, b) = (self.positions[exact.a], self.positions[exact.b]);
            let Some(pair) = pairs.iter_mut().find(|pair| pair.a == a && pair.b == b) else {
                continue;
            };
            (exact.a, exact.b) = (a, b);
            // seen from an ancestor that was not there
            if exact.ancestor_cosine.is_none()
                && let (Some(cosine), Some(intervals)) = (pair.ancestor_cosine, pair.intervals)
            {
                exact.ancestor_cosine = Some(cosine);
                let ancestor_cosine = intervals.ancestor_cosine;
                exact.intervals = Some(Intervals { ancestor_cosine, ..Intervals::default() });
            }
            *pair = exact;
        }
    }
}

impl ReportTensor {
    /// Replaces the pairs of models that were there by their exact figures.
    pub(super) fn keep_exact_pairs(&mut self, models: &[ReportModel]) {
        let Some(record) = &self.exact else { return };
        let exact: Vec<TensorPair> = TensorPair::all(record, None);
        let positions = positions(models);
        let replaced = distinct_pairs(positions.len()).map(|(a, b)| (positions[a], positions[b]));
        for (at, pair) in replaced.zip(exact) {
            if let Some(distinct) = distinct_pairs(models.len()).position(|pair| pair == at) {
                self.pairs[distinct] = pair;
            }
        }
    }
}

fn positions(models: &[ReportModel]) -> Vec<usize> {
    (0..models.len()).filter(|&model| !models[model].sampled).collect()
}
