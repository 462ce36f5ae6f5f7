//! The change that a module makes, block by block.

use std::fmt;

use weightkin_kernel::lowrank::{Matrix, add_product, add_wide_product};

/// A change to a weight of some rows and columns, strength 1.
#[derive(Debug)]
pub enum Delta {
    /// A product of two thin matrices.
    LowRank(LowRank),
    /// Two products of thin matrices, multiplied element by element.
    Hadamard(LowRank, LowRank),
    /// A Kronecker product.
    Kronecker(Kronecker),
    /// As it is.
    Dense {
        /// Its elements, row-major.
        values: Vec<f32>,
        /// Columns.
        cols: usize,
    },
    /// What can only be worked out with the weight itself.
    OfModel(Box<dyn OfModel>),
}

/// A change that depends on the weight.
pub trait OfModel: fmt::Debug + Send + Sync {
    /// All of it, for `weights` of `rows` × `cols`.
    fn change(&self, weights: &[f32], rows: usize, cols: usize) -> Vec<f32>;
}

/// up · down, the scale already in up.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// [rows, rank].
    pub up: Vec<f32>,
    /// [rank, cols].
    pub down: Vec<f32>,
    /// Columns of `up`.
    pub rank: usize,
}

/// left ⊗ right.
#[derive(Debug, Clone, PartialEq)]
pub struct Kronecker {
    /// What every product is multiplied with.
    pub scale: f32,
    /// [rows / right rows, `left_cols`].
    pub left: Vec<f32>,
    /// Columns of `left`.
    pub left_cols: usize,
    /// [`right_rows`, `right_cols`].
    pub right: Vec<f32>,
    /// Rows of `right`.
    pub right_rows: usize,
    /// Columns of `right`.
    pub right_cols: usize,
}

/// A rectangle of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    /// First row.
    pub first_row: usize,
    /// Rows.
    pub rows: usize,
    /// First column.
    pub first_col: usize,
    /// Columns.
    pub cols: usize,
}

impl LowRank {
    /// `scale` · up · down.
    pub fn new(scale: f64, mut up: Vec<f32>, down: Vec<f32>, rank: usize) -> Self {
        if scale.to_bits() != 1.0_f64.to_bits() {
            for value in &mut up {
                *value = (f64::from(*value) * scale) as f32;
            }
        }
        Self { up, down, rank }
    }

    /// Rows of the product.
    pub fn rows(&self) -> usize {
        self.up.len() / self.rank.max(1)
    }

    /// Columns of the product.
    pub fn cols(&self) -> usize {
        self.down.len() / self.rank.max(1)
    }

    fn fill(&self, part: Rectangle, to: &mut [f32]) {
        to.fill(0.0);
        add_product(
            Matrix::packed(&self.up[part.first_row * self.rank..], self.rank),
            Matrix { values: &self.down[part.first_col..], stride: self.cols() },
            to,
            (part.rows, self.rank, part.cols),
        );
    }
}

impl LowRank {
    fn fill_wide(&self, part: Rectangle, to: &mut [f64]) {
        to.fill(0.0);
        add_wide_product(
            Matrix::packed(&self.up[part.first_row * self.rank..], self.rank),
            Matrix { values: &self.down[part.first_col..], stride: self.cols() },
            to,
            (part.rows, self.rank, part.cols),
        );
    }
}

impl Delta {
    /// Whether it needs the weight that it changes.
    pub fn needs_model(&self) -> bool {
        matches!(self, Self::OfModel(_))
    }

    /// The same as it is for `weights` of `rows` × `cols`.
    #[must_use]
    pub fn for_model(self, weights: &[f32], rows: usize, cols: usize) -> Self {
        match self {
            Self::OfModel(change) => {
                Self::Dense { values: change.change(weights, rows, cols), cols }
            }
            other => other,
        }
    }

    /// All of it, for `weights` of `rows` × `cols`; they are not looked at where it does not
    /// [need them](Self::needs_model).
    pub(super) fn whole(&self, weights: &[f32], rows: usize, cols: usize) -> Vec<f32> {
        match self {
            Self::OfModel(change) => change.change(weights, rows, cols),
            known => {
                let mut whole = vec![0.0; rows * cols];
                known.fill(Rectangle { first_row: 0, rows, first_col: 0, cols }, &mut whole);
                whole
            }
        }
    }

    /// Writes the elements of `part` to `to`, row-major.
    ///
    /// # Panics
    /// When it [needs the model](Self::needs_model), or is smaller than `part`.
    pub fn fill(&self, part: Rectangle, to: &mut [f32]) {
        assert_eq!(to.len(), part.rows * part.cols);
        match self {
            Self::LowRank(product) => product.fill(part, to),
            Self::Hadamard(a, b) => {
                a.fill(part, to);
                let mut other = vec![0.0; to.len()];
                b.fill(part, &mut other);
                for (value, other) in to.iter_mut().zip(&other) {
                    *value *= other;
                }
            }
            Self::Kronecker(product) => product.fill(part, to),
            Self::Dense { values, cols } => {
                for (row, to) in to.chunks_exact_mut(part.cols.max(1)).enumerate() {
                    let start = (part.first_row + row) * cols + part.first_col;
                    to.copy_from_slice(&values[start..start + part.cols]);
                }
            }
            Self::OfModel(_) => panic!("the caller asks whether it needs the model"),
        }
    }

    /// The same in `f64`, for weights that have more digits than sums in `f32`.
    ///
    /// # Panics
    /// As [`Self::fill`].
    pub fn fill_wide(&self, part: Rectangle, to: &mut [f64]) {
        assert_eq!(to.len(), part.rows * part.cols);
        match self {
            Self::LowRank(product) => product.fill_wide(part, to),
            Self::Hadamard(a, b) => {
                a.fill_wide(part, to);
                let mut other = vec![0.0; to.len()];
                b.fill_wide(part, &mut other);
                for (value, other) in to.iter_mut().zip(&other) {
                    *value *= other;
                }
            }
            other => {
                let mut single = vec![0.0; to.len()];
                other.fill(part, &mut single);
                for (value, single) in to.iter_mut().zip(&single) {
                    *value = f64::from(*single);
                }
            }
        }
    }
}

impl Kronecker {
    fn fill(&self, part: Rectangle, to: &mut [f32]) {
        for (row, to) in to.chunks_exact_mut(part.cols.max(1)).enumerate() {
            let row = part.first_row + row;
            let left = &self.left[row / self.right_rows * self.left_cols..][..self.left_cols];
            let right = &self.right[row % self.right_rows * self.right_cols..][..self.right_cols];
            let mut col = 0;
            while col < part.cols {
                let (block, inside) = (
                    (part.first_col + col) / self.right_cols,
                    (part.first_col + col) % self.right_cols,
                );
                let run = (self.right_cols - inside).min(part.cols - col);
                let factor = left[block] * self.scale;
                for (to, right) in to[col..col + run].iter_mut().zip(&right[inside..]) {
                    *to = factor * right;
                }
                col += run;
            }
        }
    }
}
