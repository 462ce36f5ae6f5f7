//! The best approximation of a matrix by one of low rank, found with a random start.
//!
//! Halko, Martinsson and Tropp, "Finding structure with randomness", algorithms 4.4 and 5.1: the
//! matrix is multiplied with random vectors, the result is multiplied with its transpose and itself
//! [`POWER_ITERATIONS`] times, orthonormal after each product, and what the matrix does to the
//! space that is left is small enough to be decomposed. The start follows from a number, sums have
//! a fixed association, and there are only additions, products, quotients and roots: the same
//! matrix gives the same bits everywhere.

use super::{Matrix, add_product, dot, eigen, gram, transposed};

/// Vectors beyond the wanted rank.
const SPARE: usize = 32;
/// Products with the transposed matrix and the matrix after the first one.
const POWER_ITERATIONS: usize = 2;
/// Passes over the matrix: one, two for each iteration, and one for what is decomposed.
const PASSES: usize = 2 * POWER_ITERATIONS + 2;
/// Rows of a band are a multiple of this, but for the last: then bands make no difference.
pub const BAND_ROWS: usize = 256;
/// Vectors that are made orthogonal together.
const TOGETHER: usize = 16;

/// A factorisation under way: the matrix is given band by band, [`Self::passes`] times.
#[derive(Debug)]
pub struct Factorization {
    rows: usize,
    cols: usize,
    width: usize,
    pass: usize,
    /// Orthonormal vectors, one after the other, or the random ones at the start.
    basis: Vec<f32>,
    /// What the matrix makes of them.
    image: Vec<f32>,
    /// Sum of squares of the matrix.
    square: f64,
}

/// A product of thin matrices with orthogonal terms, largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// Unit vectors, one for each term: [rank, rows].
    pub left: Vec<f32>,
    /// Singular values times unit vectors: [rank, cols].
    pub right: Vec<f32>,
    /// Singular values, descending, of all terms that were found.
    pub values: Vec<f64>,
    /// Sum of squares of the whole matrix.
    pub square: f64,
}

impl Factorization {
    /// That of a matrix of `rows` × `cols`, of which `rank` terms are wanted; it starts from `seed`.
    pub fn new(rows: usize, cols: usize, rank: usize, seed: u64) -> Self {
        let width = (rank + SPARE).min(rows).min(cols);
        let mut state = seed;
        let basis = (0..width * cols).map(|_| random(&mut state)).collect();
        Self { rows, cols, width, pass: 0, basis, image: vec![0.0; rows * width], square: 0.0 }
    }

    /// How often the matrix is read.
    pub fn passes(&self) -> usize {
        PASSES
    }

    /// Takes the rows from `first_row` on, which follow those of the last call.
    ///
    /// # Panics
    /// When a band does not begin at a multiple of [`BAND_ROWS`].
    pub fn add(&mut self, first_row: usize, values: &[f32]) {
        assert!(first_row.is_multiple_of(BAND_ROWS));
        let rows = values.len() / self.cols.max(1);
        let matrix = Matrix::packed(values, self.cols);
        if self.pass == 0 {
            for band in values.chunks((BAND_ROWS * self.cols).max(1)) {
                self.square += dot(band, band);
            }
        }
        if self.pass.is_multiple_of(2) {
            let vectors = transposed(&self.basis, self.width, self.cols);
            let to = &mut self.image[first_row * self.width..][..rows * self.width];
            let size = (rows, self.cols, self.width);
            add_product(matrix, Matrix::packed(&vectors, self.width), to, size);
        } else {
            let vectors = Matrix { values: &self.basis[first_row..], stride: self.rows };
            add_product(vectors, matrix, &mut self.image, (self.width, rows, self.cols));
        }
    }

    /// Ends a pass: all rows are in.
    pub fn end_pass(&mut self) {
        let image = std::mem::take(&mut self.image);
        self.pass += 1;
        if self.pass == PASSES {
            self.image = image;
            return;
        }
        if self.pass.is_multiple_of(2) {
            self.basis = image;
            orthonormalize(&mut self.basis, self.width, self.cols);
            self.image = vec![0.0; self.rows * self.width];
        } else {
            self.basis = transposed(&image, self.rows, self.width);
            orthonormalize(&mut self.basis, self.width, self.rows);
            self.image = vec![0.0; self.width * self.cols];
        }
    }

