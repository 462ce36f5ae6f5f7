//! What is kept of single numbers, beside the sums over columns: whether models hold the same
//! ones, and in what share of places.
//!
//! Sums of products tell two models apart only as far as `f32` does, and say nothing of columns
//! with NaN. So as long as two models have been the same, their rows are compared as stored; the
//! first difference ends it, and with it the cost.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{BLOCK_ROWS, Tile, distinct_pairs, pairs};

/// Of so many blocks of rows, one is counted: enough to tell shares apart, and a small part of the
/// work of the pass.
const COUNTED_BLOCKS: u64 = 16;

/// What is known of the single numbers of a tensor.
///
/// Two numbers are the same when they are equal or both NaN; the format they are stored in does
/// not matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS))]
pub struct ElementStats {
    /// Whether all numbers are the same, for each pair `a < b`.
    pub same: Vec<bool>,
    /// Of the numbers counted, those that are the same, for each pair `a < b`.
    pub equal: Vec<u64>,
    /// Numbers counted: those of every sixteenth block of 32 rows, the first included.
    pub counted: u64,
    /// Sum of the numbers of each model, for a tensor of one dimension; empty for others. 0 where
    /// it is not finite.
    pub sums: Vec<f64>,
}

impl ElementStats {
    /// Of no numbers.
    pub fn zero(models: usize) -> Self {
        let distinct = pairs(models) - models;
        Self { same: vec![true; distinct], equal: vec![0; distinct], counted: 0, sums: Vec::new() }
    }

    /// Adds what is known of other numbers of the same tensor, those below or to the right.
    pub fn add(&mut self, next: &Self) {
        for (same, next) in self.same.iter_mut().zip(&next.same) {
            *same &= next;
        }
        for (sum, next) in self.equal.iter_mut().zip(&next.equal) {
            *sum += next;
        }
        self.counted += next.counted;
        if self.sums.is_empty() {
            self.sums.clone_from(&next.sums);
        } else {
            for (sum, next) in self.sums.iter_mut().zip(&next.sums) {
                *sum += next;
            }
        }
    }
}

/// Looks at single numbers, a few rows at a time. Keeps its buffers from tensor to tensor.
#[derive(Debug, Default)]
pub struct ElementCounter {
    /// Some decoded rows of each model.
    values: Vec<Vec<f32>>,
}

impl ElementCounter {
    /// Takes `rows` rows of every model into `stats`. The first is row `first_row` of the tensor,
    /// the start of a block. Numbers of a tensor of one dimension are added up, too.
    ///
    /// # Panics
    /// When a tile has no decoder.
    pub fn add(
        &mut self,
        tiles: &[Tile<'_>],
        (first_row, rows): (u64, usize),
        one_dimensional: bool,
        stats: &mut ElementStats,
    ) {
        let Some(first) = tiles.first().filter(|_| rows > 0) else { return };
        let cols = first.bytes.len() / first.element_bytes() / rows;
        let group_rows = group_rows(cols);
        self.values.resize_with(tiles.len(), Vec::new);
        for (distinct, (a, b)) in distinct_pairs(tiles.len()).enumerate() {
            let same = &mut stats.same[distinct];
            *same = *same && self.is_same(tiles, (a, b), rows, cols);
        }
        if one_dimensional {
            stats.sums.resize(tiles.len(), 0.0);
        }
        for row in (0..rows).step_by(group_rows) {
            let block = (first_row + row as u64) / BLOCK_ROWS as u64;
            let is_counted = block.is_multiple_of(COUNTED_BLOCKS);
            if !is_counted && !one_dimensional {
                continue;
            }
            let group = row..rows.min(row + group_rows);
            for (model, tile) in tiles.iter().enumerate() {
                widen_rows(tile, group.clone(), cols, &mut self.values[model]);
            }
            if is_counted {
                for (distinct, (a, b)) in distinct_pairs(tiles.len()).enumerate() {
                    stats.equal[distinct] += count_equal(&self.values[a], &self.values[b]);
                }
                stats.counted += self.values[0].len() as u64;
            }
            if one_dimensional {
                for (sum, values) in stats.sums.iter_mut().zip(&self.values) {
                    *sum += values.iter().map(|value| f64::from(*value)).sum::<f64>();
                }
            }
        }
    }

    fn is_same(
        &mut self,
        tiles: &[Tile<'_>],
        (a, b): (usize, usize),
        rows: usize,
        cols: usize,
    ) -> bool {
        let (tile_a, tile_b) = (&tiles[a], &tiles[b]);
        let alike = tile_a.dtype == tile_b.dtype && tile_a.scales == tile_b.scales;
        if alike && is_same_bytes(tile_a.bytes, tile_b.bytes) {
            return true;
        }
        // zeros of either sign and NaN of any kind are the same number in other bytes
        let group_rows = group_rows(cols);
        (0..rows).step_by(group_rows).all(|row| {
            let group = row..rows.min(row + group_rows);
            widen_rows(tile_a, group.clone(), cols, &mut self.values[a]);
            widen_rows(tile_b, group, cols, &mut self.values[b]);
            count_equal(&self.values[a], &self.values[b]) == self.values[a].len() as u64
        })
    }
}

/// Rows that are decoded at a time: a whole block where they are short, down to one.
fn group_rows(cols: usize) -> usize {
    const GROUP_ELEMENTS: usize = 1 << 12;
    let mut rows = BLOCK_ROWS;
    while rows > 1 && rows * cols > GROUP_ELEMENTS {
        rows /= 2;
    }
    rows
}

/// Widens and scales some rows of `tile`, of `cols` columns.
///
/// # Panics
/// When it has no decoder.
pub fn widen_rows(tile: &Tile<'_>, rows: Range<usize>, cols: usize, values: &mut Vec<f32>) {
    values.resize(rows.len() * cols, 0.0);
    if cols == 0 {
        return;
    }
    let row_bytes = cols * tile.element_bytes();
    tile.decoder()(&tile.bytes[rows.start * row_bytes..], row_bytes, cols, values);
    if tile.scales.is_empty() {
        return;
    }
    for (row, values) in rows.zip(values.chunks_exact_mut(cols)) {
        let scale = if tile.scales.len() == 1 { tile.scales[0] } else { tile.scales[row] };
        for value in values.iter_mut() {
            *value *= scale;
        }
    }
}

/// How many numbers are the same at the same place.
#[allow(clippy::float_cmp)] // sameness is what it is about
fn count_equal(a: &[f32], b: &[f32]) -> u64 {
    /// Numbers whose count fits the width of one, so that the compiler can use vectors.
    const PART: usize = 1 << 12;
    let parts = a.chunks(PART).zip(b.chunks(PART));
    parts
        .map(|(a, b)| {
            let equal = |(a, b): (&f32, &f32)| u32::from((a == b) | (a.is_nan() & b.is_nan()));
            u64::from(a.iter().zip(b).map(equal).sum::<u32>())
        })
        .sum()
}

/// Compares eight bytes at a time: the comparison of slices goes byte by byte in WebAssembly.
fn is_same_bytes(a: &[u8], b: &[u8]) -> bool {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<64>(), b.as_chunks::<64>());
    let differ = |(a, b): (&[u8; 64], &[u8; 64])| {
        let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
        words.fold(0, |bits, (a, b)| bits | (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b))) != 0
    };
    a.len() == b.len() && a_rest == b_rest && !a.iter().zip(b).any(differ)
}
