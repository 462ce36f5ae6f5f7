//! Which rows and columns of a tensor are taken: rule 1.
//!
//! A pure function of a tensor's canonical name and shape and of two numbers, the [`Density`].
//! FORMAT.md, beside this file, describes it for a reader who has no part of this crate, with test
//! vectors; `tests/fingerprint` asserts them.
//!
//! Rows come in runs, because every run is a read of its own and reads are what takes time in a
//! browser: the tensor is cut into strata of equal height, and each gives one run that starts at a
//! hashed row and wraps round inside the stratum. Columns follow the golden section, so that any
//! number of them is spread evenly, over the taps of a convolution too. Of two densities, the
//! smaller one's choice is always part of the other's.

use serde::{Deserialize, Serialize};

use crate::architecture::CLIP_L_PREFIXES;
use crate::architecture::language::{EMBEDDING, HEAD};
use crate::pass::plan::RowRange;

/// Version of the rule.
pub const RULE: u32 = 1;

/// Vectors of at most this many elements are taken whole; there are very many …
const WHOLE_VECTOR: u64 = 2048;
/// … and matrices of at most this many, which are rare.
const WHOLE_MATRIX: u64 = 16_384;
/// Parts of the names of layers that a model repeats many times. What one of them lacks in rows,
/// the others make up for in any figure of a block.
const REPEATED: [&str; 7] = [
    ".transformer_blocks.",
    ".layers.",
    ".resblocks.",
    ".double_blocks.",
    ".single_blocks.",
    ".joint_blocks.",
    ".block.",
];
/// A tensor outside of these, which may be most of its block, gives this many times the rows …
const LONE_ROWS: u64 = 4;
/// … in no fewer runs than this …
const LONE_RUNS: u64 = 8;
/// … unless it is wider than this: its rows are too large, and there are enough of them anyway.
const LONE_COLS: u64 = 3072;
/// Columns of a tensor that gives [`Density::rows`] rows; the number grows with the square root.
const NOMINAL_COLS: u64 = 1280;
/// Columns for each of which a run of rows is taken …
const COLS_PER_RUN: u64 = 512;
/// … but no fewer runs than this …
const FEWEST_RUNS: u64 = 4;
/// … and no more than this.
const MOST_RUNS: u64 = 32;
/// [`Density::columns`] is a share of this.
pub const COLUMN_SHARES: u64 = 1024;
/// Narrow tensors give this many times [`Density::rows`] elements, at least.
const NARROW_ELEMENTS: u64 = 32;

/// `2⁶⁴` divided by the golden section.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// How much is taken of each tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Density {
    /// Rows of a tensor with 1280 columns; wider ones give more.
    pub rows: u32,
    /// Share of the columns, in parts of [`COLUMN_SHARES`]; also the fewest columns taken, where
    /// there are as many.
    pub columns: u32,
}

impl Density {
    /// What a fingerprint has unless it would grow too large, or the user says otherwise.
    pub const DEFAULT: Self = Self { rows: 24, columns: 63 };
    /// Most rows that make sense; [`COLUMN_SHARES`] is the most of the other.
    pub const MOST_ROWS: u32 = 4096;

    /// What both densities take.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        Self { rows: self.rows.min(other.rows), columns: self.columns.min(other.columns) }
    }

    /// Whether the numbers make sense.
    pub fn is_valid(self) -> bool {
        (1..=Self::MOST_ROWS).contains(&self.rows)
            && (1..=COLUMN_SHARES).contains(&u64::from(self.columns))
    }
}

/// Some consecutive rows, or two such pieces where the run wraps round inside its stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// First row of the stratum.
    pub stratum: u64,
    /// Rows of the stratum.
    pub height: u64,
    /// Where in the stratum the run starts.
    pub offset: u64,
    /// Rows of the run.
    pub rows: u64,
}

impl Run {
    /// The rows, in the order in which they are kept.
    pub fn rows(self) -> impl Iterator<Item = u64> {
        (0..self.rows).map(move |row| self.stratum + (self.offset + row) % self.height)
    }

    /// The pieces without gaps that the rows make, in the order in which they are kept: first row
    /// and number of rows. The second is mostly empty.
    pub fn pieces(self) -> [(u64, u64); 2] {
        let above = self.rows.min(self.height - self.offset);
        [(self.stratum + self.offset, above), (self.stratum, self.rows - above)]
    }
}

/// What is taken of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Rows of the tensor.
    pub all_rows: u64,
    /// Columns of the tensor.
    pub all_cols: u64,
    /// Runs of rows from the top.
    pub runs: Vec<Run>,
    /// Columns, in the order in which they are kept.
    pub cols: Vec<u64>,
}

impl Pick {
    /// What rule 1 takes of the tensor `name` of `shape`.
    pub fn new(name: &str, shape: &[u64], density: Density) -> Self {
        let (all_rows, all_cols) = matrix(shape);
        let elements = all_rows.saturating_mul(all_cols);
        if elements == 0 {
            return Self { all_rows, all_cols, runs: Vec::new(), cols: Vec::new() };
        }
        if elements <= whole_elements(all_cols) {
            let whole = Run { stratum: 0, height: all_rows, offset: 0, rows: all_rows };
            return Self { all_rows, all_cols, runs: vec![whole], cols: (0..all_cols).collect() };
        }
        let seed = seed(name);
        let runs = runs(name, all_rows, all_cols, density);
        Self { all_rows, all_cols, runs, cols: cols(seed, all_cols, density) }
    }

