//! Rows of all models, as stored, into column sums.

use std::ops::RangeInclusive;

use super::block::{Extent, PANEL_COLS, Panel};
use super::direct::{Direct, Subnormals};
use super::vector::Vector;
use super::{BLOCK_ROWS, ColumnSums, SAFE_SUMS, Stripe, pair, pairs};
use crate::decode::{Decoder, decoder};
use crate::dtype::{Dtype, size_bytes};

/// Some rows of one model, as stored.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    /// Rows one after the other, each of all columns of the window.
    pub bytes: &'a [u8],
    /// How they are stored: a dtype that has a [decoder].
    pub dtype: Dtype,
    /// What to multiply them with once widened: nothing, one number for all, or one for each row.
    pub scales: &'a [f32],
}

impl Tile<'_> {
    pub(super) fn element_bytes(&self) -> usize {
        size_bytes(self.dtype).expect("compared dtypes have whole bytes") as usize
    }

    pub(super) fn decoder(&self) -> Decoder {
        decoder(self.dtype).expect("only compared dtypes are added up")
    }
}

/// Adds tiles to column sums. Keeps its buffers from tensor to tensor.
pub struct Accumulator {
    buffers: Buffers,
    level: Level,
}

/// What lasts from tile to tile. Nothing in it shows in a result.
struct Buffers {
    panel: Panel,
    subnormals: Subnormals,
}

impl Buffers {
    fn new(models: usize) -> Self {
        Self { panel: Panel::new(models), subnormals: Subnormals::default() }
    }
}

/// Instruction sets with a version of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    #[cfg(not(target_arch = "wasm32"))]
    Portable,
    #[cfg(target_arch = "wasm32")]
    Simd128,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// Those this machine can run, best last.
    fn available() -> Vec<Self> {
        #[cfg(target_arch = "wasm32")]
        return vec![Self::Simd128];
        #[cfg(not(target_arch = "wasm32"))]
        {
            #[allow(unused_mut)] // other architectures have one level
            let mut levels = vec![Self::Portable];
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("f16c") {
                    levels.push(Self::Avx2);
                }
                if is_x86_feature_detected!("avx512f") {
                    levels.push(Self::Avx512);
                }
            }
            levels
        }
    }
}

impl Accumulator {
    /// For comparisons of `models`, with the best instructions of this machine.
    pub fn new(models: usize) -> Self {
        let level = *Level::available().last().expect("there is a baseline");
        Self { buffers: Buffers::new(models), level }
    }

    #[cfg(test)]
    pub(super) fn all_levels(models: usize) -> Vec<Self> {
        Level::available()
            .into_iter()
            .map(|level| Self { buffers: Buffers::new(models), level })
            .collect()
    }

