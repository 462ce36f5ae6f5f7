//! Rows of all models, as stored, into column sums.

use super::block::{Extent, PANEL_COLS, Panel};
use super::vector::Vector;
use super::{BLOCK_ROWS, ColumnSums, SAFE_SUMS, pair, pairs};
use crate::decode::Decoder;

/// Some rows of one model, as stored.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    /// Rows one after the other, each of all columns of the window.
    pub bytes: &'a [u8],
    /// Bytes of one element.
    pub element_bytes: usize,
    /// How to widen them.
    pub decoder: Decoder,
    /// What to multiply them with then: nothing, one number for all, or one for each row.
    pub scales: &'a [f32],
}

/// Adds tiles to column sums. Keeps its buffers from tensor to tensor.
pub struct Accumulator {
    panel: Panel,
    level: Level,
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
                if is_x86_feature_detected!("avx2") {
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
        Self { panel: Panel::new(models), level }
    }

    #[cfg(test)]
    pub(super) fn all_levels(models: usize) -> Vec<Self> {
        Level::available()
            .into_iter()
            .map(|level| Self { panel: Panel::new(models), level })
            .collect()
    }

    /// Adds `rows` rows of every model to `sums`. The first row must be the first of a block;
    /// only the last tile of a window may end inside one.
    ///
    /// # Panics
    /// When a tile does not hold `rows` × columns elements.
    pub fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
        for tile in tiles {
            assert_eq!(tile.bytes.len(), rows * sums.cols() * tile.element_bytes);
        }
        match self.level {
            // SAFETY: the level is available, so the machine has the instructions.
            #[cfg(not(target_arch = "wasm32"))]
            Level::Portable => unsafe {
                add_rows::<super::vector::Portable>(&mut self.panel, tiles, rows, sums);
            },
            // SAFETY: simd128 is enabled for the whole build.
            #[cfg(target_arch = "wasm32")]
            Level::Simd128 => unsafe {
                add_rows::<core::arch::wasm32::v128>(&mut self.panel, tiles, rows, sums);
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { add_rows_avx2(&mut self.panel, tiles, rows, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { add_rows_avx512(&mut self.panel, tiles, rows, sums) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn add_rows_avx2(panel: &mut Panel, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
    // SAFETY: the instructions are enabled here.
    unsafe { add_rows::<std::arch::x86_64::__m256>(panel, tiles, rows, sums) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn add_rows_avx512(
    panel: &mut Panel,
    tiles: &[Tile<'_>],
    rows: usize,
    sums: &mut ColumnSums,
) {
    // SAFETY: the instructions are enabled here.
    unsafe { add_rows::<std::arch::x86_64::__m512>(panel, tiles, rows, sums) }
}

/// # Safety
/// As for [`Vector`].
#[inline(always)]
unsafe fn add_rows<V: Vector>(
    panel: &mut Panel,
    tiles: &[Tile<'_>],
    rows: usize,
    sums: &mut ColumnSums,
) {
    let cols = sums.cols();
    // down before right: the sums of a few columns stay in the cache for all blocks of the tile
    for first_col in (0..cols).step_by(PANEL_COLS) {
        for first_row in (0..rows).step_by(BLOCK_ROWS) {
            let block_rows = BLOCK_ROWS.min(rows - first_row);
            let extent = Extent { rows: block_rows, cols: PANEL_COLS.min(cols - first_col) };
            for (model, tile) in tiles.iter().enumerate() {
                let values = panel.values_mut(model, extent);
                widen(tile, first_row, first_col, cols, extent, values);
                if !tile.scales.is_empty() {
                    scale(tile.scales, first_row, extent, values);
                }
            }
            // SAFETY: the caller enables the instructions.
            unsafe { panel.multiply::<V>(extent) };
            flush(panel, extent, first_col, sums);
        }
    }
}

/// Decodes a rectangle of a tile, packed.
#[inline(always)]
fn widen(
    tile: &Tile<'_>,
    first_row: usize,
    first_col: usize,
    cols: usize,
    extent: Extent,
    to: &mut [f32],
) {
    let row_bytes = cols * tile.element_bytes;
    let start = first_row * row_bytes + first_col * tile.element_bytes;
    (tile.decoder)(&tile.bytes[start..], row_bytes, extent.cols, to);
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

/// Adds the block sums of a panel to the columns from `first_col`.
#[inline(always)]
fn flush(panel: &Panel, extent: Extent, first_col: usize, sums: &mut ColumnSums) {
    let models = sums.models();
    let safe = extent.rows > 1
        && (0..models).all(|model| {
            // no early exit, so that the compiler can use vectors
            panel
                .sums(pair(models, model, model), extent)
                .iter()
                .fold(true, |safe, sum| safe & SAFE_SUMS.contains(sum))
        });
    if safe {
        for pair in 0..pairs(models) {
            let to = &mut sums.of_pair_mut(pair)[first_col..][..extent.cols];
            for (to, sum) in to.iter_mut().zip(panel.sums(pair, extent)) {
                *to += f64::from(*sum);
            }
        }
        return;
    }
    for col in 0..extent.cols {
        let safe = extent.rows > 1
            && (0..models).all(|model| {
                SAFE_SUMS.contains(&panel.sums(pair(models, model, model), extent)[col])
            });
        for a in 0..models {
            for b in a..models {
                let pair = pair(models, a, b);
                sums.of_pair_mut(pair)[first_col + col] += if safe {
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
