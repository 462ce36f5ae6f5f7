//! What the sampled rows and columns of a tensor say about all of it.
//!
//! **Sums.** The inner products of the sample, times rows over sampled rows and columns over
//! sampled columns.
//!
//! **Column cosines.** A ratio of sums over `m` rows is biased by about `-c(1 - c²) / 2m`. For
//! columns of normal numbers the form of Olkin and Pratt (1958) is free of it:
//! `r · ₂F₁(½, ½; (m - 1) / 2; 1 - r²)` for a correlation about zero. Weights whose rows differ in
//! size are not normal, so a jackknife that leaves out one run of rows at a time corrects what is
//! left of the bias, by `(k - 1)(r - mean of the r without a run)` for `k` runs. Both are scaled by
//! the share of rows that are not in the sample.
//!
//! **Spread.** Two things make another sample differ: its rows and its columns. Leaving out a run,
//! or a quarter of the columns, moves every sum; these moves, scaled as the jackknife of a sample
//! without replacement has it (Cochran, Sampling Techniques), are kept in [`REPLICATES`] sets of
//! deviations with random signs. The variance of any figure is the sum of the squares of what the
//! deviations do to it, tensor by tensor, because the tensors are sampled independently.

mod columns;
mod jackknife;

use serde::{Deserialize, Deserializer};

use self::columns::Columns;
use self::jackknife::Move;
use super::rule::{Pick, at, seed};
use weightkin_kernel::gram::{GramRecord, pairs};

/// Sets of deviations that are kept of a tensor.
pub const REPLICATES: usize = 8;

/// A tensor's record as far as a sample tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Of all rows and columns, estimated.
    pub record: GramRecord,
    /// How far that may be off.
    pub spread: Spread,
}

/// How the record of another sample would differ.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spread {
    /// Rows of the sample.
    pub rows: u64,
    /// Columns of the sample.
    pub cols: u64,
    /// Degrees of freedom: runs of rows that can differ.
    pub freedom: u32,
    /// [`REPLICATES`] of them, or none where the sample is the whole tensor.
    pub deviations: Vec<Deviation>,
}

/// What is added to a record to get one that another sample might have given.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Deviation {
    /// As [`GramRecord::gram`].
    #[serde(deserialize_with = "narrow")]
    pub gram: Vec<f32>,
    /// As [`GramRecord::cosine_sums`].
    #[serde(deserialize_with = "narrow")]
    pub cosine_sums: Vec<f32>,
}

/// Reads `f32` as `f64`: a second reader of decimals would take room in the binary.
fn narrow<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    let wide = Vec::<f64>::deserialize(deserializer)?;
    Ok(wide.into_iter().map(|value| value as f32).collect())
}

/// Estimates the record of the tensor `name` from the picked `values` of each model: rows one
/// after the other, in the order of `pick`.
///
/// # Panics
/// When a model does not give as many values as were picked.
pub fn estimate(name: &str, pick: &Pick, values: &[Vec<f32>]) -> Estimate {
    let models = values.len();
    if pick.elements() == 0 {
        // an empty tensor counts nowhere
        return Estimate { record: GramRecord::zero(models), spread: Spread::default() };
    }
    let columns = Columns::of(pick, values);
    let everything = columns.cosines();
    let record = columns.record(&everything);
    let mut moves = columns.row_moves(&everything, &record);
    let freedom = moves.len().clamp(2, REPLICATES) as u32 - 1;
    moves.extend(columns.col_moves(&everything, &record));
    let spread = Spread {
        rows: pick.rows(),
        cols: pick.cols.len() as u64,
        freedom,
        deviations: deviations(seed(name), models, &moves),
    };
    Estimate { record, spread }
}

/// Distributes `moves` over the sets of deviations, with random signs, so that the squares add up
/// to the same and nothing else does on average.
fn deviations(seed: u64, models: usize, moves: &[Move]) -> Vec<Deviation> {
    if moves.is_empty() {
        return Vec::new();
    }
    let distinct = pairs(models) - models;
    let mut sets = vec![(vec![0.0; pairs(models)], vec![0.0; distinct]); REPLICATES];
    let signs = at(!seed, 0);
    for (index, change) in moves.iter().enumerate() {
        let sign = if signs >> (index % 64) & 1 == 0 { 1.0 } else { -1.0 };
        let (gram, cosine_sums) = &mut sets[(index + (signs >> 61) as usize) % REPLICATES];
        for (sum, change) in gram.iter_mut().zip(&change.gram) {
            *sum += sign * change;
        }
        for (sum, change) in cosine_sums.iter_mut().zip(&change.cosine_sums) {
            *sum += sign * change;
        }
    }
    let narrowed = |sums: Vec<f64>| {
        sums.into_iter().map(|sum: f64| if sum.is_finite() { sum as f32 } else { 0.0 }).collect()
    };
    sets.into_iter()
        .map(|(gram, cosine_sums)| Deviation {
            gram: narrowed(gram),
            cosine_sums: narrowed(cosine_sums),
        })
        .collect()
}

#[cfg(test)]
mod tests;
