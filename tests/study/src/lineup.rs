//! Many related models and some to find their relatives of, with the exact column cosines.
//!
//! The tensors are those of SDXL, cut to fewer rows and columns, and made one after the other in
//! memory: nothing but samples is kept. Every model but the first few comes from others made
//! before it: trained on, or merged and trained on. What training changes is uneven in a way that
//! differs from model to model: by block, tensor, head, row and column, in all tensors or in few.

use half::f16;
use nalgebra::DMatrix;
use rayon::prelude::*;
use weightkin::architecture::classify;
use weightkin::dtype::Dtype;
use weightkin::fingerprint::Fingerprint;
use weightkin::sample::{Density, SampledTensor};

use crate::field::{POOL, Random, pool};
use crate::manifest::{Named, sdxl};
use crate::sampled::{fingerprint, sampled};

/// How large a line-up is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Most rows of a tensor.
    pub most_rows: u64,
    /// One of how many input channels is there.
    pub channels: u64,
    /// One of how many of the repeated layers is there.
    pub layers: u64,
    /// Models that are known.
    pub bases: usize,
    /// Models whose relatives are searched for.
    pub probes: usize,
}

/// Models and the truth about them.
pub struct Lineup {
    /// Fingerprints of the known models.
    pub bases: Vec<Vec<u8>>,
    /// Those of the others.
    pub probes: Vec<Fingerprint>,
    /// Column cosine of each of the others with each known model.
    pub truth: Vec<Vec<f64>>,
}

impl Lineup {
    /// The line-up that `seed` stands for.
    pub fn new(seed: u64, size: Size) -> Self {
        let origins = origins(seed, size);
        let done: Vec<Tensor> =
            tensors(size).par_iter().with_max_len(1).map(|t| make(t, &origins, size)).collect();
        let mut truth = DMatrix::<f64>::zeros(size.probes, size.bases);
        let mut columns = 0.0;
        let mut samples: Vec<Vec<SampledTensor>> = vec![Vec::new(); origins.len()];
        for tensor in done {
            truth += tensor.sums;
            columns += tensor.columns;
            for (sample, kept) in samples.iter_mut().zip(tensor.kept) {
                sample.push(kept);
            }
        }
        truth /= columns;
        let of =
            |(index, tensors)| fingerprint(&format!("model {index}"), Density::DEFAULT, tensors);
        let mut fingerprints = samples.into_iter().enumerate().map(of);
        let bases = fingerprints.by_ref().take(size.bases).map(|made| made.to_bytes()).collect();
        let truth = truth.row_iter().map(|row| row.iter().copied().collect()).collect();
        Self { bases, probes: fingerprints.collect(), truth }
    }
}

/// Where a model comes from.
struct Origin {
    /// Models made before it, with their shares; none for weights of its own.
    parents: Vec<(usize, f64)>,
    /// Deviation of the shares from block to block.
    by_block: f64,
    training: Training,
    random: Random,
}

/// How large the changes of a training are, and where.
#[derive(Clone, Copy)]
struct Training {
    size: f64,
    /// Deviations of the logarithm of the size.
    block: f64,
    tensor: f64,
    head: f64,
    row: f64,
    col: f64,
    /// Share of the tensors that change.
    tensors: f64,
}

impl Training {
    fn new(random: Random, kind: u64, low: f64, high: f64) -> Self {
        let size = low * (high / low).powf(random.uniform(1));
        let even =
            Self { size, block: 0.3, tensor: 0.2, head: 0.2, row: 0.2, col: 0.1, tensors: 1.0 };
        match kind % 5 {
            0 => even,
            1 => Self { block: 0.9, ..even },
            2 => Self { tensors: random.between(2, 0.1, 0.4), size: size * 0.7, ..even },
            3 => Self { head: 0.6, row: 0.6, ..even },
            _ => Self { tensor: 0.7, col: 0.7, ..even },
        }
    }
}

/// Lineages first, then strangers, then everything that comes from them; the last are the probes.
fn origins(seed: u64, size: Size) -> Vec<Origin> {
    let random = Random(seed).of("line-up");
    let lineages = (size.bases / 16).max(3);
    let strangers = lineages + (size.bases / 25).max(1);
    let count = size.bases + size.probes;
    (0..count)
        .map(|index| {
            let random = random.of(&index.to_string());
            let training = |low, high| Training::new(random, index as u64, low, high);
            let any = |at: u64, from: usize, to: usize| {
                from + (random.uniform(at) * (to - from) as f64) as usize
            };
            let known = index.min(size.bases);
            let (parents, training) = match index {
                0 => (Vec::new(), training(0.0, 0.0)),
                _ if index < lineages => (vec![(any(3, 0, index), 1.0)], training(0.2, 0.6)),
                _ if index < strangers => (Vec::new(), training(0.0, 0.0)),
                _ if index % 3 == 0 => {
                    let share = random.between(4, 0.5, 0.9);
                    let pair = vec![(any(5, 0, known), share), (any(6, 0, known), 1.0 - share)];
                    (pair, training(0.03, 0.15))
                }
                _ => (vec![(any(7, 0, known), 1.0)], training(0.06, 0.35)),
            };
            Origin { parents, by_block: 0.15, training, random }
        })
        .collect()
}

