//! Inner products per column and pair: what a window accumulates.

use serde::{Deserialize, Serialize};

use super::pairs;

/// `f64` sums of products, for each pair `a ≤ b` and each column of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSums {
    models: usize,
    cols: usize,
    /// `cols` values for each pair.
    values: Vec<f64>,
}

impl ColumnSums {
    /// All zero.
    pub fn zero(models: usize, cols: usize) -> Self {
        Self { models, cols, values: vec![0.0; pairs(models) * cols] }
    }

    /// Number of models.
    pub fn models(&self) -> usize {
        self.models
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// One value for each column.
    pub fn of_pair(&self, pair: usize) -> &[f64] {
        &self.values[pair * self.cols..][..self.cols]
    }

    /// One value for each column.
    pub fn of_pair_mut(&mut self, pair: usize) -> &mut [f64] {
        &mut self.values[pair * self.cols..][..self.cols]
    }

    /// Adds the sums of the window below.
    ///
    /// # Panics
    /// When the windows differ in width or in models.
    pub fn add_below(&mut self, below: &Self) {
        assert_eq!((self.models, self.cols), (below.models, below.cols));
        for (sum, below) in self.values.iter_mut().zip(&below.values) {
            *sum += below;
        }
    }
}