    /// Rows and columns that [`Self::new`] takes of the tensor `name`, without listing them:
    /// `shape` may come from a stranger.
    pub fn size(name: &str, shape: &[u64], density: Density) -> (u64, u64) {
        let (all_rows, all_cols) = matrix(shape);
        let elements = all_rows.saturating_mul(all_cols);
        if elements == 0 {
            return (0, 0);
        }
        if elements <= whole_elements(all_cols) {
            return (all_rows, all_cols);
        }
        let rows = runs(name, all_rows, all_cols, density).iter().map(|run| run.rows).sum();
        (rows, col_count(all_cols, density))
    }

    /// The rows taken, without gaps as far as possible and in the order of the tensor inside each
    /// run, each with the position of its first among the rows that are kept.
    pub fn kept_rows(&self) -> Vec<(RowRange, u64)> {
        let mut ranges = Vec::with_capacity(self.runs.len());
        if self.elements() == 0 {
            return ranges;
        }
        let mut kept = 0;
        for run in &self.runs {
            let [(row, rows), (top, rest)] = run.pieces();
            ranges.push((RowRange { first_row: top, rows: rest }, kept + rows));
            ranges.push((RowRange { first_row: row, rows }, kept));
            kept += run.rows;
        }
        ranges.retain(|(range, _)| range.rows > 0);
        ranges
    }

    /// Rows taken.
    pub fn rows(&self) -> u64 {
        self.runs.iter().map(|run| run.rows).sum()
    }

    /// Elements taken.
    pub fn elements(&self) -> u64 {
        self.rows() * self.cols.len() as u64
    }

    /// Share of the rows that are taken.
    pub fn row_share(&self) -> f64 {
        self.rows() as f64 / self.all_rows as f64
    }

    /// Share of the columns that are taken.
    pub fn col_share(&self) -> f64 {
        self.cols.len() as f64 / self.all_cols as f64
    }
}

/// Rows and columns of a tensor of `shape`.
fn matrix(shape: &[u64]) -> (u64, u64) {
    let all_rows = shape.first().copied().unwrap_or(1);
    (all_rows, shape.iter().skip(1).copied().fold(1, u64::saturating_mul))
}

/// Most elements of a tensor that is taken whole.
fn whole_elements(all_cols: u64) -> u64 {
    if all_cols == 1 { WHOLE_VECTOR } else { WHOLE_MATRIX }
}

fn runs(name: &str, all_rows: u64, all_cols: u64, density: Density) -> Vec<Run> {
    let is_lone =
        (2..=LONE_COLS).contains(&all_cols) && !REPEATED.iter().any(|part| name.contains(part));
    let (factor, fewest_runs) = if is_lone { (LONE_ROWS, LONE_RUNS) } else { (1, FEWEST_RUNS) };
    let seed = seed(name);
    let density_rows = u64::from(density.rows) * factor;
    let wanted_runs = (all_cols / COLS_PER_RUN).clamp(fewest_runs, MOST_RUNS);
    let by_width = (density_rows * density_rows).saturating_mul(all_cols) / NOMINAL_COLS;
    let rows = by_width
        .isqrt()
        .max(density_rows * 3 / 4)
        .max((NARROW_ELEMENTS * density_rows).div_ceil(all_cols))
        .max(1);
    let rows_per_run = rows.div_ceil(wanted_runs);
    let stratum_rows = rounded_up(all_rows.div_ceil(wanted_runs));
    (0..all_rows.div_ceil(stratum_rows))
        .map(|index| {
            let stratum = index * stratum_rows;
            let height = stratum_rows.min(all_rows - stratum);
            // a stratum cut short gives as large a part of itself as the others
            let rows = rows_per_run.saturating_mul(height).div_ceil(stratum_rows).min(height);
            Run { stratum, height, offset: at(seed, index) % height, rows }
        })
        .collect()
}

/// The smallest number of four significant bits that is not below `count`. Vocabularies that grew
/// by a few words keep their strata.
fn rounded_up(count: u64) -> u64 {
    let shift = (u64::BITS - count.leading_zeros()).saturating_sub(4);
    count.div_ceil(1 << shift).checked_shl(shift).unwrap_or(u64::MAX)
}

fn col_count(all_cols: u64, density: Density) -> u64 {
    let share = u64::from(density.columns);
    all_cols.saturating_mul(share).div_ceil(COLUMN_SHARES).max(share).min(all_cols)
}

fn cols(seed: u64, all_cols: u64, density: Density) -> Vec<u64> {
    let count = col_count(all_cols, density);
    if count == all_cols {
        return (0..all_cols).collect();
    }
    spread_cols(seed, all_cols, count)
}

/// `count` columns of `all_cols`, any number of which from the first on are spread evenly.
pub(crate) fn spread_cols(seed: u64, all_cols: u64, count: u64) -> Vec<u64> {
    let mut step = ((u128::from(all_cols) * u128::from(GOLDEN)) >> 64) as u64;
    while common_divisor(step, all_cols) != 1 {
        step += 1;
    }
    // `u64::MAX` is the index of no run
    let mut col = at(seed, u64::MAX) % all_cols;
    (0..count)
        .map(|_| {
            let taken = col;
            // the step is shorter than a row
            col = if col < all_cols - step { col + step } else { col - (all_cols - step) };
            taken
        })
        .collect()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// FNV-1a over the name. Two tensors that are compared under either's name have one seed: the
/// embedding and the head of a language model, and CLIP-L in SD 1.x and in SDXL.
pub(crate) fn seed(name: &str) -> u64 {
    let name = if name == HEAD { EMBEDDING } else { name };
    let name = CLIP_L_PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// The random number at `index` of the sequence that starts at `seed`: the output function of
/// `SplitMix64`.
pub(super) fn at(seed: u64, index: u64) -> u64 {
    let mut x = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
