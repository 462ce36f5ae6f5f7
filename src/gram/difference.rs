//! Sums over the differences of the target and other models, element by element.
//!
//! An adapter is small beside the weights: `‖W − B‖²` out of the inner products of W and B would be
//! lost in their rounding. So where adapters change a tensor, differences are taken in `f32`, which
//! is exact for weights of 16 bits that are near each other, and their products are added in `f64`,
//! row by row.

use weightkin_kernel::gram::{Tile, widen_rows};
use weightkin_kernel::lowrank::dot;

use crate::pass::plan::TensorChange;

/// Elements of each model that are widened at a time.
const GROUP_ELEMENTS: usize = 1 << 14;

/// Adds up differences. Keeps its buffers from tensor to tensor.
#[derive(Debug, Default)]
pub(super) struct DifferenceCounter {
    values: Vec<Vec<f32>>,
    difference: Vec<f32>,
}

/// Number of sums for `models` and `changes`: for each model but the target `‖W − B‖²`, and
/// `⟨W − B, D⟩` for each change.
pub(super) fn count(models: usize, changes: usize) -> usize {
    if changes == 0 { 0 } else { (models - 1) * (1 + changes) }
}

impl DifferenceCounter {
    /// Takes `rows` rows of all `tiles`, the first `models` of them those of models and the others
    /// those of `changes`, into `sums`.
    pub(super) fn add(
        &mut self,
        tiles: &[Tile<'_>],
        (models, rows, cols): (usize, usize, usize),
        changes: &[TensorChange],
        sums: &mut [f64],
    ) {
        let Some(target) = changes.first().map(|change| change.target) else { return };
        let group = (GROUP_ELEMENTS / cols.max(1)).max(1);
        self.values.resize_with(tiles.len(), Vec::new);
        for first in (0..rows).step_by(group) {
            let range = first..rows.min(first + group);
            for (tile, values) in tiles.iter().zip(&mut self.values) {
                widen_rows(tile, range.clone(), cols, values);
            }
            for row in 0..range.len() {
                let of = |who: usize| &self.values[who][row * cols..][..cols];
                let others = (0..models).filter(|model| *model != target);
                for (model, sums) in others.zip(sums.chunks_exact_mut(1 + changes.len())) {
                    let pairs = of(target).iter().zip(of(model));
                    self.difference.clear();
                    self.difference.extend(pairs.map(|(target, model)| target - model));
                    sums[0] += dot(&self.difference, &self.difference);
                    for (change, sum) in (models..tiles.len()).zip(&mut sums[1..]) {
                        *sum += dot(&self.difference, of(change));
                    }
                }
            }
        }
    }
}
