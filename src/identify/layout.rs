//! Which columns of a fingerprint a sketch keeps.
//!
//! One column of every `spacing` is kept, tensor by tensor, so that the plain mean over them is
//! that over all columns of the model. The spacing has few different values and the choice inside
//! a tensor depends on its name and shape alone: models that differ by a tensor or two keep the
//! same columns of all others. Of a kept column some rows count, as many from each run of the
//! sample as fit, because rows far from each other say more than neighbours.

use std::hash::Hasher as _;

use twox_hash::XxHash64;

use crate::architecture::{Component, classify};
use crate::fingerprint::container::digits;
use crate::sample::{Pick, Sample, SampledTensor, seed, spread_cols};

/// Version of the way sketches are made.
pub const SKETCH: u32 = 1;
/// Most cells of a sketch, a byte each.
pub const CELLS: u64 = 62_000;
/// Most rows of a column that are kept.
pub const ROWS: usize = 16;

/// What a sketch holds of one tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Hash of the tensor's name and dimensions.
    pub key: u64,
    /// Rows of every column, at most [`ROWS`].
    pub rows: u8,
    /// Columns.
    pub columns: u32,
}

impl Part {
    /// Cells of all columns.
    pub fn cells(self) -> usize {
        self.rows as usize * self.columns as usize
    }
}

/// What the cells of a sketch stand for; models with the same tensors have the same layout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Tensors by name, those without a column left out.
    pub parts: Vec<Part>,
}

impl Layout {
    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.parts.iter().map(|part| part.cells()).sum()
    }

    /// Number of columns.
    pub fn columns(&self) -> u64 {
        self.parts.iter().map(|part| u64::from(part.columns)).sum()
    }

    /// A name that no other layout has, in hexadecimal digits.
    pub fn id(&self) -> String {
        let mut hash = XxHash64::with_seed(u64::from(SKETCH));
        for Part { key, rows, columns } in &self.parts {
            hash.write(&key.to_le_bytes());
            hash.write(&[*rows]);
            hash.write(&columns.to_le_bytes());
        }
        digits(&hash)
    }
}

/// What is kept of one tensor of a sample.
pub(super) struct Choice<'a> {
    pub kept: &'a SampledTensor,
    pub pick: Pick,
    pub part: Part,
    /// Positions among the rows of the sample.
    pub rows: Vec<usize>,
    /// Columns of the tensor.
    pub cols: Vec<u64>,
}

/// What a sketch keeps of `sample`.
pub(super) fn choose(sample: &Sample) -> Vec<Choice<'_>> {
    let is_vae =
        |kept: &SampledTensor| classify(&kept.name, &kept.shape).component == Component::Vae;
    // as in a comparison: the VAE counts where there is nothing else
    let counts_vae = sample.tensors.iter().all(is_vae);
    let tensors: Vec<&SampledTensor> =
        sample.tensors.iter().filter(|kept| counts_vae || !is_vae(kept)).collect();
    let spacing = spacing(&tensors);
    tensors.into_iter().filter_map(|kept| Choice::of(kept, sample, spacing)).collect()
}

impl<'a> Choice<'a> {
    fn of(kept: &'a SampledTensor, sample: &Sample, spacing: u64) -> Option<Self> {
        let key = key(kept);
        let (_, all_cols) = matrix(&kept.shape);
        let wanted = columns(key, all_cols, spacing);
        if wanted == 0 {
            return None;
        }
        let pick = Pick::new(&kept.name, &kept.shape, sample.density);
        let rows = rows(&pick);
        let count = wanted.min(pick.cols.len() as u64);
        if rows.is_empty() || count == 0 {
            return None;
        }
        let cols = spread_cols(seed(&kept.name), all_cols, count);
        let part = Part { key, rows: rows.len() as u8, columns: count as u32 };
        Some(Self { kept, pick, part, rows, cols })
    }
}

/// The hash of a tensor's name and dimensions.
fn key(kept: &SampledTensor) -> u64 {
    let mut hash = XxHash64::with_seed(0);
    hash.write(kept.name.as_bytes());
    hash.write(&[0]);
    for dimension in &kept.shape {
        hash.write(&dimension.to_le_bytes());
    }
    hash.finish()
}

/// The smallest spacing at which the sketch of `tensors` has no more than [`CELLS`] cells. Only
/// names and shapes count, so that samples of any density have the same.
fn spacing(tensors: &[&SampledTensor]) -> u64 {
    let sizes: Vec<(u64, u64, u64)> = tensors
        .iter()
        .map(|kept| {
            let (all_rows, all_cols) = matrix(&kept.shape);
            (key(kept), all_rows.min(ROWS as u64), all_cols)
        })
        .collect();
    let cells = |spacing: u64| {
        let of = |(key, rows, cols): &(u64, u64, u64)| rows * columns(*key, *cols, spacing);
        sizes.iter().map(of).fold(0, u64::saturating_add)
    };
    let mut spacing = 1;
    // names can be chosen so that it never fits
    while cells(spacing) > CELLS && spacing < 1 << 62 {
        // three significant bits: a spacing is a quarter larger than the last at most
        spacing += (1 << spacing.ilog2()) / 4 + u64::from(spacing < 4);
    }
    spacing
}

