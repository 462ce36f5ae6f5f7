//! Reports of which some or all is estimated from samples.

use super::{Compared, Report, ReportModel, ReportTensor, TensorPair};
use crate::gram::GramRecord;
use crate::matching::{LeftOut, Matched};
use crate::sample::Estimate;

/// A tensor that is known by samples.
#[derive(Debug, Clone, PartialEq)]
pub struct EstimatedTensor {
    /// What samples of all models say.
    pub estimate: Estimate,
    /// What the pass over the models that are not sampled found, where there are at least two and
    /// others are.
    pub exact: Option<GramRecord>,
}

impl Report {
    /// Derives everything from `tensors`, the estimates of `matched` in the same order.
    /// `bytes` were read for them.
    pub fn estimated(
        models: Vec<ReportModel>,
        matched: &[Matched],
        tensors: Vec<EstimatedTensor>,
        left_out: Vec<LeftOut>,
        bytes: u64,
        ancestor: Option<usize>,
    ) -> Self {
        let tensors: Vec<ReportTensor> = matched
            .iter()
            .zip(tensors)
            .map(|(matched, tensor)| ReportTensor::estimated(matched, tensor, &models))
            .collect();
        let compared = Compared { bytes, left_out, ..Compared::of(&tensors) };
        Self::derived(models, compared, tensors, ancestor, Vec::new())
    }
}

impl ReportTensor {
    fn estimated(matched: &Matched, tensor: EstimatedTensor, models: &[ReportModel]) -> Self {
        let EstimatedTensor { estimate: Estimate { record, spread }, exact } = tensor;
        let mut tensor = Self {
            name: matched.name.clone(),
            shape: matched.shape.clone(),
            dtypes: matched.tensors.iter().map(|tensor| tensor.source.encoding.name()).collect(),
            integer: matched.is_integer(),
            heights: matched.heights(),
            aligned: matched.aligned.clone(),
            role: matched.role.clone(),
            pairs: TensorPair::all(&record, Some(&spread)),
            record,
            sample: Some(spread),
            exact,
            change: None,
        };
        tensor.keep_exact_pairs(models);
        tensor
    }
}
