//! Similarity as seen from a common ancestor.
//!
//! All descendants of one model share most of their weights, so their plain cosines are all close
//! to 1. What they have learnt since, `τ = W - W_ancestor`, tells them apart.

use super::figures::cosine;
use super::{Pair, ReportModel, Total};
use crate::dtype::{Class, Dtype, class};

/// Relative size of a difference that the rounding of the pass itself could feign: products are
/// rounded to `f32` before they are summed.
const PASS_FLOOR: f64 = 1e-4;
/// The same for the square of the difference where only few numbers are summed, times the square
/// root of their count: rounding averages out over many. At this size a cosine is off by about
/// 0.02.
const SUM_FLOOR_SQUARE: f64 = 1e-4;

/// Fills in `cos(τ_a, τ_b)` for the pairs of `total`:
/// `(G_ab - G_a0 - G_b0 + G_00) / √((G_aa - 2G_a0 + G_00)(G_bb - 2G_b0 + G_00))`.
///
/// Stays `None` for the ancestor itself, and where a `τ` is no larger than what rounding to the
/// model's number format does.
pub(super) fn fill_in(pairs: &mut [Pair], total: &Total, models: &[ReportModel], ancestor: usize) {
    for pair in pairs {
        let learnt = |model: usize| -> Option<f64> {
            let square = total.product_from(ancestor, model, model);
            let floor = floor(&models[model]).max(floor(&models[ancestor]));
            let sum_floor_square = SUM_FLOOR_SQUARE / (total.elements() as f64).sqrt();
            let least = (floor * floor).max(sum_floor_square) * total.product(ancestor, ancestor);
            (model != ancestor && square > least).then_some(square)
        };
        let (a, b) = (pair.a, pair.b);
        pair.ancestor_cosine = learnt(a)
            .zip(learnt(b))
            .map(|(aa, bb)| cosine(total.product_from(ancestor, a, b), aa, bb));
        if let (Some(_), Some(intervals)) = (pair.ancestor_cosine, &mut pair.intervals) {
            intervals.ancestor_cosine = total.half_width(&|sums| {
                let from = |a, b| sums.product_from(ancestor, a, b);
                cosine(from(a, b), from(a, a), from(b, b))
            });
        }
    }
}

/// Relative size of the differences that rounding to the model's main number format makes:
/// `2^-p / √3` for `p` significant bits.
pub(super) fn floor(model: &ReportModel) -> f64 {
    let main = model.dtypes.iter().map(|share| share.dtype).find(|&d| class(d) == Class::Float);
    let significant_bits = match main {
        Some(Dtype::F16) => 11,
        Some(Dtype::BF16) => 8,
        Some(Dtype::F8_E4M3 | Dtype::F8_E4M3FNUZ) => 4,
        Some(Dtype::F8_E5M2 | Dtype::F8_E5M2FNUZ) => 3,
        _ => return PASS_FLOOR,
    };
    2_f64.powi(-significant_bits) / 3_f64.sqrt()
}
