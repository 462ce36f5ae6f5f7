//! Minima of `aᵀ·gram·a - 2 aᵀ·mixed`, with and without negative coefficients.
//!
//! The crates that solve non-negative least squares want the factors, which we never have, or a
//! source of random numbers, which WebAssembly lacks; the linear algebra is nalgebra's.

use nalgebra::{DMatrix, DVector};

/// Added to the diagonal, in units of the largest entry: parents that are mixtures of each other
/// make the matrix singular, and rounding then takes it to either side of that. The first that
/// makes it positive is taken.
const RIDGES: [f64; 4] = [1e-11, 1e-9, 1e-7, 1e-5];
/// A gradient below this is zero.
const GRADIENT_EPS: f64 = 1e-10;

/// The minimum over coefficients of any sign. `None` when the matrix is not positive.
pub(super) fn minimum(gram: &DMatrix<f64>, mixed: &DVector<f64>) -> Option<DVector<f64>> {
    let unit = DMatrix::identity(gram.nrows(), gram.ncols()) * gram.diagonal().max();
    let factor = RIDGES.iter().find_map(|ridge| (gram + &unit * *ridge).cholesky())?;
    Some(factor.solve(mixed))
}

/// The minimum over non-negative coefficients, by the active-set method of Lawson and Hanson
/// (Solving Least Squares Problems, chapter 23) on the normal equations.
pub(super) fn non_negative_minimum(
    gram: &DMatrix<f64>,
    mixed: &DVector<f64>,
) -> Option<DVector<f64>> {
    let count = gram.ncols();
    let mut weights = DVector::zeros(count);
    let mut free = vec![false; count];
    // each round adds one coefficient; in exact arithmetic no set of them comes back
    for _ in 0..3 * count {
        let gradient = mixed - gram * &weights;
        let steepest = (0..count)
            .filter(|&index| !free[index] && gradient[index] > GRADIENT_EPS)
            .max_by(|&a, &b| gradient[a].total_cmp(&gradient[b]));
        let Some(steepest) = steepest else { break };
        free[steepest] = true;
        loop {
            let target = restricted_minimum(gram, mixed, &free)?;
            // as far towards the target as all coefficients stay non-negative
            let blocking = (0..count)
                .filter(|&index| free[index] && target[index] <= 0.0)
                .map(|index| (index, weights[index] / (weights[index] - target[index])))
                .min_by(|(_, a), (_, b)| a.total_cmp(b));
            let Some((blocked, step)) = blocking else {
                weights = target;
                break;
            };
            weights += (target - &weights) * step;
            weights[blocked] = 0.0;
            free[blocked] = false;
        }
    }
    Some(weights)
}

/// The minimum with all coefficients zero that are not `free`.
fn restricted_minimum(
    gram: &DMatrix<f64>,
    mixed: &DVector<f64>,
    free: &[bool],
) -> Option<DVector<f64>> {
    let indices: Vec<usize> = (0..free.len()).filter(|&index| free[index]).collect();
    let part = minimum(
        &gram.select_columns(&indices).select_rows(&indices),
        &mixed.select_rows(&indices),
    )?;
    let mut whole = DVector::zeros(free.len());
    for (position, index) in indices.into_iter().enumerate() {
        whole[index] = part[position];
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};
    use proptest::prelude::*;

    use super::non_negative_minimum;

    proptest! {
        /// The conditions of Karush, Kuhn and Tucker hold for the minimum and nothing else.
        #[test]
        fn optimal(rows in 1..8_usize, cols in 1..8_usize, seed in prop::collection::vec(-1.0..1.0_f64, 72)) {
            let factor = DMatrix::from_fn(rows, cols, |row, col| seed[row * 8 + col]);
            let point = DVector::from_fn(rows, |row, _| seed[64 + row]);
            let (gram, mixed) = (factor.transpose() * &factor, factor.transpose() * point);
            let weights = non_negative_minimum(&gram, &mixed).expect("the matrix has a ridge");
            let gradient = &mixed - &gram * &weights;
            for (weight, slope) in weights.iter().zip(gradient.iter()) {
                prop_assert!(*weight >= 0.0);
                prop_assert!(*slope <= 1e-6, "moving further would help: {slope}");
                prop_assert!(*weight == 0.0 || slope.abs() <= 1e-6, "not at the bottom: {slope}");
            }
        }
    }
}
