//! How far figures made from samples may be off.
//!
//! The variance of a figure `f` over tensors `t` is `Σ_t Σ_g (f(T + d_tg) - f(T))²`, where `T` is
//! the sum of the records and the `d_tg` are the deviations of one tensor: the tensors are sampled
//! independently. The half-width of the interval is its square root times the 97.5 % point of
//! Student's distribution, with the degrees of freedom of Satterthwaite (1946).

use serde::Serialize;

use super::figures::{cosine, distance};
use crate::gram::{GramRecord, pair};
use crate::sample::{Deviation, REPLICATES, Spread};

/// Half-widths of the 95 % intervals of a pair's figures; `None` where a figure is exact or
/// undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Intervals {
    /// Of the column cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub column_cosine: Option<f64>,
    /// Of the flat cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub flat_cosine: Option<f64>,
    /// Of the relative distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub relative_distance: Option<f64>,
    /// Of the cosine of what two models have learnt since the ancestor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub ancestor_cosine: Option<f64>,
}

impl Intervals {
    /// Of the pair `a < b`, the `distinct`-th of all such pairs, in the sum `record` of sampled
    /// tensors. The ancestor's is left open.
    pub(super) fn of(
        record: &GramRecord,
        members: &[SampledTerm<'_>],
        distinct: usize,
        a: usize,
        b: usize,
    ) -> Self {
        let counted = (record.columns - record.left_out_columns[distinct]) as f64;
        let square = |sums: &PerturbedSums<'_>| {
            (sums.product(a, a) - 2.0 * sums.product(a, b) + sums.product(b, b)).max(0.0)
        };
        let half_width =
            |figure: &dyn Fn(&PerturbedSums<'_>) -> f64| half_width(record, members, figure);
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
pub(super) struct SampledTerm<'a> {
    pub spread: &'a Spread,
    /// Whether it counts in the column cosine only.
    pub integer: bool,
}

/// A sum of records, moved by one deviation of one tensor.
pub(super) struct PerturbedSums<'a> {
    record: &'a GramRecord,
    by: Option<(&'a Deviation, bool)>,
}

impl<'a> PerturbedSums<'a> {
    /// The sum as it is.
    pub(super) fn unperturbed(record: &'a GramRecord) -> Self {
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
    record: &GramRecord,
    members: &[SampledTerm<'_>],
    figure: &dyn Fn(&PerturbedSums<'_>) -> f64,
) -> Option<f64> {
    let here = figure(&PerturbedSums::unperturbed(record));
    let (mut sum, mut by_freedom) = (0.0, 0.0);
    for SampledTerm { spread, integer } in members {
        let mut variance = 0.0;
        for deviation in &spread.deviations {
            let moved = figure(&PerturbedSums { record, by: Some((deviation, *integer)) }) - here;
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
pub(super) fn replicates(record: &GramRecord, members: &[SampledTerm<'_>]) -> Vec<GramRecord> {
    (0..REPLICATES)
        .map(|set| {
            let mut moved = record.clone();
            for SampledTerm { spread, integer } in members {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() < 1e-6 * wanted.abs()
    }

    fn record() -> GramRecord {
        let mut record = GramRecord::zero(2);
        record.gram.copy_from_slice(&[4.0, 1.0, 9.0]);
        record.cosine_sums[0] = 6.0;
        (record.columns, record.left_out_columns[0]) = (12, 2);
        record
    }

    fn spread<const N: usize>(freedom: u32, deviations: [([f32; 3], f32); N]) -> Spread {
        let deviation = |(gram, cosine_sum): ([f32; 3], f32)| Deviation {
            gram: gram.to_vec(),
            cosine_sums: vec![cosine_sum],
        };
        Spread { rows: 1, cols: 1, freedom, deviations: deviations.map(deviation).into() }
    }

    /// One tensor of floats and one of whole numbers, whose products count nowhere.
    fn spreads() -> [Spread; 2] {
        [
            spread(2, [([0.5, 0.25, 0.0], 0.3), ([0.0, -0.5, 1.0], -0.4)]),
            spread(1, [([100.0; 3], 0.5)]),
        ]
    }

    fn members(spreads: &[Spread; 2]) -> [SampledTerm<'_>; 2] {
        let [floats, integers] = spreads;
        [
            SampledTerm { spread: floats, integer: false },
            SampledTerm { spread: integers, integer: true },
        ]
    }

    #[test]
    fn half_widths_by_hand() {
        let spreads = spreads();
        let found = Intervals::of(&record(), &members(&spreads), 0, 0, 1);

        // both tensors vary by 0.0025; 2.667 degrees of freedom are a quarter of the way from 3 to 2
        let column_cosine = 0.005_f64.sqrt() * (3.182 + 0.25 * (4.303 - 3.182));
        assert!(close(found.column_cosine.unwrap(), column_cosine), "{found:?}");

        let variance = |figure: &dyn Fn(f64, f64, f64) -> f64| {
            let here = figure(4.0, 1.0, 9.0);
            let moved = [figure(4.5, 1.25, 9.0), figure(4.0, 0.5, 10.0)];
            moved.iter().map(|moved| (moved - here) * (moved - here)).sum::<f64>()
        };
        let flat_cosine = 4.303 * variance(&|aa, ab, bb| ab / (aa * bb).sqrt()).sqrt();
        assert!(close(found.flat_cosine.unwrap(), flat_cosine), "{found:?}");
        let distance = |aa: f64, ab: f64, bb: f64| ((aa - 2.0 * ab + bb) / aa).sqrt();
        let relative_distance = 4.303 * variance(&distance).sqrt();
        assert!(close(found.relative_distance.unwrap(), relative_distance), "{found:?}");
        assert_eq!(found.ancestor_cosine, None);
    }

    #[test]
    fn a_figure_that_is_undefined_has_no_interval() {
        let spreads = spreads();
        assert_eq!(half_width(&record(), &members(&spreads), &|_| f64::NAN), None);
        let defined_here_only =
            |sums: &PerturbedSums<'_>| if sums.by.is_none() { 1.0 } else { f64::NAN };
        assert_eq!(half_width(&record(), &members(&spreads), &defined_here_only), None);
        assert_eq!(half_width(&record(), &[], &|_| 1.0), Some(0.0));
    }

    #[test]
    fn products_move_whichever_way_a_pair_is_named() {
        let (record, [floats, _]) = (record(), spreads());
        let moved = PerturbedSums { record: &record, by: Some((&floats.deviations[0], false)) };
        assert_eq!((moved.product(0, 1), moved.product(1, 0)), (1.25, 1.25));
        // seen from the first model: (1.25 - 1.25 - 4.5 + 4.5, 9 - 2 × 1.25 + 4.5)
        assert_eq!((moved.product_from(0, 0, 1), moved.product_from(0, 1, 1)), (0.0, 11.0));
        assert!(close(PerturbedSums::unperturbed(&record).product_from(1, 0, 0), 11.0));
    }

    #[test]
    fn replicates_are_moved_by_one_deviation_of_each_tensor() {
        let spreads = spreads();
        let found = replicates(&record(), &members(&spreads));
        assert_eq!(found.len(), REPLICATES);
        assert_eq!(found[0].gram, [4.5, 1.25, 9.0]);
        assert!(close(found[0].cosine_sums[0], 6.8), "{:?}", found[0]);
        assert_eq!(found[1].gram, [4.0, 0.5, 10.0]);
        assert!(close(found[1].cosine_sums[0], 5.6), "{:?}", found[1]);
        // the tensors have no more
        assert!(found[2..].iter().all(|rest| *rest == record()));

        let half_width = replicated_half_width(1.0, [4.0, 1.0, -3.0].into_iter());
        assert!(close(half_width, 5.0 * 2.306), "{half_width}");
    }

    #[test]
    fn points_of_student() {
        for (freedom, point) in [(1.0, 12.706), (2.0, 4.303), (8.0, 2.306), (40.0, 2.021)] {
            assert!(close(student(freedom), point), "{freedom}");
        }
        assert!(close(student(0.2), 12.706) && close(student(f64::INFINITY), 1.96));
        // from tables: 1.990 at 80, 2.571 at 5, 2.228 at 10
        for (freedom, point) in [(80.0, 1.990), (5.0, 2.571), (10.0, 2.228)] {
            assert!((student(freedom) - point).abs() < 0.01, "{freedom}: {}", student(freedom));
        }
    }
}