    /// The largest terms: as many as `rank` says for the singular values that were found and the
    /// sum of squares of the matrix.
    ///
    /// # Panics
    /// When not all passes are done.
    pub fn finish(self, rank: impl FnOnce(&[f64], f64) -> usize) -> Factors {
        assert_eq!(self.pass, PASSES);
        decompose(&self.basis, &self.image, (self.rows, self.width, self.cols), self.square, rank)
    }
}

/// The factors of a product of two thin matrices, exactly: `up` is [rows, inner], `down` [inner,
/// cols].
pub fn refactor(
    up: &[f32],
    down: &[f32],
    (rows, inner, cols): (usize, usize, usize),
    rank: impl FnOnce(&[f64], f64) -> usize,
) -> Factors {
    // of many terms, more than the product can have
    if inner > rows.min(cols) {
        let (less, more) = if rows <= cols { (rows, cols) } else { (cols, rows) };
        let mut whole = vec![0.0; rows * cols];
        add_product(
            Matrix::packed(up, inner),
            Matrix::packed(down, cols),
            &mut whole,
            (rows, inner, cols),
        );
        let square = dot(&whole, &whole);
        let mut basis = vec![0.0; less * less];
        for index in 0..less {
            basis[index * less + index] = 1.0;
        }
        if rows <= cols {
            return decompose(&basis, &whole, (rows, less, more), square, rank);
        }
        let turned = transposed(&whole, rows, cols);
        return decompose(&basis, &turned, (cols, less, rows), square, rank).transposed(cols, rows);
    }
    let mut basis = transposed(up, rows, inner);
    orthonormalize(&mut basis, inner, rows);
    let mut core = vec![0.0; inner * inner];
    add_product(
        Matrix::packed(&basis, rows),
        Matrix::packed(up, inner),
        &mut core,
        (inner, rows, inner),
    );
    let mut image = vec![0.0; inner * cols];
    add_product(
        Matrix::packed(&core, inner),
        Matrix::packed(down, cols),
        &mut image,
        (inner, inner, cols),
    );
    let square = dot(&image, &image);
    decompose(&basis, &image, (rows, inner, cols), square, rank)
}

impl Factors {
    /// Terms that are kept.
    pub fn rank(&self, rows: usize) -> usize {
        self.left.len() / rows.max(1)
    }

    /// The same of the transposed matrix, which was `rows` × `cols`.
    fn transposed(self, rows: usize, cols: usize) -> Self {
        let Self { mut left, mut right, values, square } = self;
        for (index, value) in values.iter().enumerate().take(left.len() / rows.max(1)) {
            let value = *value as f32;
            for left in &mut left[index * rows..][..rows] {
                *left *= value;
            }
            for right in &mut right[index * cols..][..cols] {
                *right = if value > 0.0 { *right / value } else { 0.0 };
            }
        }
        Self { left: right, right: left, values, square }
    }
}

/// The largest terms of basisᵀ · image: `basis` is orthonormal, [width, rows], and `image` [width,
/// cols].
fn decompose(
    basis: &[f32],
    image: &[f32],
    (rows, width, cols): (usize, usize, usize),
    square: f64,
    rank: impl FnOnce(&[f64], f64) -> usize,
) -> Factors {
    let (squares, vectors) = eigen(gram(image, width, cols), width);
    let values: Vec<f64> = squares.iter().map(|square| square.max(0.0).sqrt()).collect();
    let rank = rank(&values, square).min(width);
    let weights: Vec<f32> = vectors[..rank * width].iter().map(|value| *value as f32).collect();
    let mut left = vec![0.0; rank * rows];
    let mut right = vec![0.0; rank * cols];
    let weights = Matrix::packed(&weights, width);
    add_product(weights, Matrix::packed(basis, rows), &mut left, (rank, width, rows));
    add_product(weights, Matrix::packed(image, cols), &mut right, (rank, width, cols));
    for index in 0..rank {
        // of the two signs the one that makes the largest element positive
        let right = &mut right[index * cols..][..cols];
        let mut largest = 0.0_f32;
        for value in right.iter() {
            if value.abs() > largest.abs() {
                largest = *value;
            }
        }
        if largest < 0.0 {
            let left = &mut left[index * rows..][..rows];
            for value in right.iter_mut().chain(left) {
                *value = -*value;
            }
        }
    }
    Factors { left, right, values, square }
}

