//! Noise with an uneven size.

use std::sync::OnceLock;

/// Numbers of the pool; a power of two.
pub const POOL: usize = 1 << 22;

/// A counter through an integer hash: random numbers by key and index.
#[derive(Clone, Copy)]
pub struct Random(pub u64);

impl Random {
    pub fn of(self, key: &str) -> Self {
        let hash = key.bytes().fold(self.0 ^ 0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(hash)
    }

    pub fn bits(self, index: u64) -> u64 {
        let mut x = self.0.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// In `0..1`.
    pub fn uniform(self, index: u64) -> f64 {
        (self.bits(index) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(self, index: u64, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform(index)
    }

    /// Standard normal.
    pub fn normal(self, index: u64) -> f64 {
        let (u, v) = (self.uniform(2 * index), self.uniform(2 * index + 1));
        (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Lognormal with mean square 1.
    pub fn spread(self, index: u64, deviation: f64) -> f64 {
        (deviation * self.normal(index) - deviation * deviation).exp()
    }
}

/// Standard normal numbers.
pub fn pool() -> &'static [f32] {
    static NORMALS: OnceLock<Vec<f32>> = OnceLock::new();
    NORMALS.get_or_init(|| (0..POOL as u64).map(|at| Random(7).normal(at) as f32).collect())
}

/// How large a change is, and where.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Size relative to the weights.
    pub size: f64,
    /// Deviation of the logarithm of the size from block to block …
    pub block: f64,
    /// … from tensor to tensor …
    pub tensor: f64,
    /// … from head to head, that is 64 rows …
    pub head: f64,
    /// … from row to row …
    pub row: f64,
    /// … and from column to column.
    pub col: f64,
    /// Share of the tensors, heads and rows that change at all.
    pub tensors: f64,
    pub heads: f64,
    pub rows: f64,
    /// Rank of the change; full where 0.
    pub rank: u64,
}

/// One change to one tensor.
pub struct Field {
    random: Random,
    style: Style,
    size: f64,
    cols: Vec<f32>,
    /// For a change of low rank, its factors along the columns.
    factors: Vec<Vec<f32>>,
}

impl Field {
    pub fn new(random: Random, style: Style, block: &str, name: &str, cols: usize) -> Self {
        let of_block = random.of(block);
        let random = random.of(name);
        let is_touched = random.uniform(1) < style.tensors;
        let size = style.size * of_block.spread(0, style.block) * random.spread(2, style.tensor)
            / style.tensors.sqrt();
        let widths = random.of("cols");
        let spread = (0..cols as u64).map(|col| widths.spread(col, style.col) as f32).collect();
        let factors = (0..style.rank)
            .map(|factor| {
                let mut values = vec![0.0; cols];
                add_noise(&mut values, random.bits(100 + factor), 1.0, None);
                values
            })
            .collect();
        Self { random, style, size: if is_touched { size } else { 0.0 }, cols: spread, factors }
    }

    /// Adds the change of `row`.
    pub fn add_to(&self, row: u64, out: &mut [f32]) {
        let head = row / 64;
        let (heads, rows) = (self.random.of("heads"), self.random.of("rows"));
        if self.size == 0.0
            || heads.uniform(head) >= self.style.heads
            || rows.uniform(row) >= self.style.rows
        {
            return;
        }
        let size = self.size
            * heads.of("size").spread(head, self.style.head)
            * rows.of("size").spread(row, self.style.row)
            / (self.style.heads * self.style.rows).sqrt();
        if self.factors.is_empty() {
            add_noise(out, rows.bits(row), size as f32, Some(&self.cols));
            return;
        }
        let scale = size / (self.factors.len() as f64).sqrt();
        for (index, factor) in self.factors.iter().enumerate() {
            let weight = rows.of("factor").normal(row * self.style.rank + index as u64) * scale;
            for ((out, factor), col) in out.iter_mut().zip(factor).zip(&self.cols) {
                *out += weight as f32 * factor * col;
            }
        }
    }
}

/// Adds normal numbers of the given size, from the place in the pool that `place` stands for.
fn add_noise(out: &mut [f32], place: u64, size: f32, cols: Option<&[f32]>) {
    let pool = pool();
    let start = place as usize % (POOL - out.len());
    let noise = &pool[start..start + out.len()];
    match cols {
        Some(cols) => {
            for ((out, noise), col) in out.iter_mut().zip(noise).zip(cols) {
                *out += size * noise * col;
            }
        }
        None => {
            for (out, noise) in out.iter_mut().zip(noise) {
                *out += size * noise;
            }
        }
    }
}
