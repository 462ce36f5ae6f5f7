//! All pair products of one block of rows, in registers.
//!
//! Models are taken in groups of at most [`GROUP`]: a group's own triangle needs 10 accumulators
//! and 4 operands, a rectangle between groups 8 and 6, so everything stays in 16 registers.

use super::vector::Vector;
use super::{BLOCK_ROWS, pair, pairs};

/// Columns handled at a time: a block of four models in `f32` then fits a 32 KiB cache.
pub(super) const PANEL_COLS: usize = 64;

/// Widest vector in use; buffers are padded to whole vectors.
const MAX_LANES: usize = 16;

/// Distance between models in a panel. Not a power of two, so that the models' rows do not
/// compete for the same cache sets.
const MODEL_STRIDE: usize = BLOCK_ROWS * PANEL_COLS + MAX_LANES;

/// Models whose mutual products share one loop.
const GROUP: usize = 4;

/// One block of rows × up to [`PANEL_COLS`] columns of every model, in `f32`.
pub(super) struct Panel {
    models: usize,
    values: Vec<f32>,
    /// Block sums, [`PANEL_COLS`] for each pair.
    sums: Vec<f32>,
}

/// The part of a panel that holds data.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub rows: usize,
    pub cols: usize,
}

impl Panel {
    pub(super) fn new(models: usize) -> Self {
        Self {
            models,
            values: vec![0.0; models * MODEL_STRIDE],
            sums: vec![0.0; pairs(models) * PANEL_COLS],
        }
    }

    pub(super) fn models(&self) -> usize {
        self.models
    }

    /// Room for `extent` of `model`: `extent.rows` rows of `extent.cols`, packed.
    pub(super) fn values_mut(&mut self, model: usize, extent: Extent) -> &mut [f32] {
        let first = model * MODEL_STRIDE;
        &mut self.values[first..first + extent.rows * extent.cols]
    }

    pub(super) fn value(&self, model: usize, extent: Extent, row: usize, col: usize) -> f32 {
        self.values[model * MODEL_STRIDE + row * extent.cols + col]
    }

    /// The sums of the last [`Self::multiply`] for a pair.
    pub(super) fn sums(&self, pair: usize, extent: Extent) -> &[f32] {
        &self.sums[pair * PANEL_COLS..][..extent.cols]
    }

    /// The same of every pair, for who computes them elsewhere: [`PANEL_COLS`] for each.
    pub(super) fn sums_mut(&mut self) -> &mut [f32] {
        &mut self.sums
    }

    /// Sums the products of every pair over the rows of `extent`, in row order.
    ///
    /// # Safety
    /// As for [`Vector`]: the caller must enable the instructions of `V`.
    #[inline(always)]
    pub(super) unsafe fn multiply<V: Vector>(&mut self, extent: Extent) {
        assert!(extent.rows <= BLOCK_ROWS && extent.cols <= PANEL_COLS && V::LANES <= MAX_LANES);
        for first in (0..self.models).step_by(GROUP) {
            let size = GROUP.min(self.models - first);
            // SAFETY: `first + size` models exist, the extent was checked, instructions are the
            // caller's matter.
            unsafe {
                match size {
                    1 => self.triangle::<V, 1>(extent, first),
                    2 => self.triangle::<V, 2>(extent, first),
                    3 => self.triangle::<V, 3>(extent, first),
                    _ => self.triangle::<V, 4>(extent, first),
                }
            }
            // only whole groups have models after them
            for second in (first + size..self.models).step_by(2) {
                // SAFETY: as above; two models from `second` exist unless it is the last.
                unsafe {
                    if second + 1 < self.models {
                        self.rectangle::<V, 2>(extent, first, second);
                    } else {
                        self.rectangle::<V, 1>(extent, first, second);
                    }
                }
            }
        }
    }

    /// Products among `N` models from `first`.
    ///
    /// # Safety
    /// The models must exist, `extent` must fit the panel; see [`Vector`] for the instructions.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // pairs of indices, unrolled into registers
    unsafe fn triangle<V: Vector, const N: usize>(&mut self, extent: Extent, first: usize) {
        for col in (0..extent.cols).step_by(V::LANES) {
            // SAFETY: a vector that starts inside a row may run past it, into the next row or the
            // padding of at least `MAX_LANES` behind each model; the columns it computes there
            // land behind `extent.cols`, at most at `PANEL_COLS`, a multiple of every lane count.
            unsafe {
                let base = self.values.as_ptr().add(first * MODEL_STRIDE + col);
                let mut sums = [[V::zero(); N]; N];
                for row in 0..extent.rows {
                    let at = base.add(row * extent.cols);
                    let mut x = [V::zero(); N];
                    for (model, x) in x.iter_mut().enumerate() {
                        *x = V::load(at.add(model * MODEL_STRIDE));
                    }
                    for a in 0..N {
                        for b in a..N {
                            sums[a][b] = sums[a][b].plus_product(x[a], x[b]);
                        }
                    }
                }
                for a in 0..N {
                    for b in a..N {
                        let pair = pair(self.models, first + a, first + b);
                        sums[a][b].store(self.sums.as_mut_ptr().add(pair * PANEL_COLS + col));
                    }
                }
            }
        }
    }

    /// Products of the [`GROUP`] models from `first` with the `N` models from `second`.
    ///
    /// # Safety
    /// As for [`Self::triangle`].
    #[inline(always)]
    unsafe fn rectangle<V: Vector, const N: usize>(
        &mut self,
        extent: Extent,
        first: usize,
        second: usize,
    ) {
        for col in (0..extent.cols).step_by(V::LANES) {
            // SAFETY: as in `triangle`.
            unsafe {
                let base = self.values.as_ptr().add(col);
                let mut sums = [[V::zero(); N]; GROUP];
                for row in 0..extent.rows {
                    let at = base.add(row * extent.cols);
                    let mut y = [V::zero(); N];
                    for (model, y) in y.iter_mut().enumerate() {
                        *y = V::load(at.add((second + model) * MODEL_STRIDE));
                    }
                    for (a, sums) in sums.iter_mut().enumerate() {
                        let x = V::load(at.add((first + a) * MODEL_STRIDE));
                        for b in 0..N {
                            sums[b] = sums[b].plus_product(x, y[b]);
                        }
                    }
                }
                for (a, sums) in sums.iter().enumerate() {
                    for (b, sum) in sums.iter().enumerate() {
                        let pair = pair(self.models, first + a, second + b);
                        sum.store(self.sums.as_mut_ptr().add(pair * PANEL_COLS + col));
                    }
                }
            }
        }
    }
}