/// Sum of squares of what `left`ᵀ · `right`, of `rank` terms, leaves of the rows from `first_row`
/// on; `left` is [rows, rank] here, as files have it.
pub fn residual(
    values: &[f32],
    first_row: usize,
    up: &[f32],
    down: &[f32],
    (rank, cols): (usize, usize),
) -> f64 {
    let rows = values.len() / cols.max(1);
    let minus: Vec<f32> =
        up[first_row * rank..][..rows * rank].iter().map(|value| -value).collect();
    let mut rest = values.to_vec();
    add_product(
        Matrix::packed(&minus, rank),
        Matrix::packed(down, cols),
        &mut rest,
        (rows, rank, cols),
    );
    dot(&rest, &rest)
}

/// Makes `count` vectors of `len` orthonormal, by block Gram-Schmidt, twice: the second time
/// removes what rounding left the first time, of vectors that nearly depend on those before them
/// too, because they are unit vectors by then. Vectors that are zero stay zero.
fn orthonormalize(vectors: &mut [f32], count: usize, len: usize) {
    for first in (0..count).step_by(TOGETHER) {
        let many = TOGETHER.min(count - first);
        let (before, rest) = vectors.split_at_mut(first * len);
        let block = &mut rest[..many * len];
        for _ in 0..2 {
            if first > 0 {
                let turned = transposed(block, many, len);
                let mut products = vec![0.0; first * many];
                add_product(
                    Matrix::packed(before, len),
                    Matrix::packed(&turned, many),
                    &mut products,
                    (first, len, many),
                );
                let mut minus = transposed(&products, first, many);
                for value in &mut minus {
                    *value = -*value;
                }
                add_product(
                    Matrix::packed(&minus, first),
                    Matrix::packed(before, len),
                    block,
                    (many, first, len),
                );
            }
            for index in 0..many {
                let (earlier, rest) = block.split_at_mut(index * len);
                let vector = &mut rest[..len];
                for other in earlier.chunks_exact(len) {
                    let product = dot(vector, other) as f32;
                    for (value, other) in vector.iter_mut().zip(other) {
                        *value -= product * other;
                    }
                }
                normalize(vector);
            }
        }
    }
}

/// Makes `vector` a unit vector, unless it is zero.
fn normalize(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        let factor = 1.0 / length;
        for value in vector {
            *value = (f64::from(*value) * factor) as f32;
        }
    }
}

