//! How far figures made from samples may be off.
//!
//! The variance of a figure `f` over tensors `t` is `Σ_t Σ_g (f(T + d_tg) - f(T))²`, where `T` is
//! the sum of the records and the `d_tg` are the deviations of one tensor: the tensors are sampled
//! independently. The half-width of the interval is its square root times the 97.5 % point of
//! Student's distribution, with the degrees of freedom of Satterthwaite (1946).

use serde::Serialize;

use super::figures::{cosine, distance};
use crate::fingerprint::{Deviation, REPLICATES, Spread};
use crate::gram::{Record, pair};

/// Half-widths of the 95 % intervals of a pair's figures; `None` where a figure is exact or
/// undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Intervals {
    /// Of the column cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_cosine: Option<f64>,
    /// Of the flat cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_cosine: Option<f64>,
    /// Of the relative distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_distance: Option<f64>,
    /// Of the cosine of what two models have learnt since the ancestor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ancestor_cosine: Option<f64>,
}

impl Intervals {
    /// Of the pair `a < b`, the `distinct`-th of all such pairs, in the sum `record` of sampled
    /// tensors. The ancestor's is left open.
    pub(super) fn of(
        record: &Record,
        members: &[Member<'_>],
        distinct: usize,
        a: usize,
        b: usize,
    ) -> Self {
        let counted = (record.columns - record.left_out_columns[distinct]) as f64;
        let square = |sums: &Moved<'_>| {
            (sums.product(a, a) - 2.0 * sums.product(a, b) + sums.product(b, b)).max(0.0)
        };
        let half_width = |figure: &dyn Fn(&Moved<'_>) -> f64| half_width(record, members, figure);
        Self {
            column_cosine: half_width(&|sums| sums.cosine_sum(distinct) / counted),
            flat_cosine: half_width(&|sums| {
                cosine(sums.product(a, b), sums.product(a, a), sums.product(b, b))
            }),
            relative_distance: half_width(&|sums| distance(square(sums), sums.product(a, a))),
            ancestor_cosine: None,
        }
    }
}

/// A tensor of a sum, as far as it is a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Member<'a> {
    pub spread: &'a Spread,
    /// Whether it counts in the column cosine only.
    pub integer: bool,
}

/// A sum of records, moved by one deviation of one tensor.
pub(super) struct Moved<'a> {
    record: &'a Record,
    by: Option<(&'a Deviation, bool)>,
}

impl<'a> Moved<'a> {
    /// The sum as it is.
    pub(super) fn by_nothing(record: &'a Record) -> Self {
        Self { record, by: None }
    }

    /// `⟨W_a, W_b⟩`
    pub(super) fn product(&self, a: usize, b: usize) -> f64 {
        let at = pair(self.record.models(), a.min(b), a.max(b));
        let by = match self.by {
            Some((deviation, false)) => f64::from(deviation.gram[at]),
            _ => 0.0,
        };
        self.record.gram[at] + by
    }

    /// `⟨W_a - W_origin, W_b - W_origin⟩`
    pub(super) fn product_from(&self, origin: usize, a: usize, b: usize) -> f64 {
        self.product(a, b) - self.product(a, origin) - self.product(b, origin)
            + self.product(origin, origin)
    }

    fn cosine_sum(&self, distinct: usize) -> f64 {
        let by = self.by.map_or(0.0, |(deviation, _)| f64::from(deviation.cosine_sums[distinct]));
        self.record.cosine_sums[distinct] + by
    }
}

/// Half-width of the 95 % interval of `figure` over the sum `record` of `members`; `None` where
/// the figure is undefined.
pub(super) fn half_width(
    record: &Record,
    members: &[Member<'_>],
    figure: &dyn Fn(&Moved<'_>) -> f64,
) -> Option<f64> {
    let here = figure(&Moved::by_nothing(record));
    let (mut sum, mut by_freedom) = (0.0, 0.0);
    for Member { spread, integer } in members {
        let mut variance = 0.0;
        for deviation in &spread.deviations {
            let moved = figure(&Moved { record, by: Some((deviation, *integer)) }) - here;
            variance += moved * moved;
        }
        sum += variance;
        by_freedom += variance * variance / f64::from(spread.freedom.max(1));
    }
    let freedom = if by_freedom > 0.0 { sum * sum / by_freedom } else { f64::INFINITY };
    (here.is_finite() && sum.is_finite()).then(|| student(freedom) * sum.sqrt())
}

/// The sum `record` of `members` as other samples might have given it: all deviations of one set
/// together. Far fewer than [`half_width`] looks at, for figures that take long.
pub(super) fn replicates(record: &Record, members: &[Member<'_>]) -> Vec<Record> {
    (0..REPLICATES)
        .map(|set| {
            let mut moved = record.clone();
            for Member { spread, integer } in members {
                let Some(deviation) = spread.deviations.get(set) else { continue };
                if !integer {
                    add(&mut moved.gram, &deviation.gram);
                }
                add(&mut moved.cosine_sums, &deviation.cosine_sums);
            }
            moved
        })
        .collect()
}

fn add(sums: &mut [f64], deviations: &[f32]) {
    for (sum, deviation) in sums.iter_mut().zip(deviations) {
        *sum += f64::from(*deviation);
    }
}

/// Half-width of the 95 % interval of a figure that is `here`, and `moved` in the [`replicates`].
pub(super) fn replicated_half_width(here: f64, moved: impl Iterator<Item = f64>) -> f64 {
    student(REPLICATES as f64)
        * moved.map(|moved| (moved - here) * (moved - here)).sum::<f64>().sqrt()
}

/// The 97.5 % point of Student's distribution: tabulated for small `freedom` and interpolated in
/// its inverse, in which it is nearly straight.
pub(crate) fn student(freedom: f64) -> f64 {
    const POINTS: [(f64, f64); 9] = [
        (1.0, 12.706),
        (2.0, 4.303),
        (3.0, 3.182),
        (4.0, 2.776),
        (6.0, 2.447),
        (8.0, 2.306),
        (15.0, 2.131),
        (40.0, 2.021),
        (f64::INFINITY, 1.960),
    ];
    let freedom = freedom.max(1.0);
    let above = POINTS.iter().position(|(limit, _)| freedom <= *limit).unwrap_or(POINTS.len() - 1);
    let (upper, at_upper) = POINTS[above];
    let Some((lower, at_lower)) = above.checked_sub(1).map(|below| POINTS[below]) else {
        return at_upper;
    };
    let share = (1.0 / freedom - 1.0 / upper) / (1.0 / lower - 1.0 / upper);
    at_upper + share * (at_lower - at_upper)
}
