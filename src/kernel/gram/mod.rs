//! The arithmetic of the pass: inner products of all pairs of models, column by column.
//!
//! For a column `j` of a tensor and models `a ≤ b` the pass needs `Σ_r a[r][j] · b[r][j]`. The
//! association is fixed, so that the result does not depend on the width of the vectors, the size
//! of the chunks or the number of workers:
//!
//! 1. Rows are taken in blocks of [`BLOCK_ROWS`], the first of which starts at row 0 of the tensor.
//! 2. Inside a block, products are rounded to `f32` and added in `f32`, in row order.
//! 3. Block sums are added to an `f64` per column and pair, in row order, starting from zero at
//!    the top of each window; windows are added in order.
//! 4. Where a model's own sum of squares of a block leaves `SAFE_SUMS`, or a block has a single
//!    row, that column of the block is multiplied and added in `f64` instead. This keeps weights
//!    of 1e25 or 1e-20 exact, finds zeros, and carries infinities and NaN into the sum.
//!
//! There is no fused multiply-add anywhere, and no relaxed SIMD: both differ between machines.

#[allow(unsafe_code)]
mod block;
#[allow(unsafe_code)]
mod direct;
mod elements;
mod record;
mod sums;
#[allow(unsafe_code)]
mod tile;
#[allow(unsafe_code)]
mod vector;

pub use elements::{ElementCounter, ElementStats, widen_rows};
pub use record::{GramRecord, cosine};
pub use sums::{ColumnSums, Stripe};
pub use tile::{Accumulator, Tile};

/// Columns handled at a time; what is cut into stripes is best cut at multiples.
pub const PANEL_COLS: usize = block::PANEL_COLS;

use std::ops::RangeInclusive;

/// Rows whose products are summed in `f32`.
pub const BLOCK_ROWS: usize = 32;

/// Block sums of squares that `f32` holds to full accuracy: the smallest products are far above
/// the subnormals, and no sum of products with a safe partner can overflow.
const SAFE_SUMS: RangeInclusive<f32> = f32::from_bits(27 << 23)..=f32::from_bits(253 << 23);

/// Number of pairs `a ≤ b` of `models`.
pub const fn pairs(models: usize) -> usize {
    models * (models + 1) / 2
}

/// Position of the pair `a ≤ b` among [`pairs`]: row by row of the upper triangle.
pub const fn pair(models: usize, a: usize, b: usize) -> usize {
    debug_assert!(a <= b && b < models);
    a * models - a * (a + 1) / 2 + b
}

/// All pairs `a < b`, in order.
pub fn distinct_pairs(models: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..models).flat_map(move |a| (a + 1..models).map(move |b| (a, b)))
}

#[cfg(test)]
mod tests;
