//! The figures of two models over any set of columns.

use serde::Serialize;

use crate::gram::{GramRecord, pair};

/// How two models compare over some columns. `None` (JSON `null`) where a figure is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
    pub column_cosine: Option<f64>,
    /// Columns, left-out ones included.
    pub columns: u64,
    /// Columns with a NaN or an infinity in either model.
    pub left_out_columns: u64,
    /// Cosine of the flattened weights: `ΣG_ab / √(ΣG_aa · ΣG_bb)`.
    pub flat_cosine: Option<f64>,
    /// `‖W_a - W_b‖ / ‖W_a‖`.
    pub relative_distance: Option<f64>,
}

impl Figures {
    /// Of the pair `a < b`, the `distinct`-th of all such pairs, in `record`.
    pub fn of(record: &GramRecord, distinct: usize, a: usize, b: usize) -> Self {
        let models = record.models();
        let aa = record.gram[pair(models, a, a)];
        let bb = record.gram[pair(models, b, b)];
        let ab = record.gram[pair(models, a, b)];
        let left_out_columns = record.left_out_columns[distinct];
        let counted = record.columns - left_out_columns;
        // rounding can make the square negative
        let square = (aa - 2.0 * ab + bb).max(0.0);
        Self {
            column_cosine: defined(record.cosine_sums[distinct] / counted as f64),
            columns: record.columns,
            left_out_columns,
            // in this form equal weights give exactly 1
            flat_cosine: defined(cosine(ab, aa, bb)),
            relative_distance: defined(distance(square, aa)),
        }
    }
}

/// The cosine of two vectors with inner product `ab` and squares `aa` and `bb`.
pub(super) fn cosine(ab: f64, aa: f64, bb: f64) -> f64 {
    ab / (aa * bb).sqrt()
}

/// A distance with the square `square`, relative to a vector with the square `aa`.
pub(super) fn distance(square: f64, aa: f64) -> f64 {
    square.sqrt() / aa.sqrt()
}

fn defined(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
