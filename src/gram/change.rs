//! What the pass keeps of the changes that adapters make to a tensor.
//!
//! Inner products of models and changes are exact for every strength. The column cosine is not
//! linear in the strength s: for a column c of the model that is changed, its change d and a column
//! b of another model it is `⟨c + s·d, b⟩ / (‖c + s·d‖ ‖b‖)`, an analytic function whose only poles
//! are where `‖c + s·d‖² = 0`. So its sum over columns is kept at Chebyshev points of [−2, 2] and
//! interpolated between them. Poles near the interval would spoil that: a pole p and the ellipse
//! with foci ±2 through it satisfy `|p − 2| + |p + 2| = (‖c − 2d‖ + ‖c + 2d‖) / ‖d‖`, and columns
//! for which that is small are kept as they are.

use serde::{Deserialize, Serialize};
use weightkin_kernel::gram::{ColumnSums, GramRecord, cosine, pair, pairs};

use super::difference;
use crate::pass::plan::TensorChange;

/// Largest strength that is derived, of either sign.
pub const MOST_STRENGTH: f64 = 2.0;

/// Number of points at which sums of cosines are kept.
pub const NODES: usize = 17;

/// The points but for the sign of the second half: `2·cos((2j + 1)·π / 34)`. Written down, because
/// libraries of functions differ in their last bits.
const POINTS: [f64; NODES / 2 + 1] = [
    1.991_468_352_590_069,
    1.923_651_286_345_638,
    1.790_326_582_710_124_7,
    1.596_034_454_560_479_2,
    1.347_391_287_293_114_4,
    1.052_864_325_754_712_1,
    0.722_483_332_374_305_7,
    0.367_499_035_633_141_07,
    0.0,
];

/// Weights of barycentric interpolation but for the alternating sign: `sin((2j + 1)·π / 34)`.
const WEIGHTS: [f64; NODES / 2 + 1] = [
    0.092_268_359_463_301_99,
    0.273_662_990_072_082_83,
    0.445_738_355_776_538_25,
    0.602_634_636_379_256_3,
    0.739_008_917_220_659_1,
    0.850_217_135_729_614,
    0.932_472_229_404_355_8,
    0.982_973_099_683_901_8,
    1.0,
];

/// Distances of a pole from the ends of the interval, added, in strengths; from here on the error
/// of a column is below 1e-7.
const SMOOTH: f64 = 6.0;

/// Most columns of a tensor that are kept as they are.
pub const MOST_STEEP: usize = 256;

/// Inner products and column cosines with what adapters change of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ChangeRecord {
    /// Positions of the adapters that change the tensor, ascending.
    pub adapters: Vec<usize>,
    /// For each of them, whether its change was worked out from the target's own weights.
    pub of_target: Vec<bool>,
    /// Position of the model that they are added to.
    pub target: usize,
    /// `⟨W_m, D_k⟩` for each of these adapters k and every model m, over the columns that are
    /// finite in every model.
    pub with_models: Vec<f64>,
    /// `⟨D_j, D_k⟩` for each pair `j ≤ k` of these adapters, over the same columns.
    pub gram: Vec<f64>,
    /// For each model B but the target W: `‖W − B‖²`, and `⟨W − B, D_k⟩` for each of these adapters.
    pub differences: Vec<f64>,
    /// For each adapter and each model but the target: at every point of [`point`], the sum of the
    /// column cosines of the changed target and the model, without the columns in `steep`.
    pub node_sums: Vec<f64>,
    /// Columns whose cosines turn too fast to be interpolated.
    pub steep: Vec<SteepColumn>,
    /// Such columns beyond those that are kept: what they add is interpolated all the same.
    pub rough_columns: u64,
}

/// One column of the target and of a change, which is large beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SteepColumn {
    /// Position among [`ChangeRecord::adapters`].
    pub adapter: usize,
    /// `⟨c, c⟩`, `⟨c, d⟩` and `⟨d, d⟩`.
    pub own: [f64; 3],
    /// `⟨c, b⟩`, `⟨d, b⟩` and `⟨b, b⟩` for each model but the target; `None` where it is not finite.
    pub others: Vec<Option<[f64; 3]>>,
}

/// The `index`-th point at which sums of cosines are kept.
pub fn point(index: usize) -> f64 {
    let last = NODES - 1;
    if index <= last / 2 { POINTS[index] } else { -POINTS[last - index] }
}

