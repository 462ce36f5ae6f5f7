//! Ranks the models of an index by their sketches.
//!
//! The mean column cosine of two models is estimated by the mean `c` over the columns that both
//! sketches have, each corrected for the bias of a cosine of few rows as [`estimate`] does it. The
//! columns of one tensor share their rows, so tensors are what varies independently: with
//! `e_t = S_t - n_t·c` for the sum `S_t` over the `n_t` columns of tensor `t`, the variance is
//! `½ Σ (e_t - e_(t-1))² / n²` over neighbours by name, which have most of their block and kind in
//! common (successive differences; Wolter, Introduction to Variance Estimation). Two candidates
//! are compared over the same columns, so the difference of theirs is known far better than each.
//!
//! [`estimate`]: crate::sample::estimate()

use serde::Serialize;

use super::index::Index;
use super::layout::Layout;
use super::sketch::Sketch;
use crate::report::student;
use crate::sample::OlkinPratt;
use crate::sorted::sort_by;

/// Models that share fewer of the columns of the smaller sketch are of different kinds.
const FEWEST_SHARED: f64 = 0.5;
/// Standard deviations that a candidate must be behind the first to be out of the question.
const OUT_OF_QUESTION: f64 = 3.5;

/// A mean column cosine as far as sketches tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Similarity {
    /// The estimate.
    pub column_cosine: f64,
    /// Half-width of its 95 % interval.
    pub half_width: f64,
}

/// A model of an index that can be compared with the one that was searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Position in the index.
    pub model: usize,
    /// How close it is.
    pub similarity: Similarity,
    /// Share of the columns of the smaller sketch that both have.
    pub shared: f64,
    /// Whether it may be the nearest of all, for all the sketches tell.
    pub contends: bool,
}

/// The models of an index, seen from another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// Those of its kind, nearest first.
    pub candidates: Vec<Candidate>,
    /// Positions of those that have too few tensors in common with it.
    pub apart: Vec<usize>,
}

/// Ranks all models of `index` by how close they are to the one with the sketch `probe`.
pub fn rank(probe: &Sketch, index: &Index) -> Ranking {
    let alignments: Vec<Alignment> =
        index.layouts.iter().map(|layout| Alignment::new(&probe.layout, layout)).collect();
    let sums = |model: usize| {
        let entry = &index.models[model];
        alignments[entry.layout].sums(&probe.cells, &entry.cells)
    };
    let mut ranking = Ranking::default();
    for (model, entry) in index.models.iter().enumerate() {
        let shared = alignments[entry.layout].shared;
        let seen = (shared >= FEWEST_SHARED).then(|| sums(model).similarity()).flatten();
        match seen {
            Some(similarity) => {
                let candidate = Candidate { model, similarity, shared, contends: false };
                ranking.candidates.push(candidate);
            }
            None => ranking.apart.push(model),
        }
    }
    // equals keep the order of the index
    sort_by(&mut ranking.candidates, |a, b| {
        b.similarity.column_cosine.total_cmp(&a.similarity.column_cosine)
    });
    if let Some((first, others)) = ranking.candidates.split_first_mut() {
        first.contends = true;
        let of_first = sums(first.model);
        for candidate in others {
            candidate.contends = sums(candidate.model).may_exceed(&of_first);
            // all others are further away
            let behind = first.similarity.column_cosine - candidate.similarity.column_cosine;
            let widths = first.similarity.half_width + candidate.similarity.half_width;
            if behind > OUT_OF_QUESTION * widths {
                break;
            }
        }
    }
    ranking
}

/// Where the columns that two layouts have in common are in the cells of each.
struct Alignment {
    /// For each part of the first layout.
    parts: Vec<Option<Aligned>>,
    shared: f64,
}

/// A tensor of both layouts.
struct Aligned {
    a: Place,
    b: Place,
    rows: usize,
    columns: usize,
}

/// A tensor's columns in the cells of a sketch.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    rows: usize,
}

impl Alignment {
    fn new(a: &Layout, b: &Layout) -> Self {
        // a map would take more room in the binary
        let mut places = Vec::with_capacity(b.parts.len());
        let mut start = 0;
        for part in &b.parts {
            places.push((part.key, Place { start, rows: part.rows as usize }, part.columns));
            start += part.cells();
        }
        sort_by(&mut places, |(a, ..), (b, ..)| a.cmp(b));
        let mut parts = Vec::new();
        let mut start = 0;
        let mut common = 0;
        for part in &a.parts {
            let place = Place { start, rows: part.rows as usize };
            start += part.cells();
            let found = places.binary_search_by_key(&part.key, |(key, ..)| *key).ok();
            let aligned = found.map(|found| {
                let (_, other, columns) = &places[found];
                let columns = part.columns.min(*columns);
                common += u64::from(columns);
                let rows = place.rows.min(other.rows);
                Aligned { a: place, b: *other, rows, columns: columns as usize }
            });
            parts.push(aligned);
        }
        let smaller = a.columns().min(b.columns());
        Self { parts, shared: common as f64 / smaller as f64 }
    }

    fn sums(&self, a: &[i8], b: &[i8]) -> Sums {
        Sums(
            self.parts
                .iter()
                .map(|part| part.as_ref().map_or(Sum::default(), |part| part.sum(a, b)))
                .collect(),
        )
    }
}

