//! The difference of two models as an adapter of low rank.

use weightkin_kernel::lowrank::{BAND_ROWS, Factorization, dot, residual, transposed};

use super::target::Target;
use crate::decode::widen;
use crate::dtype::{Dtype, size_bytes};
use crate::encode::encode;
use crate::read::{ByteStream, Source};
use crate::tensor::{TensorSource, read_rows};

/// How many terms a module gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankRule {
    /// The most.
    pub most: usize,
    /// As few as hold this share of the sum of squares; `None` for the most.
    pub energy: Option<f64>,
}

/// How factors are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorOptions {
    /// Number format.
    pub dtype: Dtype,
    /// Alpha; `None` for the rank of each module, with which nothing is scaled.
    pub alpha: Option<f64>,
    /// Elements of factors are cut off at this quantile of them, as another extractor does. It
    /// makes adapters too weak.
    pub clamp: Option<f64>,
}

/// A new module.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModule {
    /// Its name.
    pub name: String,
    /// Rows, inputs and kernel of the layer.
    pub shape: Vec<u64>,
    /// Its terms.
    pub rank: usize,
    /// Alpha as it is stored.
    pub alpha: f64,
    /// [rows, rank], stored.
    pub up: Vec<u8>,
    /// [rank, inputs, kernel], stored.
    pub down: Vec<u8>,
    /// What it is worth.
    pub quality: Quality,
}

/// How near the factors come to the change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// Sum of squares of the change.
    pub square: f64,
    /// Largest element of it.
    pub largest: f32,
    /// Sum of squares of what the terms that were found leave: an estimate, from above, of the
    /// least that is possible with so many.
    pub least: f64,
    /// Sum of squares of what the stored numbers leave.
    pub rest: f64,
    /// Numbers that were too large for the format.
    pub overflows: u64,
}

impl Quality {
    /// The sums of two modules.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            square: self.square + other.square,
            largest: self.largest.max(other.largest),
            least: self.least + other.least,
            rest: self.rest + other.rest,
            overflows: self.overflows + other.overflows,
        }
    }

    /// Norm of what the stored numbers leave, relative to the change.
    pub fn error(&self) -> f64 {
        relative(self.rest, self.square)
    }

    /// The same of the least that is possible, as far as the factorisation knows.
    pub fn least_error(&self) -> f64 {
        relative(self.least, self.square)
    }
}

fn relative(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).sqrt() } else { 0.0 }
}

impl RankRule {
    /// Terms that are kept of singular values `values`, of a matrix whose squares add up to
    /// `square`.
    pub fn rank(&self, values: &[f64], square: f64) -> usize {
        let most = self.most.min(values.len());
        let Some(share) = self.energy else { return most };
        let mut kept = 0.0;
        let count = values[..most].iter().take_while(|value| {
            let before = kept;
            kept += *value * *value;
            before < share * square
        });
        count.count().max(1)
    }
}

/// What `tuned` has and `base` has not, of the rows of `target`.
///
/// # Errors
/// The source's own.
pub async fn difference<S: Source>(
    source: &S,
    target: &Target,
    base: &TensorSource,
    tuned: &TensorSource,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let mut difference = read_rows(source, tuned, target.first_row, target.rows).await?;
    let old = read_rows(source, base, target.first_row, target.rows).await?;
    for (value, old) in difference.iter_mut().zip(&old) {
        *value -= old;
    }
    Ok(difference)
}