/// The value at `strength` of the function that has `values` at the points, by barycentric
/// interpolation.
///
/// # Panics
/// When there are not [`NODES`] of them.
pub fn interpolate(values: &[f64], strength: f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (index, value) in values[..NODES].iter().enumerate() {
        let distance = strength - point(index);
        if distance == 0.0 {
            return *value;
        }
        let sign = if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        let weight = sign * WEIGHTS[index.min(NODES - 1 - index)] / distance;
        sum += weight * value;
        weights += weight;
    }
    sum / weights
}

impl SteepColumn {
    /// The cosine with the model at `other` among those that are not the target, at `strength`.
    pub fn cosine(&self, other: usize, strength: f64) -> Option<f64> {
        let [cc, cd, dd] = self.own;
        let [cb, db, bb] = self.others[other]?;
        let square = cc + 2.0 * strength * cd + strength * strength * dd;
        Some(cosine(cb + strength * db, square.max(0.0), bb))
    }

    fn is_smooth(&self) -> bool {
        let [cc, cd, dd] = self.own;
        let to = |end: f64| (cc + 2.0 * end * cd + end * end * dd).max(0.0).sqrt();
        to(MOST_STRENGTH) + to(-MOST_STRENGTH) >= SMOOTH * dd.sqrt() && cc > 0.0
    }
}

impl ChangeRecord {
    /// Of no columns.
    pub fn zero(models: usize, changes: &[TensorChange]) -> Self {
        let adapters: Vec<usize> = changes.iter().map(|change| change.adapter).collect();
        let count = adapters.len();
        Self {
            of_target: changes.iter().map(TensorChange::is_of_target).collect(),
            target: changes.first().map_or(0, |change| change.target),
            with_models: vec![0.0; count * models],
            gram: vec![0.0; pairs(count)],
            differences: vec![0.0; difference::count(models, count)],
            node_sums: vec![0.0; count * (models - 1) * NODES],
            steep: Vec::new(),
            rough_columns: 0,
            adapters,
        }
    }

    /// Of the columns of `sums`, whose first `models` are models and the others `changes`, taken in
    /// order. `None` where there are no changes, or one of them is not known.
    pub fn of(sums: &ColumnSums, models: usize, changes: &[TensorChange]) -> Option<Self> {
        let all = sums.models();
        if changes.is_empty() {
            return None;
        }
        let mut record = Self::zero(models, changes);
        let target = record.target;
        for col in 0..sums.cols() {
            let product = |a: usize, b: usize| sums.of_pair(pair(all, a.min(b), a.max(b)))[col];
            let is_finite = |model: usize| product(model, model).is_finite();
            if !(models..all).all(is_finite) {
                return None;
            }
            if (0..models).all(is_finite) {
                let mut gram = record.gram.iter_mut();
                for adapter in 0..changes.len() {
                    let row = &mut record.with_models[adapter * models..][..models];
                    for (model, to) in row.iter_mut().enumerate() {
                        *to += product(model, models + adapter);
                    }
                    for (other, to) in (adapter..changes.len()).zip(&mut gram) {
                        *to += product(models + adapter, models + other);
                    }
                }
            }
            if !is_finite(target) {
                continue;
            }
            for adapter in 0..changes.len() {
                let change = models + adapter;
                let others = (0..models).filter(|model| *model != target).map(|model| {
                    is_finite(model).then(|| {
                        [product(target, model), product(change, model), product(model, model)]
                    })
                });
                record.add_column(SteepColumn {
                    adapter,
                    own: [
                        product(target, target),
                        product(target, change),
                        product(change, change),
                    ],
                    others: others.collect(),
                });
            }
        }
        Some(record)
    }