    /// Adds `rows` rows of every model to `sums`. The first row must be the first of a block;
    /// only the last tile of a window may end inside one.
    ///
    /// # Panics
    /// When a tile does not hold `rows` × columns elements, or has no decoder.
    pub fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
        for mut stripe in sums.stripes_mut(sums.cols().max(1)) {
            self.add_stripe(tiles, rows, &mut stripe);
        }
    }

    /// The same for some of the columns only: what [`Self::add`] does for all, stripe by stripe, in
    /// any order and by any number of accumulators.
    ///
    /// # Panics
    /// As [`Self::add`].
    pub fn add_stripe(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut Stripe<'_>) {
        for tile in tiles {
            assert_eq!(tile.bytes.len(), rows * sums.all_cols() * tile.element_bytes());
        }
        match self.level {
            // SAFETY: the level is available, so the machine has the instructions.
            #[cfg(not(target_arch = "wasm32"))]
            Level::Portable => unsafe {
                add_rows::<super::vector::Portable>(&mut self.buffers, tiles, rows, sums);
            },
            // SAFETY: simd128 is enabled for the whole build.
            #[cfg(target_arch = "wasm32")]
            Level::Simd128 => unsafe {
                add_rows::<core::arch::wasm32::v128>(&mut self.buffers, tiles, rows, sums);
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { add_rows_avx2(&mut self.buffers, tiles, rows, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { add_rows_avx512(&mut self.buffers, tiles, rows, sums) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,f16c")]
unsafe fn add_rows_avx2(
    buffers: &mut Buffers,
    tiles: &[Tile<'_>],
    rows: usize,
    sums: &mut Stripe<'_>,
) {
    // SAFETY: the instructions are enabled here.
    unsafe { add_rows::<std::arch::x86_64::__m256>(buffers, tiles, rows, sums) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn add_rows_avx512(
    buffers: &mut Buffers,
    tiles: &[Tile<'_>],
    rows: usize,
    sums: &mut Stripe<'_>,
) {
    // SAFETY: the instructions are enabled here.
    unsafe { add_rows::<std::arch::x86_64::__m512>(buffers, tiles, rows, sums) }
}

/// # Safety
/// As for [`Vector`].
#[inline(always)]
unsafe fn add_rows<V: Vector>(
    Buffers { panel, subnormals }: &mut Buffers,
    tiles: &[Tile<'_>],
    rows: usize,
    sums: &mut Stripe<'_>,
) {
    let cols = sums.all_cols();
    let stripe = sums.range();
    let direct = Direct::of::<V>(tiles, subnormals);
    // down before right: the sums of a few columns stay in the cache for all blocks of the tile
    for first_col in stripe.clone().step_by(PANEL_COLS) {
        for first_row in (0..rows).step_by(BLOCK_ROWS) {
            let block_rows = BLOCK_ROWS.min(rows - first_row);
            let extent = Extent { rows: block_rows, cols: PANEL_COLS.min(stripe.end - first_col) };
            let first = (first_row, first_col);
            if let Some(direct) = direct
                && extent.cols.is_multiple_of(V::LANES)
            {
                let row_bytes = cols * tiles[0].element_bytes();
                let start_bytes = first_row * row_bytes + first_col * tiles[0].element_bytes();
                // SAFETY: the caller enables the instructions.
                unsafe {
                    direct.multiply::<V>(tiles, start_bytes, row_bytes, extent, panel.sums_mut());
                }
                if flush_safe(panel, extent, first_col, direct.safe_sums(), sums) {
                    continue;
                }
            }
            fill(panel, tiles, first, cols, extent);
            // SAFETY: the caller enables the instructions.
            unsafe { panel.multiply::<V>(extent) };
            if !flush_safe(panel, extent, first_col, SAFE_SUMS, sums) {
                flush_exact(panel, extent, first_col, sums);
            }
        }
    }
}

/// Decodes and scales a rectangle of every tile, packed.
#[inline(always)]
fn fill(
    panel: &mut Panel,
    tiles: &[Tile<'_>],
    (first_row, first_col): (usize, usize),
    cols: usize,
    extent: Extent,
) {
    for (model, tile) in tiles.iter().enumerate() {
        let values = panel.values_mut(model, extent);
        let row_bytes = cols * tile.element_bytes();
        let start_bytes = first_row * row_bytes + first_col * tile.element_bytes();
        tile.decoder()(&tile.bytes[start_bytes..], row_bytes, extent.cols, values);
        if !tile.scales.is_empty() {
            scale(tile.scales, first_row, extent, values);
        }
    }
}

/// Multiplies decoded rows with their scales, rounding to `f32`.
fn scale(scales: &[f32], first_row: usize, extent: Extent, values: &mut [f32]) {
    for (row, values) in values.chunks_exact_mut(extent.cols).enumerate() {
        let scale = if scales.len() == 1 { scales[0] } else { scales[first_row + row] };
        for value in values {
            *value *= scale;
        }
    }
}

/// Adds the block sums of a panel to the columns from `first_col`, if all own sums of squares are
/// `safe`. Returns whether they were.
#[inline(always)]
fn flush_safe(
    panel: &Panel,
    extent: Extent,
    first_col: usize,
    safe: RangeInclusive<f32>,
    sums: &mut Stripe<'_>,
) -> bool {
    let models = panel.models();
    let all_safe = extent.rows > 1
        && (0..models).all(|model| {
            // no early exit, so that the compiler can use vectors
            panel
                .sums(pair(models, model, model), extent)
                .iter()
                .fold(true, |all, sum| all & safe.contains(sum))
        });
    if all_safe {
        for pair in 0..pairs(models) {
            let to = &mut sums.of_pair_mut(pair, first_col)[..extent.cols];
            for (to, sum) in to.iter_mut().zip(panel.sums(pair, extent)) {
                *to += f64::from(*sum);
            }
        }
    }
    all_safe
}

/// Adds the block sums of a panel to the columns from `first_col`, multiplying again in `f64`
/// where they are not safe.
fn flush_exact(panel: &Panel, extent: Extent, first_col: usize, sums: &mut Stripe<'_>) {
    let models = panel.models();
    for col in 0..extent.cols {
        let safe = extent.rows > 1
            && (0..models).all(|model| {
                SAFE_SUMS.contains(&panel.sums(pair(models, model, model), extent)[col])
            });
        for a in 0..models {
            for b in a..models {
                let pair = pair(models, a, b);
                sums.of_pair_mut(pair, first_col)[col] += if safe {
                    f64::from(panel.sums(pair, extent)[col])
                } else {
                    exact_product(panel, extent, col, a, b)
                };
            }
        }
    }
}

/// The inner product of one column of a block in `f64`, in row order.
fn exact_product(panel: &Panel, extent: Extent, col: usize, a: usize, b: usize) -> f64 {
    (0..extent.rows)
        .map(|row| {
            let x = f64::from(panel.value(a, extent, row, col));
            let y = f64::from(panel.value(b, extent, row, col));
            x * y
        })
        .sum()
}
