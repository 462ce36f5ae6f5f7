//! The kernel against an oracle that shares no code with it, and against the association that
//! [`super`] documents.

// exact results are the point of most of these tests
#![allow(clippy::float_cmp)]

mod accuracy;
mod association;
mod record;
mod special;
mod ways;
mod weights;

use super::{Accumulator, ColumnSums, GramRecord};
use weights::Weights;

/// Column sums at each level of instructions this machine has, whole tensor at once.
fn sums_at_all_levels(weights: &Weights) -> Vec<ColumnSums> {
    Accumulator::all_levels(weights.models())
        .iter_mut()
        .map(|accumulator| {
            let mut sums = ColumnSums::zero(weights.models(), weights.cols());
            accumulator.add(&weights.tiles(0..weights.rows()), weights.rows(), &mut sums);
            sums
        })
        .collect()
}

/// Column sums at the level of instructions that comparisons use.
fn sums(weights: &Weights) -> ColumnSums {
    let mut sums = ColumnSums::zero(weights.models(), weights.cols());
    let rows = weights.rows();
    Accumulator::new(weights.models()).add(&weights.tiles(0..rows), rows, &mut sums);
    sums
}

/// The record of a tensor that is one window.
fn record(weights: &Weights) -> GramRecord {
    GramRecord::of(&sums(weights))
}

/// All bits of all sums, so that a comparison tells −0 from 0 and NaN from nothing.
fn bits(sums: &ColumnSums) -> Vec<u64> {
    (0..super::pairs(sums.models()))
        .flat_map(|pair| sums.of_pair(pair))
        // payloads of NaN differ between machines and mean nothing
        .map(|sum| if sum.is_nan() { u64::MAX } else { sum.to_bits() })
        .collect()
}
