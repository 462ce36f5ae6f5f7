//! Inner products of vectors and eigenvalues of small symmetric matrices, in `f64`.

/// Lanes of a sum of products: fixed, so that vectors of any width give the same bits.
const LANES: usize = 8;

/// Sum of products of two vectors of `f32`, added in `f64` lanes of 8 elements.
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// Inner products of all pairs of `count` vectors of `len` in `vectors`, as a full square.
pub fn gram(vectors: &[f32], count: usize, len: usize) -> Vec<f64> {
    let mut gram = vec![0.0; count * count];
    for a in 0..count {
        for b in a..count {
            let sum = dot(&vectors[a * len..][..len], &vectors[b * len..][..len]);
            gram[a * count + b] = sum;
            gram[b * count + a] = sum;
        }
    }
    gram
}

/// Eigenvalues of a symmetric matrix of `size`, descending, and their vectors one after the other,
/// by cyclic Jacobi rotations.
pub fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    const MOST_SWEEPS: usize = 60;
    let mut vectors = vec![0.0; size * size];
    for index in 0..size {
        vectors[index * size + index] = 1.0;
    }
    let whole: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..MOST_SWEEPS {
        let mut off = 0.0;
        for row in 0..size {
            for col in row + 1..size {
                off += matrix[row * size + col] * matrix[row * size + col];
            }
        }
        if off <= whole * 1e-30 {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut matrix, &mut vectors, size, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|a, b| matrix[b * size + b].total_cmp(&matrix[a * size + a]));
    let values = order.iter().map(|index| matrix[index * size + index]).collect();
    let sorted = order.iter().flat_map(|index| vectors[index * size..][..size].to_vec()).collect();
    (values, sorted)
}

/// Makes the element of `matrix` in row `p` and column `q` zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let element = matrix[p * size + q];
    if element == 0.0 {
        return;
    }
    let (pp, qq) = (matrix[p * size + p], matrix[q * size + q]);
    let theta = (qq - pp) / (2.0 * element);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let tangent = if theta == 0.0 { 1.0 } else { tangent };
    if !tangent.is_finite() {
        return;
    }
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    // the matrix is kept whole: rows first, both of them contiguous, then the columns
    turn(matrix, size, p, q, cosine, sine);
    for row in matrix.chunks_exact_mut(size) {
        let (a, b) = (row[p], row[q]);
        row[p] = cosine * a - sine * b;
        row[q] = sine * a + cosine * b;
    }
    turn(vectors, size, p, q, cosine, sine);
}

/// Turns rows `p` and `q`, of which `p` comes first.
fn turn(rows: &mut [f64], size: usize, p: usize, q: usize, cosine: f64, sine: f64) {
    let (before, rest) = rows.split_at_mut(q * size);
    for (a, b) in before[p * size..][..size].iter_mut().zip(&mut rest[..size]) {
        let (old_a, old_b) = (*a, *b);
        *a = cosine * old_a - sine * old_b;
        *b = sine * old_a + cosine * old_b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(index: usize) -> f32 {
        ((index.wrapping_mul(2_654_435_761) >> 7) % 2003) as f32 / 1001.0 - 1.0
    }

    #[test]
    fn eigenvectors_put_the_matrix_together_again() {
        let size = 12;
        let vectors: Vec<f32> = (0..size * 9).map(noise).collect();
        let matrix = gram(&vectors, size, 9);
        let (values, basis) = eigen(matrix.clone(), size);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        for row in 0..size {
            for col in 0..size {
                let sum: f64 = (0..size)
                    .map(|k| values[k] * basis[k * size + row] * basis[k * size + col])
                    .sum();
                assert!((sum - matrix[row * size + col]).abs() < 1e-12 * values[0]);
            }
        }
    }
}
