//! What the pass keeps of a tensor.

use serde::{Deserialize, Serialize};

use super::{ColumnSums, ElementStats, distinct_pairs, pair, pairs};

/// Smallest norm a column is divided by, as `torch.nn.functional.normalize` has it.
const NORMALIZE_EPS: f64 = 1e-12;
/// Squared norms well above both limits: nearly all, which spares them two roots each.
const CLEAR_SQUARES: f64 = 1e-20;
/// Smallest norm of a normalised column, as `torch.nn.CosineSimilarity` has it.
const COSINE_EPS: f64 = 1e-8;

/// The Gram matrix and the column cosines of one tensor. Every figure shown anywhere is derived
/// from these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS))]
pub struct GramRecord {
    /// `⟨W_a, W_b⟩` for each pair `a ≤ b`, over the columns that are finite in every model.
    pub gram: Vec<f64>,
    /// Sum of the column cosines for each pair `a < b`, over the columns finite in both.
    pub cosine_sums: Vec<f64>,
    /// Columns not finite in `a` or `b`, for each pair `a < b`.
    pub left_out_columns: Vec<u64>,
    /// Columns of zeros in both, for each pair `a < b`. They carry no information and score 0.
    #[serde(default)]
    pub zero_in_both: Vec<u64>,
    /// Columns of zeros in one of the two only, for each pair `a < b`.
    #[serde(default)]
    pub zero_in_one: Vec<u64>,
    /// Columns that are finite in every model.
    pub finite_columns: u64,
    /// All columns.
    pub columns: u64,
    /// What is known of single numbers; `None` where only the sums over columns are.
    #[serde(default)]
    pub elements: Option<ElementStats>,
}

impl GramRecord {
    /// Of no columns.
    pub fn zero(models: usize) -> Self {
        let distinct = pairs(models) - models;
        Self {
            gram: vec![0.0; pairs(models)],
            cosine_sums: vec![0.0; distinct],
            left_out_columns: vec![0; distinct],
            zero_in_both: vec![0; distinct],
            zero_in_one: vec![0; distinct],
            finite_columns: 0,
            columns: 0,
            elements: None,
        }
    }

    /// Number of models, from the size of the Gram triangle.
    pub fn models(&self) -> usize {
        self.gram.len() - self.cosine_sums.len()
    }

    /// Of the columns of `sums`, taken in order.
    pub fn of(sums: &ColumnSums) -> Self {
        Self::of_first(sums, sums.models())
    }

    /// Of the first `models` of those that `sums` are of: what else is added up beside them has no
    /// part in it.
    pub fn of_first(sums: &ColumnSums, models: usize) -> Self {
        let mut record = Self::zero(models);
        record.columns = sums.cols() as u64;
        let pair = |a, b| pair(sums.models(), a, b);
        for col in 0..sums.cols() {
            let finite = |model| sums.of_pair(pair(model, model))[col].is_finite();
            if (0..models).all(finite) {
                record.finite_columns += 1;
                let mut gram = record.gram.iter_mut();
                for a in 0..models {
                    for (b, gram) in (a..models).zip(&mut gram) {
                        *gram += sums.of_pair(pair(a, b))[col];
                    }
                }
            }
            for (distinct, (a, b)) in distinct_pairs(models).enumerate() {
                if finite(a) && finite(b) {
                    let aa = sums.of_pair(pair(a, a))[col];
                    let bb = sums.of_pair(pair(b, b))[col];
                    record.cosine_sums[distinct] += cosine(sums.of_pair(pair(a, b))[col], aa, bb);
                    // the squares of the smallest numbers are far above the smallest `f64`
                    match (aa == 0.0, bb == 0.0) {
                        (true, true) => record.zero_in_both[distinct] += 1,
                        (false, false) => {}
                        _ => record.zero_in_one[distinct] += 1,
                    }
                } else {
                    record.left_out_columns[distinct] += 1;
                }
            }
        }
        record
    }

    /// Adds the record of columns to the right, or of the next tensor. What is known of single
    /// numbers stays as it is: of a sum it is not kept.
    pub fn add(&mut self, next: &Self) {
        for (sum, next) in self.gram.iter_mut().zip(&next.gram) {
            *sum += next;
        }
        for (sum, next) in self.cosine_sums.iter_mut().zip(&next.cosine_sums) {
            *sum += next;
        }
        // an empty tensor, or an untrusted report, may claim any number of columns
        for (counts, next) in [
            (&mut self.left_out_columns, &next.left_out_columns),
            (&mut self.zero_in_both, &next.zero_in_both),
            (&mut self.zero_in_one, &next.zero_in_one),
        ] {
            for (sum, next) in counts.iter_mut().zip(next) {
                *sum = sum.saturating_add(*next);
            }
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
