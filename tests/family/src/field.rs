//! Where the numbers come from: unit noise, shaped per column to look like trained weights.
//!
//! Making fresh noise for billions of elements would take minutes. So every component (an
//! initialisation, a training delta) has a pool of unit noise, and each tile of a tensor takes a
//! stretch of it at a random place with a random sign. Two components never share a pool, so
//! their fields stay independent where it counts: element against element.

use crate::manifest::is_float;
use crate::random::{Source, spread};
use crate::tensor::Tensor;

/// Elements made at a time; small enough that the values of a whole family stay in the cache.
pub(crate) const TILE: usize = 1 << 13;

/// Columns up to which a pattern is repeated, so that inner loops stay long.
const SHORT: usize = 1024;

/// What a tensor's values look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Statistics {
    /// 0, 1, 2, … modulo 128: position ids and other integers.
    Counting,
    /// The same number in every model.
    Constant(f32),
    /// Around `mean`, spread by `sigma`; a training delta of amount 1 spreads by `sigma · delta`.
    Noise { mean: f32, sigma: f32, delta: f32 },
}

impl Statistics {
    /// What a tensor of this name, dtype and shape looks like in a trained model.
    pub fn of(name: &str, dtype: safetensors::Dtype, shape: &[u64]) -> Self {
        if name.ends_with("position_ids") || !is_float(dtype) {
            return Self::Counting;
        }
        if name.ends_with("logit_scale") {
            return Self::Constant(4.6055);
        }
        let (mean, sigma, delta) = match shape {
            [] => (1.0, 0.05, 0.1),
            [_] if name.ends_with("weight") => (1.0, 0.10, 0.35),
            [_] => (0.0, 0.02, 0.5),
            _ if name.contains("token_embedding") || name.contains("embed_tokens") => {
                (0.0, 0.012, 0.15)
            }
            _ if name.contains("position") => (0.0, 0.006, 0.15),
            [_, rest @ ..] => {
                let fan_in = rest.iter().product::<u64>().max(1) as f64;
                (0.0, (0.6 / fan_in.sqrt()).clamp(0.004, 0.08) as f32, 1.0)
            }
        };
        Self::Noise { mean, sigma, delta }
    }
}

/// How far training moves a block, the same for every delta: late blocks more, text encoders
/// less, the VAE not at all.
pub(crate) fn mobility(block: &str) -> f32 {
    match block.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "IN" => 0.93,
        "MID" | "TIME" => 0.83,
        "OUT" => 1.14,
        "OUTC" => 1.25,
        "TE" => 0.47,
        "VAE" => 0.0,
        _ => 1.0,
    }
}

/// A named source of noise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Component {
    pub name: String,
    /// An initialisation has the tensor's mean and full spread; a delta has neither.
    pub is_init: bool,
}

/// A component's pool of unit noise.
#[derive(Debug)]
pub(crate) struct Pool {
    noise: Vec<f32>,
    source: Source,
}

impl Pool {
    /// The pool of a component, sized for `elements` elements in all.
    pub fn new(seed: Source, component: &Component, elements: u64) -> Self {
        let kind = if component.is_init { "init" } else { "delta" };
        let source = seed.of(kind).of(&component.name);
        let starts = elements.next_power_of_two().clamp(1 << 10, 1 << 20);
        let pool = source.of("pool");
        Self { noise: (0..starts + TILE as u64).map(|i| pool.normal(i)).collect(), source }
    }

    /// The stretch of noise for a tile of a tensor, and its sign.
    pub fn stretch(&self, tensor: &Tensor, tile: u64, length: usize) -> (&[f32], f32) {
        let places = self.source.of("place").of(&tensor.name);
        let start = places.below(2 * tile, (self.noise.len() - TILE + 1) as u64) as usize;
        let sign = if places.bits(2 * tile + 1) & 1 == 0 { 1.0 } else { -1.0 };
        (&self.noise[start..start + length], sign)
    }
}

/// What a component adds to one tensor: a mean, and a factor for every column.
#[derive(Debug, Default)]
pub(crate) struct Field {
    mean: f32,
    /// One or more whole repetitions of the columns' factors.
    factors: Vec<f32>,
}

impl Field {
    /// The field of a component over a tensor. All components share the tensor's own pattern of
    /// strong and weak columns; a delta adds its own to it, and its own strength.
    pub fn new(seed: Source, pool: &Pool, component: &Component, tensor: &Tensor) -> Self {
        let Statistics::Noise { mean, sigma, delta } = tensor.statistics else {
            return Self::default();
        };
        let shared = seed.of("columns").of(&tensor.name);
        let own = pool.source.of("columns").of(&tensor.name);
        let strength = spread(0.35 * pool.source.of("strength").of(&tensor.name).normal(0));
        let amplitude = sigma * delta * mobility(&tensor.block) * strength;
        let factor = |column: u64| {
            let common = if tensor.columns > 1 { 0.25 * shared.normal(column) } else { 0.0 };
            if component.is_init {
                spread(common) * sigma
            } else {
                spread(common + 0.3 * own.normal(column)) * amplitude
            }
        };
        let factors: Vec<f32> = (0..tensor.columns as u64).map(factor).collect();
        let repetitions = (SHORT / tensor.columns.max(1)).max(1);
        let mean = if component.is_init { mean } else { 0.0 };
        Self { mean, factors: factors.repeat(repetitions) }
    }

    /// Adds `amount` of the field to `out`, which starts at element `start` of the tensor.
    pub fn add_to(&self, out: &mut [f32], start: u64, noise: &[f32], amount: f32, sign: f32) {
        let (mean, amount) = (self.mean * amount, amount * sign);
        let mut phase = (start % self.factors.len() as u64) as usize;
        let (mut out, mut noise) = (out, noise);
        while !out.is_empty() {
            let length = out.len().min(self.factors.len() - phase);
            let (here, later) = out.split_at_mut(length);
            let (noise_here, noise_later) = noise.split_at(length);
            let factors = &self.factors[phase..phase + length];
            for ((value, noise), factor) in here.iter_mut().zip(noise_here).zip(factors) {
                *value += noise * (factor * amount) + mean;
            }
            (out, noise, phase) = (later, noise_later, 0);
        }
    }
}