/// A tensor of all models, as far as it is kept.
struct Tensor {
    /// Sums of column cosines, a row for each probe.
    sums: DMatrix<f64>,
    columns: f64,
    kept: Vec<SampledTensor>,
}

fn make(Named { name, shape }: &Named, origins: &[Origin], size: Size) -> Tensor {
    let rows = shape[0] as usize;
    let cols = shape[1..].iter().product::<u64>() as usize;
    let block = classify(name, shape).block;
    let mut models: Vec<Vec<f32>> = Vec::with_capacity(origins.len());
    for origin in origins {
        let mut values = vec![0.0; rows * cols];
        for (parent, share) in shares(origin, &block) {
            for (value, parent) in values.iter_mut().zip(&models[parent]) {
                *value += share * parent;
            }
        }
        train(origin, &block, name, cols, &mut values);
        models.push(values);
    }
    let keep = |values: &Vec<f32>| {
        let element = |at| f16::from_f32(values[at as usize]).to_le_bytes();
        sampled(name, shape, Dtype::F16, Density::DEFAULT, element)
    };
    let kept = models.iter().map(keep).collect();
    for values in &mut models {
        to_unit_columns(values, cols);
    }
    let (bases, probes) = models.split_at(size.bases);
    let mut sums = DMatrix::<f64>::zeros(size.probes, size.bases);
    // short enough that sums of 32 bits do
    let step = (1 << 14) / cols.min(1 << 14) * cols;
    for start in (0..rows * cols).step_by(step.max(cols)) {
        let end = (start + step.max(cols)).min(rows * cols);
        let matrix = |models: &[Vec<f32>]| {
            let values = models.iter().flat_map(|values| &values[start..end]).copied();
            DMatrix::from_iterator(end - start, models.len(), values)
        };
        sums += (matrix(probes).transpose() * matrix(bases)).cast::<f64>();
    }
    Tensor { sums, columns: cols as f64, kept }
}

fn shares(origin: &Origin, block: &str) -> Vec<(usize, f32)> {
    match origin.parents.as_slice() {
        [(a, share), (b, _)] => {
            let moved = origin.by_block * origin.random.of("merge").of(block).normal(0);
            let share = (share + moved).clamp(0.0, 1.0) as f32;
            vec![(*a, share), (*b, 1.0 - share)]
        }
        parents => parents.iter().map(|(parent, share)| (*parent, *share as f32)).collect(),
    }
}

/// Adds what training changes; all of the weights, for a model without parents.
fn train(origin: &Origin, block: &str, name: &str, cols: usize, values: &mut [f32]) {
    let Training { size, block: by_block, tensor, head, row, col, tensors } = origin.training;
    let is_new = origin.parents.is_empty();
    let random = origin.random.of(name);
    if !is_new && random.uniform(1) >= tensors {
        return;
    }
    let size = size / tensors.sqrt()
        * origin.random.of(block).spread(0, by_block)
        * random.spread(2, tensor);
    let col_sizes: Vec<f32> =
        (0..cols as u64).map(|at| random.of("cols").spread(at, col) as f32).collect();
    let scales = Random(11).of(name);
    for (at, values) in (0..).zip(values.chunks_mut(cols)) {
        let mut scale = scales.spread(at, 0.3);
        if !is_new {
            scale *=
                size * random.of("heads").spread(at / 16, head) * random.of("rows").spread(at, row);
        }
        let start = random.bits(at) as usize % (POOL - cols);
        for ((value, noise), col) in values.iter_mut().zip(&pool()[start..]).zip(&col_sizes) {
            *value += scale as f32 * noise * if is_new { 1.0 } else { *col };
        }
    }
}

fn to_unit_columns(values: &mut [f32], cols: usize) {
    let mut squares = vec![0.0_f64; cols];
    for row in values.chunks(cols) {
        for (square, value) in squares.iter_mut().zip(row) {
            *square += f64::from(*value) * f64::from(*value);
        }
    }
    let scales: Vec<f32> = squares.iter().map(|square| 1.0 / square.sqrt() as f32).collect();
    for row in values.chunks_mut(cols) {
        for (value, scale) in row.iter_mut().zip(&scales) {
            *value *= scale;
        }
    }
}

/// SDXL's tensors by name, cut to `size`.
fn tensors(size: Size) -> Vec<Named> {
    let cut = |mut tensor: Named| {
        tensor.shape[0] = tensor.shape[0].min(size.most_rows);
        if let Some(channels) = tensor.shape.get_mut(1) {
            *channels = channels.div_ceil(size.channels);
        }
        tensor
    };
    sdxl(size.layers).into_iter().filter(|tensor| !tensor.shape.is_empty()).map(cut).collect()
}