/// A number between −1 and 1: the generator `splitmix64` of Steele, Lea and Flood.
fn random(state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    (mixed >> 40) as f32 / (1 << 23) as f32 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        (0..count).map(|_| random(&mut state)).collect()
    }

    /// A matrix with the singular values `values`: orthonormal vectors come out of noise.
    fn with_spectrum(rows: usize, cols: usize, values: &[f64]) -> Vec<f32> {
        let count = values.len();
        let (mut left, mut right) = (noise(count * rows, 1), noise(count * cols, 2));
        orthonormalize(&mut left, count, rows);
        orthonormalize(&mut right, count, cols);
        let mut whole = vec![0.0_f64; rows * cols];
        for (k, value) in values.iter().enumerate() {
            for row in 0..rows {
                let factor = value * f64::from(left[k * rows + row]);
                for (to, right) in whole[row * cols..][..cols].iter_mut().zip(&right[k * cols..]) {
                    *to += factor * f64::from(*right);
                }
            }
        }
        whole.into_iter().map(|value| value as f32).collect()
    }

    fn factors(matrix: &[f32], rows: usize, cols: usize, rank: usize, band: usize) -> Factors {
        let mut work = Factorization::new(rows, cols, rank, 7);
        for _ in 0..work.passes() {
            for (index, values) in matrix.chunks(band * cols).enumerate() {
                work.add(index * band, values);
            }
            work.end_pass();
        }
        work.finish(|_, _| rank)
    }

    fn error(matrix: &[f32], factors: &Factors, rows: usize, cols: usize) -> f64 {
        let rank = factors.rank(rows);
        let up = transposed(&factors.left, rank, rows);
        residual(matrix, 0, &up, &factors.right, (rank, cols)).sqrt()
    }

    #[test]
    fn the_error_is_within_one_percent_of_the_least() {
        type Spectrum = fn(f64) -> f64;
        let (rows, cols, rank) = (320, 280, 64);
        let spectra: [(Spectrum, f64); 4] = [
            (|i| i.powf(-0.5), 1.01),
            (|i| 1.0 / i, 1.01),
            (|i| (-i / 12.0).exp(), 1.01),
            // a slow fall, as that of noise
            (|i| 1.0 - i / 400.0, 1.02),
        ];
        for (index, (spectrum, most)) in spectra.into_iter().enumerate() {
            let values: Vec<f64> = (1..=280).map(|i| spectrum(f64::from(i))).collect();
            let matrix = with_spectrum(rows, cols, &values);
            let least = values[rank..].iter().map(|value| value * value).sum::<f64>().sqrt();
            let found = factors(&matrix, rows, cols, rank, 512);
            let ratio = error(&matrix, &found, rows, cols) / least;
            assert!(ratio <= most, "{index}: {ratio}");
            let whole: f64 = values.iter().map(|value| value * value).sum();
            assert!((found.square / whole - 1.0).abs() < 1e-5);
            for (found, value) in found.values.iter().zip(&values).take(rank / 2) {
                assert!((found / value - 1.0).abs() < 0.02, "{index}: {found} {value}");
            }
        }
    }

    #[test]
    fn what_is_of_low_rank_is_found_whole() {
        let (rows, cols) = (300, 200);
        for values in [vec![3.0, 2.0, 1.0, 0.5], vec![1.0], vec![1.0, 1e-3, 1e-5]] {
            let matrix = with_spectrum(rows, cols, &values);
            let found = factors(&matrix, rows, cols, 8, 256);
            let relative = error(&matrix, &found, rows, cols) / found.square.sqrt();
            assert!(relative < 1e-6, "{relative}");
        }
        let nothing = factors(&vec![0.0; rows * cols], rows, cols, 8, 256);
        assert!(nothing.left.iter().chain(&nothing.right).all(|value| *value == 0.0));
    }

    #[test]
    fn bands_make_no_difference() {
        let (rows, cols) = (700, 90);
        let matrix = noise(rows * cols, 5);
        let whole = factors(&matrix, rows, cols, 10, 1024);
        assert!(whole == factors(&matrix, rows, cols, 10, 256));
    }

    #[test]
    fn a_product_is_taken_apart_exactly() {
        for (rows, inner, cols) in [(60, 6, 50), (8, 20, 12), (12, 20, 8)] {
            let (up, down) = (noise(rows * inner, 1), noise(inner * cols, 2));
            let mut whole = vec![0.0; rows * cols];
            let size = (rows, inner, cols);
            add_product(Matrix::packed(&up, inner), Matrix::packed(&down, cols), &mut whole, size);
            let all = refactor(&up, &down, size, |values, _| values.len());
            assert!(error(&whole, &all, rows, cols) < 1e-5 * all.square.sqrt());
            let few = refactor(&up, &down, size, |_, _| 3);
            let rest = all.values[3..].iter().map(|value| value * value).sum::<f64>().sqrt();
            let found = error(&whole, &few, rows, cols);
            assert!((found / rest - 1.0).abs() < 1e-4, "{found} {rest}");
        }
    }
}
