//! Inner products per column and pair: what a window accumulates.

use std::ops::Range;

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

    /// The same columns, cut into stripes of `stripe_cols` that can be added to side by side.
    ///
    /// # Panics
    /// When `stripe_cols` is 0.
    pub fn stripes_mut(&mut self, stripe_cols: usize) -> Vec<Stripe<'_>> {
        let Self { cols, values, .. } = self;
        let cols = *cols;
        let mut stripes: Vec<Stripe<'_>> = (0..cols)
            .step_by(stripe_cols)
            .map(|first_col| Stripe {
                first_col,
                cols: stripe_cols.min(cols - first_col),
                all_cols: cols,
                pairs: Vec::new(),
            })
            .collect();
        for pair in values.chunks_exact_mut(cols.max(1)) {
            for (stripe, sums) in stripes.iter_mut().zip(pair.chunks_mut(stripe_cols)) {
                stripe.pairs.push(sums);
            }
        }
        stripes
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

/// Some neighbouring columns of a window's [`ColumnSums`].
pub struct Stripe<'a> {
    first_col: usize,
    cols: usize,
    /// Of the window.
    all_cols: usize,
    /// `cols` values for each pair.
    pairs: Vec<&'a mut [f64]>,
}

impl Stripe<'_> {
    /// Its columns, counted from the left of the window.
    pub(super) fn range(&self) -> Range<usize> {
        self.first_col..self.first_col + self.cols
    }

    /// Number of columns of the window.
    pub(super) fn all_cols(&self) -> usize {
        self.all_cols
    }

    /// The values of a pair for the columns from `first_col` of the window.
    pub(super) fn of_pair_mut(&mut self, pair: usize, first_col: usize) -> &mut [f64] {
        &mut self.pairs[pair][first_col - self.first_col..]
    }
}