    /// Takes in a column as it is, or at the points.
    fn add_column(&mut self, column: SteepColumn) {
        let is_steep = !column.is_smooth() && column.own[2] > 0.0;
        if is_steep && self.steep.len() < MOST_STEEP {
            self.steep.push(column);
            return;
        }
        self.rough_columns += u64::from(is_steep);
        let others = column.others.len();
        let first = column.adapter * others * NODES;
        let sums = self.node_sums[first..].chunks_exact_mut(NODES);
        for (other, sums) in sums.take(others).enumerate() {
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum += column.cosine(other, point(index)).unwrap_or(0.0);
            }
        }
    }

    /// Adds the sums over differences of a window.
    pub(super) fn add_differences(&mut self, sums: &[f64]) {
        for (to, sum) in self.differences.iter_mut().zip(sums) {
            *to += sum;
        }
    }

    /// Replaces sums over differences that are not finite, as those of a model with a NaN, by what
    /// the inner products of finite columns say; `record` has those of models.
    pub(super) fn finish(&mut self, record: &GramRecord) {
        let (models, count, target) = (record.models(), self.adapters.len(), self.target);
        let product = |a: usize, b: usize| record.gram[pair(models, a.min(b), a.max(b))];
        let others = (0..models).filter(|model| *model != target);
        for (model, sums) in others.zip(self.differences.chunks_exact_mut(1 + count)) {
            if sums.iter().all(|sum| sum.is_finite()) {
                continue;
            }
            sums[0] =
                product(target, target) - 2.0 * product(target, model) + product(model, model);
            for (adapter, sum) in sums[1..].iter_mut().enumerate() {
                let products = &self.with_models[adapter * models..];
                *sum = products[target] - products[model];
            }
        }
    }

    /// Adds the record of columns to the right.
    pub fn add(&mut self, next: &Self) {
        for (sums, next) in [
            (&mut self.with_models, &next.with_models),
            (&mut self.gram, &next.gram),
            (&mut self.node_sums, &next.node_sums),
        ] {
            for (sum, next) in sums.iter_mut().zip(next) {
                *sum += next;
            }
        }
        self.rough_columns = self.rough_columns.saturating_add(next.rough_columns);
        for column in &next.steep {
            self.add_column(column.clone());
        }
    }

    /// The sum of the column cosines of the target, changed at `strength` by the adapter at
    /// `position` among [`Self::adapters`], and the model at `other` among those that are not the
    /// target.
    pub fn cosine_sum(&self, position: usize, other: usize, strength: f64) -> f64 {
        let others = self.node_sums.len() / NODES / self.adapters.len().max(1);
        let sums = &self.node_sums[(position * others + other) * NODES..][..NODES];
        let steep = self.steep.iter().filter(|column| column.adapter == position);
        interpolate(sums, strength)
            + steep.filter_map(|column| column.cosine(other, strength)).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)] // the points are where they are
    fn points_and_weights_are_those_of_chebyshev() {
        for index in 0..NODES {
            let angle = (2 * index + 1) as f64 * std::f64::consts::PI / (2 * NODES) as f64;
            assert!((point(index) - 2.0 * angle.cos()).abs() < 1e-14);
            assert!((WEIGHTS[index.min(NODES - 1 - index)] - angle.sin()).abs() < 1e-14);
        }
        let values: Vec<f64> = (0..NODES).map(|index| point(index).powi(16)).collect();
        for strength in [-2.0, -0.3, 0.0, 1.7, point(3)] {
            let want = f64::powi(strength, 16);
            assert!((interpolate(&values, strength) - want).abs() < 1e-9 * 65_536.0, "{strength}");
        }
    }

    /// Columns whose change is as large as they are, and one that is zero, among ordinary ones.
    #[test]
    fn sums_of_cosines_are_right_at_every_strength() {
        let (models, cols) = (3, 400);
        let noise = |row: usize, col: usize, who: usize| {
            let mixed = (row * 7919 + col * 104_729 + who * 1_299_709) % 10_007;
            mixed as f64 / 5003.5 - 1.0
        };
        let size = |col: usize| [0.01, 0.2, 0.9, 3.0][col % 4];
        let value = |row: usize, col: usize, who: usize| match who {
            0 if col == 7 => 0.0,
            3 => noise(row, col, 3) * size(col),
            _ => noise(row, col, 9) + 0.3 * noise(row, col, who),
        };
        let product = |a: usize, b: usize, col: usize| -> f64 {
            (0..12).map(|row| value(row, col, a) * value(row, col, b)).sum()
        };
        let mut sums = ColumnSums::zero(models + 1, cols);
        for a in 0..=models {
            for b in a..=models {
                for col in 0..cols {
                    sums.of_pair_mut(pair(models + 1, a, b))[col] = product(a, b, col);
                }
            }
        }
        let source = crate::tensor::TensorSource::plain(crate::dtype::Dtype::F32, vec![12], 0, 0);
        let changes = [TensorChange { adapter: 0, target: 0, source }];
        let record = ChangeRecord::of(&sums, models, &changes).unwrap();
        assert!(record.steep.len() > 50 && record.rough_columns == 0);
        for step in 0..=20 {
            let strength = -2.0 + 0.2 * f64::from(step);
            for (other, model) in [(0, 1), (1, 2)] {
                let want: f64 = (0..cols)
                    .map(|col| {
                        let [cc, cd, dd] =
                            [product(0, 0, col), product(0, 3, col), product(3, 3, col)];
                        let ab = product(0, model, col) + strength * product(3, model, col);
                        let aa = cc + 2.0 * strength * cd + strength * strength * dd;
                        cosine(ab, aa.max(0.0), product(model, model, col))
                    })
                    .sum();
                let found = record.cosine_sum(0, other, strength);
                assert!((found - want).abs() < 1e-7 * cols as f64, "{strength}: {found} {want}");
            }
        }
    }
}