/// Columns kept of `all_cols`. The key decides where a part of a column is rounded up.
fn columns(key: u64, all_cols: u64, spacing: u64) -> u64 {
    if all_cols == 0 { 0 } else { all_cols.saturating_add(key % spacing) / spacing }
}

/// Positions, among the rows that `pick` takes, of those that a sketch keeps. Of two samples of
/// different density, the thinner one's rows are the first of the other's.
fn rows(pick: &Pick) -> Vec<usize> {
    let taken = pick.rows() as usize;
    // small enough for the rule to take it whole; where only a high density took all there is, the
    // strata count as they do for any other
    if pick.runs.len() == 1 {
        let count = taken.min(ROWS);
        return (0..count).map(|index| index * taken / count).collect();
    }
    let starts = pick.runs.iter().scan(0, |next, run| {
        let start = *next;
        *next += run.rows as usize;
        Some((start, run))
    });
    let runs: Vec<_> = starts.collect();
    if runs.len() >= ROWS {
        return (0..ROWS).map(|index| runs[index * runs.len() / ROWS].0).collect();
    }
    let Some((_, first)) = runs.first() else { return Vec::new() };
    let in_round = |round: u64| {
        // how many rows a shorter stratum gives depends on the density, but it gives one
        let gives = move |run: &crate::sample::Run| {
            round == 0 || (run.height == first.height && round < run.rows)
        };
        runs.iter().filter(move |(_, run)| gives(run)).map(move |(start, _)| start + round as usize)
    };
    (0..first.rows).flat_map(in_round).take(ROWS).collect()
}

/// Rows and columns of a tensor of `shape`.
fn matrix(shape: &[u64]) -> (u64, u64) {
    let all_rows = shape.first().copied().unwrap_or(1);
    let all_cols = shape.iter().skip(1).copied().fold(1, u64::saturating_mul);
    if all_rows == 0 { (0, 0) } else { (all_rows, all_cols) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Run;

    /// The rows that a sketch keeps of runs with so many rows in strata of such heights.
    fn kept(runs: &[(u64, u64)]) -> Vec<usize> {
        let run = |&(rows, height): &(u64, u64)| Run { stratum: 0, height, offset: 0, rows };
        let all_rows = runs.iter().map(|(_, height)| height).sum();
        rows(&Pick { all_rows, all_cols: 1, runs: runs.iter().map(run).collect(), cols: vec![0] })
    }

    #[test]
    fn rows_of_a_whole_tensor_are_spread_evenly() {
        assert_eq!(kept(&[(3, 3)]), [0, 1, 2]);
        assert_eq!(kept(&[(40, 40)]), [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 30, 32, 35, 37]);
        assert!(kept(&[]).is_empty());
    }

    #[test]
    fn of_many_runs_each_gives_its_first_row() {
        let firsts = |step: usize| (0..16).map(|index| index * step).collect::<Vec<_>>();
        assert_eq!(kept(&[(3, 9); 16]), firsts(3));
        assert_eq!(kept(&[(2, 9); 32]), firsts(4));
        let twenty = kept(&[(3, 9); 20]);
        assert_eq!(twenty[..6], [0, 3, 6, 9, 15, 18]);
        assert_eq!((twenty.len(), twenty[15]), (16, 18 * 3));
    }

    #[test]
    fn few_runs_give_rows_in_rounds() {
        assert_eq!(kept(&[(2, 9); 3]), [0, 2, 4, 1, 3, 5]);
        let four = kept(&[(6, 9); 4]);
        assert_eq!(four[..9], [0, 6, 12, 18, 1, 7, 13, 19, 2]);
        assert_eq!(four.len(), 16);
        // one that is cut short gives one row, whatever it has
        assert_eq!(kept(&[(3, 8), (3, 8), (2, 5)]), [0, 3, 6, 1, 4, 2, 5]);
    }

    #[test]
    fn every_part_counts_in_the_name_of_a_layout() {
        let part = |key, rows, columns| Part { key, rows, columns };
        let id = |parts: &[Part]| Layout { parts: parts.to_vec() }.id();
        let (one, other) = (part(1, 2, 3), part(7, 2, 3));
        let ids = [
            id(&[]),
            id(&[one]),
            id(&[other]),
            id(&[part(1, 3, 3)]),
            id(&[part(1, 2, 4)]),
            id(&[one, other]),
            id(&[other, one]),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(id.len() == 16 && id.chars().all(|digit| digit.is_ascii_hexdigit()), "{id}");
            assert!(!ids[..index].contains(id), "{id}");
        }
        assert_eq!(id(&[one, other]), ids[5]);
    }
}
