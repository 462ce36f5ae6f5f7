//! Products of matrices with a fixed association.
//!
//! Every element of the result is a sum over `k` in ascending order: products are rounded to `f32`
//! and added in `f32` inside blocks of [`DEPTH`], and the blocks' sums are added to the element one
//! after the other. Vectors run over elements of the result, so their width never shows.

/// Products that are added up before the sum goes to memory.
const DEPTH: usize = 256;
/// Columns of the result that are worked on together …
const COLS: usize = 16;
/// … in so many rows.
const ROWS: usize = 6;

/// A matrix in memory, row after row.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    /// Its elements; rows start `stride` apart.
    pub values: &'a [f32],
    /// Elements from one row to the next.
    pub stride: usize,
}

impl<'a> Matrix<'a> {
    /// Rows of `cols` without gaps.
    pub fn packed(values: &'a [f32], cols: usize) -> Self {
        Self { values, stride: cols }
    }
}

/// Adds `a` · `b` to `to`: `rows` × `depth` times `depth` × `cols`, all rows of `to` packed.
///
/// # Panics
/// When a matrix is too small.
pub fn add_product(
    a: Matrix<'_>,
    b: Matrix<'_>,
    to: &mut [f32],
    (rows, depth, cols): (usize, usize, usize),
) {
    assert!(rows == 0 || cols == 0 || to.len() >= rows * cols);
    if rows == 0 || cols == 0 || depth == 0 {
        return;
    }
    assert!(a.values.len() >= (rows - 1) * a.stride + depth);
    assert!(b.values.len() >= (depth - 1) * b.stride + cols);
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the instructions are there.
        return unsafe { avx2(a, b, to, (rows, depth, cols)) };
    }
    portable(a, b, to, (rows, depth, cols));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(a: Matrix<'_>, b: Matrix<'_>, to: &mut [f32], size: (usize, usize, usize)) {
    portable(a, b, to, size);
}

#[inline(always)]
fn portable(
    a: Matrix<'_>,
    b: Matrix<'_>,
    to: &mut [f32],
    (rows, depth, cols): (usize, usize, usize),
) {
    let mut panel = [[0.0_f32; COLS]; DEPTH];
    let mut first_k = 0;
    while first_k < depth {
        let block = DEPTH.min(depth - first_k);
        let mut first_col = 0;
        while first_col < cols {
            let width = COLS.min(cols - first_col);
            for (k, row) in panel[..block].iter_mut().enumerate() {
                let start = (first_k + k) * b.stride + first_col;
                // columns beyond the last are computed and thrown away
                row[..width].copy_from_slice(&b.values[start..start + width]);
            }
            let panel = &panel[..block];
            let mut row = 0;
            while row + ROWS <= rows {
                tile::<ROWS>(a, panel, to, (row, first_k), (first_col, width, cols));
                row += ROWS;
            }
            while row < rows {
                tile::<1>(a, panel, to, (row, first_k), (first_col, width, cols));
                row += 1;
            }
            first_col += COLS;
        }
        first_k += block;
    }
}

/// Adds the products of `R` rows of `a` with `panel`.
#[inline(always)]
fn tile<const R: usize>(
    a: Matrix<'_>,
    panel: &[[f32; COLS]],
    to: &mut [f32],
    (first_row, first_k): (usize, usize),
    (first_col, width, cols): (usize, usize, usize),
) {
    let rows: [&[f32]; R] = std::array::from_fn(|row| {
        let start = (first_row + row) * a.stride + first_k;
        &a.values[start..start + panel.len()]
    });
    let mut sums = [[0.0_f32; COLS]; R];
    for (k, b) in panel.iter().enumerate() {
        for row in 0..R {
            let factor = rows[row][k];
            for col in 0..COLS {
                sums[row][col] += factor * b[col];
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let start = (first_row + row) * cols + first_col;
        for (to, sum) in to[start..start + width].iter_mut().zip(sums) {
            *to += sum;
        }
    }
}

/// Adds `a` · `b` to `to` in `f64`, in which products of `f32` are exact: every element is one sum
/// over `k` in ascending order.
///
/// # Panics
/// When a matrix is too small.
pub fn add_wide_product(
    a: Matrix<'_>,
    b: Matrix<'_>,
    to: &mut [f64],
    (rows, depth, cols): (usize, usize, usize),
) {
    for row in 0..rows {
        let factors = &a.values[row * a.stride..][..depth];
        let to = &mut to[row * cols..][..cols];
        for (k, factor) in factors.iter().enumerate() {
            let factor = f64::from(*factor);
            for (to, value) in to.iter_mut().zip(&b.values[k * b.stride..][..cols]) {
                *to += factor * f64::from(*value);
            }
        }
    }
}

/// `cols` × `rows` from `rows` × `cols`.
pub fn transposed(values: &[f32], rows: usize, cols: usize) -> Vec<f32> {
    const SIDE: usize = 32;
    let mut to = vec![0.0; rows * cols];
    // squares that fit a cache: one of the two sides is always far apart
    for first_row in (0..rows).step_by(SIDE) {
        for first_col in (0..cols).step_by(SIDE) {
            for row in first_row..(first_row + SIDE).min(rows) {
                for col in first_col..(first_col + SIDE).min(cols) {
                    to[col * rows + row] = values[row * cols + col];
                }
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_the_sum_that_the_association_says() {
        let value = |index: usize| ((index * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5;
        for (rows, depth, cols) in [(1, 1, 1), (7, 300, 19), (6, 256, 16), (13, 513, 35)] {
            let (a_stride, b_stride) = (depth + 3, cols + 2);
            let a: Vec<f32> = (0..rows * a_stride).map(value).collect();
            let b: Vec<f32> = (0..depth * b_stride).map(|index| value(index + 5)).collect();
            let mut to: Vec<f32> = (0..rows * cols).map(value).collect();
            let before = to.clone();
            add_product(
                Matrix { values: &a, stride: a_stride },
                Matrix { values: &b, stride: b_stride },
                &mut to,
                (rows, depth, cols),
            );
            for row in 0..rows {
                for col in 0..cols {
                    let mut want = before[row * cols + col];
                    for first in (0..depth).step_by(256) {
                        let mut sum = 0.0;
                        for k in first..depth.min(first + 256) {
                            sum += a[row * a_stride + k] * b[k * b_stride + col];
                        }
                        want += sum;
                    }
                    assert_eq!(to[row * cols + col].to_bits(), want.to_bits());
                }
            }
        }
    }

    #[test]
    fn wide_sums_lose_nothing() {
        let a = [1.0, f32::MIN_POSITIVE, 0.5, 3.0];
        let b = [1.0, 2.0, 1e30, 1.0];
        let mut to = [0.25; 4];
        add_wide_product(Matrix::packed(&a, 2), Matrix::packed(&b, 2), &mut to, (2, 2, 2));
        let tiny = f64::from(f32::MIN_POSITIVE);
        let large = f64::from(1e30_f32);
        let want = [1.25 + tiny * large, 2.25 + tiny, 0.75 + 3.0 * large, 1.25 + 3.0];
        assert_eq!(to.map(f64::to_bits), want.map(f64::to_bits));
    }

    #[test]
    fn twice_transposed_is_the_same() {
        let values: Vec<f32> = (0..37 * 70).map(|value| value as f32).collect();
        let once = transposed(&values, 37, 70);
        assert_eq!(once[5 * 37 + 3].to_bits(), values[3 * 70 + 5].to_bits());
        assert_eq!(transposed(&once, 70, 37), values);
    }
}
