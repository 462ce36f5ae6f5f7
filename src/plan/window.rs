//! How a tensor is cut into windows that bounded memory can hold.
//!
//! The cut depends on the tensor's shape alone, because it is part of the numeric definition:
//! sums run inside a window first, then over windows in order. All but the very largest tensors
//! are one window.

use serde::{Deserialize, Serialize};

use crate::gram::BLOCK_ROWS;

/// Widest window, in columns. One `f64` per column and pair of models is held per window.
const WINDOW_COLS: u64 = 1 << 16;

/// Largest window, in elements. A larger tensor is cut between rows, so that several lanes share
/// it and none waits for the last one.
const WINDOW_ELEMENTS: u64 = 1 << 25;

/// The cut of one tensor: `bands` × `stripes` windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Rows of the tensor.
    pub rows: u64,
    /// Columns of the tensor.
    pub cols: u64,
    /// Rows of every band but the last; a multiple of [`BLOCK_ROWS`].
    band_rows: u64,
}

/// A rectangle of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// Position among the stripes, left to right.
    pub stripe: u32,
    /// Position among the bands, top to bottom.
    pub band: u32,
}

impl Grid {
    /// The cut of a tensor of `rows` × `cols`.
    pub fn new(rows: u64, cols: u64) -> Self {
        let block_rows = BLOCK_ROWS as u64;
        let fitting = WINDOW_ELEMENTS / cols.clamp(1, WINDOW_COLS);
        Self { rows, cols, band_rows: fitting / block_rows * block_rows }
    }

    /// Number of bands: windows above each other. At least one.
    pub fn bands(&self) -> u32 {
        self.rows.div_ceil(self.band_rows).max(1) as u32
    }

    /// Number of stripes: windows beside each other. At least one.
    pub fn stripes(&self) -> u32 {
        self.cols.div_ceil(WINDOW_COLS).max(1) as u32
    }

    /// All windows, stripe by stripe, each from top to bottom.
    pub fn windows(self) -> impl Iterator<Item = Window> {
        (0..self.stripes())
            .flat_map(move |stripe| (0..self.bands()).map(move |band| Window { stripe, band }))
    }

    /// First row and number of rows of `window`.
    pub fn rows_of(&self, window: Window) -> (u64, u64) {
        let first = u64::from(window.band) * self.band_rows;
        (first, self.band_rows.min(self.rows - first))
    }

    /// First column and number of columns of `window`.
    pub fn cols_of(&self, window: Window) -> (u64, u64) {
        let first = u64::from(window.stripe) * WINDOW_COLS;
        (first, WINDOW_COLS.min(self.cols - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(rows: u64, cols: u64) -> u64 {
        let grid = Grid::new(rows, cols);
        grid.windows().map(|window| grid.rows_of(window).1 * grid.cols_of(window).1).sum()
    }

    #[test]
    fn ordinary_tensors_are_one_window() {
        for (rows, cols) in [(1, 1), (1280, 11_520), (10_240, 1280), (0, 7), (7, 0)] {
            assert_eq!(Grid::new(rows, cols).windows().count(), 1);
        }
    }

    #[test]
    fn large_tensors_are_covered_once() {
        for (rows, cols) in [(151_936, 4096), (2_000_000_000, 1), (3, 700_000_000), (9000, 70_000)]
        {
            assert_eq!(covered(rows, cols), rows * cols);
            assert!(Grid::new(rows, cols).windows().count() > 1);
        }
    }

    #[test]
    fn bands_start_at_blocks() {
        let grid = Grid::new(151_936, 896);
        for window in grid.windows() {
            assert_eq!(grid.rows_of(window).0 % BLOCK_ROWS as u64, 0);
        }
    }
}