impl Aligned {
    fn sum(&self, a: &[i8], b: &[i8]) -> Sum {
        let mut sum = Sum::default();
        for column in 0..self.columns {
            let cells_a = &a[self.a.start + column * self.a.rows..][..self.rows];
            let cells_b = &b[self.b.start + column * self.b.rows..][..self.rows];
            if let Some(cosine) = cosine(cells_a, cells_b) {
                sum.cosines += cosine;
                sum.columns += 1.0;
            }
        }
        sum
    }
}

/// The cosine of two columns; `None` where one of them says nothing.
fn cosine(a: &[i8], b: &[i8]) -> Option<f64> {
    let (mut ab, mut aa, mut bb) = (0, 0, 0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (i32::from(*a), i32::from(*b));
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    if aa == 0 || bb == 0 {
        return None;
    }
    let cosine = f64::from(ab) / (f64::from(aa) * f64::from(bb)).sqrt();
    Some(OlkinPratt::of(a.len() as f64).estimate(cosine))
}

/// Over the common columns of one tensor.
#[derive(Clone, Copy, Default)]
struct Sum {
    cosines: f64,
    columns: f64,
}

/// For each tensor of the sketch that was searched for; zero where the other has none.
struct Sums(Vec<Sum>);

impl Sums {
    fn columns(&self) -> f64 {
        self.0.iter().map(|sum| sum.columns).sum()
    }

    fn mean(&self) -> f64 {
        self.0.iter().map(|sum| sum.cosines).sum::<f64>() / self.columns()
    }

    /// What each tensor adds to the error of the mean.
    fn residuals(&self) -> Vec<f64> {
        let (mean, columns) = (self.mean(), self.columns());
        self.0.iter().map(|sum| (sum.cosines - sum.columns * mean) / columns).collect()
    }

    /// `None` where not a single column says anything.
    fn similarity(&self) -> Option<Similarity> {
        let column_cosine = self.mean();
        let tensors = self.0.iter().filter(|sum| sum.columns > 0.0).count();
        let freedom = tensors as f64 / 2.0;
        let half_width = student(freedom) * variance(&self.residuals()).sqrt();
        column_cosine.is_finite().then_some(Similarity { column_cosine, half_width })
    }

    /// Whether the mean may be larger than that of `first`, for all that chance can do.
    fn may_exceed(&self, first: &Self) -> bool {
        let differences = self.residuals().into_iter().zip(first.residuals());
        let variance =
            variance(&differences.map(|(ours, theirs)| ours - theirs).collect::<Vec<_>>());
        first.mean() - self.mean() <= OUT_OF_QUESTION * variance.sqrt()
    }
}

/// The variance of the sum of `residuals`.
fn variance(residuals: &[f64]) -> f64 {
    let steps = residuals.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0]));
    let count = residuals.len() as f64;
    // of a single tensor nothing is known but that cosines are between -1 and 1
    if count < 2.0 { 1.0 } else { steps.sum::<f64>() / 2.0 * count / (count - 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) -> bool {
        (found - wanted).abs() < 1e-12
    }

    /// The sums of the cosines of ten columns of each tensor.
    fn sums<const N: usize>(cosines: [f64; N]) -> Sums {
        Sums(cosines.map(|cosines| Sum { cosines, columns: 10.0 }).into())
    }

    #[test]
    fn variances_by_hand() {
        // half of the mean square step between neighbours, for each of them
        assert!(close(variance(&[1.0, 3.0, 2.0]), 2.5 * 3.0 / 2.0));
        assert!(close(variance(&[0.0, 2.0]), 4.0));
        assert!(close(variance(&[5.0]), 1.0) && close(variance(&[]), 1.0));
    }

    #[test]
    fn a_similarity_by_hand() {
        let mut sums = sums([5.0, 7.0, 5.0, 7.0, 5.0, 7.0, 5.0, 7.0]);
        sums.0.push(Sum::default());
        let Similarity { column_cosine, half_width } = sums.similarity().unwrap();
        assert!(close(column_cosine, 0.6));
        // residuals of an 80th to either side, and of none; as many degrees of freedom as half of
        // the tensors that count
        let variance = (7.0 * 0.025_f64.powi(2) + 0.0125_f64.powi(2)) * 9.0 / 16.0;
        assert!(close(half_width, 2.776 * variance.sqrt()), "{half_width}");
        assert!(Sums(vec![Sum::default()]).similarity().is_none());
    }

    #[test]
    fn what_both_have_in_common_is_no_doubt() {
        let exceeds = |ours: [f64; 2], first: [f64; 2]| sums(ours).may_exceed(&sums(first));
        assert!(exceeds([8.0, 8.0], [8.0, 8.0]));
        assert!(!exceeds([5.0, 5.0], [8.0, 8.0]));
        assert!(exceeds([9.0, 1.0], [8.0, 8.0]));
        assert!(!exceeds([9.0, 1.0], [10.0, 2.0]));
    }

    #[test]
    fn a_column_of_zeros_says_nothing() {
        assert_eq!(cosine(&[0, 0, 0], &[1, 2, 3]), None);
        assert_eq!(cosine(&[1, 2, 3], &[0, 0, 0]), None);
        // too few rows for a bias to be known
        assert!(close(cosine(&[3, -4], &[3, -4]).unwrap(), 1.0));
        assert!(close(cosine(&[3, 4], &[4, 3]).unwrap(), 24.0 / 25.0));
    }
}