/// The module for `target` of the change `difference`; `None` where nothing changes, or a number of
/// it is none.
pub fn extract(
    target: &Target,
    difference: &[f32],
    rule: RankRule,
    options: &FactorOptions,
) -> Option<NewModule> {
    let (rows, cols) = (target.rows as usize, target.cols() as usize);
    let square = dot(difference, difference);
    if square == 0.0 || !square.is_finite() {
        return None;
    }
    let (up, down, least) = if rule.energy.is_none() && rule.most >= rows.min(cols) {
        whole(difference, rows, cols)
    } else {
        let mut work = Factorization::new(rows, cols, rule.most, seed(&target.name));
        for _ in 0..work.passes() {
            work.add(0, difference);
            work.end_pass();
        }
        let factors = work.finish(|values, square| rule.rank(values, square));
        let rank = factors.rank(rows);
        let kept: f64 = factors.values[..rank].iter().map(|value| value * value).sum();
        let up = transposed(&factors.left, rank, rows);
        let (up, down) = balanced(up, factors.right, &factors.values[..rank]);
        (up, down, (square - kept).max(0.0))
    };
    let rank = down.len() / cols;
    let mut module = store(target, (up, down), rank, options);
    let scale = (module.alpha / rank as f64) as f32;
    let [up, down] = [&module.up, &module.down].map(|bytes| decoded(options.dtype, bytes));
    let up: Vec<f32> = up.into_iter().map(|value| value * scale).collect();
    module.quality.square = square;
    module.quality.least = least;
    module.quality.largest = difference.iter().fold(0.0, |most, value| value.abs().max(most));
    for (index, band) in difference.chunks(BAND_ROWS * cols).enumerate() {
        module.quality.rest += residual(band, index * BAND_ROWS, &up, &down, (rank, cols));
    }
    Some(module)
}

/// Stores the factors `up` and `down`, whose product is the change.
pub fn store(
    target: &Target,
    (mut up, mut down): (Vec<f32>, Vec<f32>),
    rank: usize,
    options: &FactorOptions,
) -> NewModule {
    let alpha = options.alpha.unwrap_or(rank as f64);
    if options.alpha.is_some() {
        for value in &mut up {
            *value = (f64::from(*value) * (rank as f64 / alpha)) as f32;
        }
    }
    if let Some(quantile) = options.clamp {
        clamp(&mut up, &mut down, quantile);
    }
    let mut overflows = 0;
    let mut stored = |values: &[f32]| {
        let wide: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
        let mut bytes = vec![0; wide.len() * size_bytes(options.dtype).unwrap_or(1) as usize];
        overflows += encode(options.dtype, &wide, &mut bytes);
        bytes
    };
    let (up, down) = (stored(&up), stored(&down));
    let mut shape = vec![target.rows, target.inputs];
    shape.extend(&target.kernel);
    let quality = Quality { overflows, ..Quality::default() };
    NewModule { name: target.name.clone(), shape, rank, alpha, up, down, quality }
}

/// The change itself and a matrix that changes nothing: no factors are nearer.
fn whole(difference: &[f32], rows: usize, cols: usize) -> (Vec<f32>, Vec<f32>, f64) {
    let side = rows.min(cols);
    let mut unit = vec![0.0; side * side];
    for index in 0..side {
        unit[index * side + index] = 1.0;
    }
    if cols <= rows { (difference.to_vec(), unit, 0.0) } else { (unit, difference.to_vec(), 0.0) }
}

/// Singular values from `down` to `up`, where other extractors put them.
pub fn balanced(mut up: Vec<f32>, mut down: Vec<f32>, values: &[f64]) -> (Vec<f32>, Vec<f32>) {
    let rank = values.len();
    let cols = down.len() / rank.max(1);
    for row in up.chunks_exact_mut(rank.max(1)) {
        for (value, singular) in row.iter_mut().zip(values) {
            *value = (f64::from(*value) * singular) as f32;
        }
    }
    for (row, singular) in down.chunks_exact_mut(cols.max(1)).zip(values) {
        for value in row {
            *value = if *singular > 0.0 { (f64::from(*value) / singular) as f32 } else { 0.0 };
        }
    }
    (up, down)
}

/// Cuts elements off at plus and minus the `quantile` of all of them, signs included.
fn clamp(up: &mut [f32], down: &mut [f32], quantile: f64) {
    let mut sorted: Vec<f32> = up.iter().chain(down.iter()).copied().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let position = quantile * (sorted.len() - 1) as f64;
    let below = position as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let part = position - below as f64;
    let (low, high) = (f64::from(sorted[below]), f64::from(sorted[above]));
    let most = ((low + (high - low) * part) as f32).abs();
    for value in up.iter_mut().chain(down) {
        *value = value.clamp(-most, most);
    }
}

fn decoded(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; bytes.len() / size_bytes(dtype).unwrap_or(1) as usize];
    widen(dtype, bytes, &mut values);
    values
}

/// Where the random start of a module comes from: FNV-1a of its name.
fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
