//! The figures of two models over any set of columns.

use serde::Serialize;

use crate::gram::{GramRecord, pair};

/// Means that differ by so much are both shown.
const SHOWN_DIFFERENCE: f64 = 1e-4;

/// Columns of zeros. They have no direction, and score 0 as in the original script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ZeroColumns {
    /// Zero in both models: they carry no information.
    pub both: u64,
    /// Zero in one of them only: a difference.
    pub one: u64,
}

impl ZeroColumns {
    #[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
    fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How two models compare over some columns. `None` (JSON `null`) where a figure is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Figures {
    /// Mean of the column cosines, the headline number: `ΣS / (columns - left_out_columns)`.
    pub column_cosine: Option<f64>,
    /// Columns, left-out ones included.
    pub columns: u64,
    /// Columns with a NaN or an infinity in either model.
    pub left_out_columns: u64,
    /// Columns of zeros among those counted; left out of the JSON where there are none.
    #[serde(skip_serializing_if = "ZeroColumns::are_none")]
    #[cfg_attr(test, ts(optional, as = "Option<ZeroColumns>"))]
    pub zero_columns: ZeroColumns,
    /// Mean of the column cosines without the columns that are zero in both models, which is what
    /// the verdict judges; `None` where there are no such columns, and so no other mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub nonzero_column_cosine: Option<f64>,
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
        let zero_columns =
            ZeroColumns { both: record.zero_in_both[distinct], one: record.zero_in_one[distinct] };
        // sums of an untrusted report's counts may have met their limits
        let nonzero = counted.saturating_sub(zero_columns.both);
        // rounding can make the square negative
        let square = (aa - 2.0 * ab + bb).max(0.0);
        Self {
            column_cosine: defined(record.cosine_sums[distinct] / counted as f64),
            columns: record.columns,
            left_out_columns,
            nonzero_column_cosine: (zero_columns.both > 0)
                .then(|| defined(record.cosine_sums[distinct] / nonzero as f64))
                .flatten(),
            zero_columns,
            // in this form equal weights give exactly 1
            flat_cosine: defined(cosine(ab, aa, bb)),
            relative_distance: defined(distance(square, aa)),
        }
    }

    /// The mean that the verdict judges.
    pub fn judged_cosine(&self) -> Option<f64> {
        if self.zero_columns.both > 0 { self.nonzero_column_cosine } else { self.column_cosine }
    }

    /// The judged mean where it differs from the headline's so much that both are shown.
    pub fn differing_cosine(&self) -> Option<f64> {
        let (headline, judged) = self.column_cosine.zip(self.nonzero_column_cosine)?;
        ((judged - headline).abs() >= SHOWN_DIFFERENCE).then_some(judged)
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
