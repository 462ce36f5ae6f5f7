//! How a tensor is cut into windows that bounded memory can hold.
//!
//! The cut depends on the tensor's shape alone, because it is part of the numeric definition:
//! sums run inside a window first, then over windows in order. All but the very largest tensors
//! are one window.

use serde::{Deserialize, Serialize};

use weightkin_kernel::gram::BLOCK_ROWS;

/// Widest window, in columns. One `f64` per column and pair of models is held per window.
const WINDOW_COLS: u64 = 1 << 16;

/// Widths of stripes are multiples of this.
const STRIPE_STEP: u64 = 64;

/// Largest window, in elements. A larger tensor is cut between rows, so that several workers share
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
    /// Columns of every stripe but the last.
    stripe_cols: u64,
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
        // all about as wide: each row of a sliver would be a read of a few bytes
        let stripes = cols.div_ceil(WINDOW_COLS).max(1);
        Self {
            rows,
            cols,
            band_rows: fitting / block_rows * block_rows,
            stripe_cols: cols.div_ceil(stripes).max(1).next_multiple_of(STRIPE_STEP),
        }
    }

    /// Whether there is nothing to read. Such a tensor has no windows, and its other dimensions
    /// may be anything.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// Number of windows, however large the numbers of the shape are.
    pub fn window_count(&self) -> u64 {
        if self.is_empty() {
            return 0;
        }
        self.rows.div_ceil(self.band_rows).saturating_mul(self.cols.div_ceil(self.stripe_cols))
    }

    /// Number of bands: windows above each other.
    pub fn bands(&self) -> u32 {
        if self.is_empty() { 0 } else { self.rows.div_ceil(self.band_rows) as u32 }
    }

    /// Number of stripes: windows beside each other.
    pub fn stripes(&self) -> u32 {
        if self.is_empty() { 0 } else { self.cols.div_ceil(self.stripe_cols) as u32 }
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
        let first = u64::from(window.stripe) * self.stripe_cols;
        (first, self.stripe_cols.min(self.cols - first))
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
        for (rows, cols) in [(1, 1), (1280, 11_520), (10_240, 1280), (16_384, 1), (3, 65_536)] {
            assert_eq!(Grid::new(rows, cols).windows().count(), 1);
        }
    }

    #[test]
    fn empty_tensors_have_no_windows() {
        for (rows, cols) in [(0, 7), (7, 0), (0, 0), (0, u64::MAX), (u64::MAX, 0)] {
            assert_eq!(Grid::new(rows, cols).windows().count(), 0);
            assert_eq!(Grid::new(rows, cols).window_count(), 0);
        }
    }

    #[test]
    fn stripes_are_about_as_wide() {
        for cols in [65_537, 65_600, 70_000, 131_073, 200_000, 1_000_000, 3_145_728] {
            let grid = Grid::new(100, cols);
            for window in grid.windows() {
                let width = grid.cols_of(window).1;
                assert!((32_000..=WINDOW_COLS).contains(&width), "{width} of {cols}");
            }
        }
    }

    #[test]
    fn large_tensors_are_covered_once() {
        for (rows, cols) in [(151_936, 4096), (2_000_000_000, 1), (3, 700_000_000), (9000, 70_000)]
        {
            assert_eq!(covered(rows, cols), rows * cols);
            let grid = Grid::new(rows, cols);
            assert!(grid.window_count() > 1);
            assert_eq!(grid.windows().count() as u64, grid.window_count());
        }
    }

    #[test]
    fn windows_of_impossible_tensors_are_counted_all_the_same() {
        assert_eq!(Grid::new(1, 1 << 61).window_count(), 1 << 45);
        assert_eq!(Grid::new(1 << 61, 1).window_count(), 1 << 36);
        assert_eq!(Grid::new(u64::MAX, u64::MAX).window_count(), u64::MAX);
    }

    #[test]
    fn bands_start_at_blocks() {
        let grid = Grid::new(151_936, 896);
        for window in grid.windows() {
            assert_eq!(grid.rows_of(window).0 % BLOCK_ROWS as u64, 0);
        }
    }
}
