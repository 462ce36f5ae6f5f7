//! What the pass keeps of a tensor.

use serde::{Deserialize, Serialize};

use super::{ColumnSums, distinct_pairs, pair, pairs};

/// Smallest norm a column is divided by, as `torch.nn.functional.normalize` has it.
const NORMALIZE_EPS: f64 = 1e-12;
/// Squared norms well above both limits: nearly all, which spares them two roots each.
const CLEAR_SQUARES: f64 = 1e-20;
/// Smallest norm of a normalised column, as `torch.nn.CosineSimilarity` has it.
const COSINE_EPS: f64 = 1e-8;

/// The Gram matrix and the column cosines of one tensor. Every figure shown anywhere is derived
/// from these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GramRecord {
    /// `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns that are finite in every model.
    pub gram: Vec<f64>,
    /// Sum of the column cosines for each pair `a < b`, over the columns finite in both.
    pub cosine_sums: Vec<f64>,
    /// Columns not finite in `a` or `b`, for each pair `a < b`.
    pub left_out_columns: Vec<u64>,
    /// Columns that are finite in every model.
    pub finite_columns: u64,
    /// All columns.
    pub columns: u64,
}

impl GramRecord {
    /// Of no columns.
    pub fn zero(models: usize) -> Self {
        let distinct = pairs(models) - models;
        Self {
            gram: vec![0.0; pairs(models)],
            cosine_sums: vec![0.0; distinct],
            left_out_columns: vec![0; distinct],
            finite_columns: 0,
            columns: 0,
        }
    }

    /// Of `columns` columns without rows. They are zero columns and score 0.
    pub fn without_rows(models: usize, columns: u64) -> Self {
        Self { finite_columns: columns, columns, ..Self::zero(models) }
    }

    /// Number of models, from the size of the Gram triangle.
    pub fn models(&self) -> usize {
        self.gram.len() - self.cosine_sums.len()
    }

    /// Of the columns of `sums`, taken in order.
    pub fn of(sums: &ColumnSums) -> Self {
        let models = sums.models();
        let mut record = Self::zero(models);
        record.columns = sums.cols() as u64;
        for col in 0..sums.cols() {
            let finite = |model| sums.of_pair(pair(models, model, model))[col].is_finite();
            if (0..models).all(finite) {
                record.finite_columns += 1;
                for (pair, gram) in record.gram.iter_mut().enumerate() {
                    *gram += sums.of_pair(pair)[col];
                }
            }
            for (distinct, (a, b)) in distinct_pairs(models).enumerate() {
                if finite(a) && finite(b) {
                    record.cosine_sums[distinct] += cosine(
                        sums.of_pair(pair(models, a, b))[col],
                        sums.of_pair(pair(models, a, a))[col],
                        sums.of_pair(pair(models, b, b))[col],
                    );
                } else {
                    record.left_out_columns[distinct] += 1;
                }
            }
        }
        record
    }

    /// Adds the record of columns to the right, or of the next tensor.
    pub fn add(&mut self, next: &Self) {
        for (sum, next) in self.gram.iter_mut().zip(&next.gram) {
            *sum += next;
        }
        for (sum, next) in self.cosine_sums.iter_mut().zip(&next.cosine_sums) {
            *sum += next;
        }
        // an empty tensor, or an untrusted report, may claim any number of columns
        for (sum, next) in self.left_out_columns.iter_mut().zip(&next.left_out_columns) {
            *sum = sum.saturating_add(*next);
        }
        self.finite_columns = self.finite_columns.saturating_add(next.finite_columns);
        self.columns = self.columns.saturating_add(next.columns);
    }
}

/// The cosine of two columns with inner product `ab` and squared norms `aa` and `bb`, with the
/// clamps of the original script: `â = a / max(‖a‖, 1e-12)`, then
/// `(â · b̂) / (max(‖â‖, 1e-8) · max(‖b̂‖, 1e-8))`. A zero column scores 0.
pub fn cosine(ab: f64, aa: f64, bb: f64) -> f64 {
    if aa >= CLEAR_SQUARES && bb >= CLEAR_SQUARES {
        // no clamp is active; with this form equal columns score exactly 1
        return ab / (aa * bb).sqrt();
    }
    let (norm_a, norm_b) = (aa.sqrt(), bb.sqrt());
    if norm_a >= NORMALIZE_EPS && norm_b >= NORMALIZE_EPS {
        return ab / (aa * bb).sqrt();
    }
    let (divisor_a, divisor_b) = (norm_a.max(NORMALIZE_EPS), norm_b.max(NORMALIZE_EPS));
    let unit = ab / divisor_a / divisor_b;
    unit / (norm_a / divisor_a).max(COSINE_EPS) / (norm_b / divisor_b).max(COSINE_EPS)
}
