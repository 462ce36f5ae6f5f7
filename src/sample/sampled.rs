//! The sampled weights of one model.

use std::borrow::Cow;
use std::sync::Arc;

use super::rule::{Density, Pick, Run};
use crate::decode::widen;
use crate::dtype::{Dtype, size_bytes};
use crate::sorted::sort_by;

/// The sample of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledTensor {
    /// Canonical name.
    pub name: String,
    /// Canonical dimensions of the whole tensor.
    pub shape: Vec<u64>,
    /// Number format of the elements.
    pub dtype: Dtype,
    /// The picked elements, rows one after the other. Shared, because a fingerprint takes part in
    /// many comparisons.
    pub bytes: Arc<Vec<u8>>,
}

/// The sample of a model, or of those tensors of it that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// How much was taken.
    pub density: Density,
    /// The tensors, in the order of the [`Sampling`](super::Sampling).
    pub tensors: Vec<SampledTensor>,
}

/// The elements that the samples of one tensor have in common.
pub(crate) struct Common {
    /// Which they are; of its runs only the number of rows counts.
    pub pick: Pick,
    /// Their values in each model.
    pub values: Vec<Vec<f32>>,
}

impl Common {
    /// Of the tensor `name`, sampled from each model at its density; `shape` is what is compared.
    pub(crate) fn of(name: &str, shape: &[u64], samples: &[(&SampledTensor, Density)]) -> Self {
        let (_, density) = samples[0];
        if samples.iter().all(|(kept, of)| *of == density && kept.shape == shape) {
            // the usual case: they have everything in common
            let values = samples.iter().map(|(kept, _)| all_values(kept)).collect();
            return Self { pick: Pick::new(name, shape, density), values };
        }
        Self::of_unlike(name, shape, samples)
    }

    /// The same where densities or shapes may differ.
    fn of_unlike(name: &str, shape: &[u64], samples: &[(&SampledTensor, Density)]) -> Self {
        let mut picks: Vec<Cow<'_, Pick>> = Vec::with_capacity(samples.len());
        for (index, (kept, density)) in samples.iter().enumerate() {
            let like = samples[..index]
                .iter()
                .position(|(other, of)| of == density && other.shape == kept.shape);
            picks.push(match like {
                Some(like) => picks[like].clone(),
                None => Cow::Owned(Pick::new(name, &kept.shape, *density)),
            });
        }
        let whole = Pick::new(name, shape, Density { rows: 1, columns: 1 });
        let (all_rows, all_cols) = (whole.all_rows, whole.all_cols);
        let rows: Vec<Positions> = picks.iter().map(|pick| Positions::of(pick)).collect();
        let cols = picks.iter().map(|pick| &pick.cols).min_by_key(|cols| cols.len());
        let cols = cols.cloned().unwrap_or_default();

        let mut runs: Vec<Run> = Vec::new();
        let mut common_rows: Vec<u64> = Vec::new();
        for run in &picks[0].runs {
            let before = common_rows.len();
            let is_common =
                |row: &u64| *row < all_rows && rows.iter().all(|at| at.of_row(*row).is_some());
            common_rows.extend(run.rows().filter(is_common));
            let count = (common_rows.len() - before) as u64;
            if count > 0 {
                runs.push(Run { rows: count, ..*run });
            }
        }
        let values = samples
            .iter()
            .zip(&picks)
            .zip(&rows)
            .map(|(((kept, _), pick), at)| {
                let rows = common_rows.iter().filter_map(|row| at.of_row(*row));
                values(kept, pick, rows, &cols)
            })
            .collect();
        Self { pick: Pick { all_rows, all_cols, runs, cols }, values }
    }
}

/// Where each row of a pick is among those that are kept: rows in order, each with its place.
struct Positions(Vec<(u64, usize)>);

impl Positions {
    fn of(pick: &Pick) -> Self {
        let mut rows: Vec<(u64, usize)> =
            pick.runs.iter().flat_map(|run| run.rows()).zip(0..).collect();
        sort_by(&mut rows, |(a, _), (b, _)| a.cmp(b));
        Self(rows)
    }

    fn of_row(&self, row: u64) -> Option<usize> {
        let index = self.0.binary_search_by(|(candidate, _)| candidate.cmp(&row)).ok()?;
        Some(self.0[index].1)
    }
}

/// All elements of `kept`.
pub(crate) fn all_values(kept: &SampledTensor) -> Vec<f32> {
    let element_bytes = size_bytes(kept.dtype).expect("compared") as usize;
    let mut values = vec![0.0; kept.bytes.len() / element_bytes];
    widen(kept.dtype, &kept.bytes, &mut values);
    values
}

/// The elements of `kept` in its `rows` and in the columns `cols` of the tensor.
pub(crate) fn values(
    kept: &SampledTensor,
    pick: &Pick,
    rows: impl Iterator<Item = usize>,
    cols: &[u64],
) -> Vec<f32> {
    let element_bytes = size_bytes(kept.dtype).expect("compared") as usize;
    let row_bytes = pick.cols.len() * element_bytes;
    // columns are a prefix, or all there are in their own order
    let is_prefix = pick.cols.starts_with(cols);
    let mut values = Vec::new();
    let mut row_values = vec![0.0; pick.cols.len()];
    for row in rows {
        widen(kept.dtype, &kept.bytes[row * row_bytes..][..row_bytes], &mut row_values);
        if is_prefix {
            values.extend_from_slice(&row_values[..cols.len()]);
        } else {
            values.extend(cols.iter().map(|col| row_values[*col as usize]));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_has_all_in_common() {
        for shape in [vec![40, 12], vec![700, 900], vec![3000, 130, 3, 3], vec![5000]] {
            let density = Density { rows: 3, columns: 5 };
            let pick = Pick::new("some.weight", &shape, density);
            let kept = |salt: u64| SampledTensor {
                name: "some.weight".to_owned(),
                shape: shape.clone(),
                dtype: Dtype::F16,
                bytes: Arc::new((0..pick.elements() * 2).map(|at| (at * 7 + salt) as u8).collect()),
            };
            let (a, b) = (kept(1), kept(90));
            let samples = [(&a, density), (&b, density)];
            let short = Common::of("some.weight", &shape, &samples);
            let long = Common::of_unlike("some.weight", &shape, &samples);
            assert_eq!(short.pick, pick);
            assert_eq!(long.pick, pick);
            let bits = |values: &[Vec<f32>]| {
                values.iter().flatten().map(|value| value.to_bits()).collect::<Vec<_>>()
            };
            assert_eq!(bits(&short.values), bits(&long.values));
            assert!(!bits(&short.values).is_empty());
        }
    }
}
