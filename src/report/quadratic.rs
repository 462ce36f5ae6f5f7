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

    use super::{minimum, non_negative_minimum};

    /// The conditions of Karush, Kuhn and Tucker, which hold for the minimum and nothing else.
    fn is_minimum(gram: &DMatrix<f64>, mixed: &DVector<f64>, weights: &DVector<f64>) -> bool {
        let gradient = mixed - gram * weights;
        weights.iter().zip(gradient.iter()).all(|(weight, slope)| {
            // moving further would not help, and it is at the bottom
            *weight >= 0.0 && *slope <= 1e-6 && (*weight == 0.0 || slope.abs() <= 1e-6)
        })
    }

    /// Directions that are much alike, so that weights once taken have to be given back.
    #[test]
    fn optimal_where_parents_are_alike() {
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f64 / (1_u64 << 23) as f64 - 1.0
        };
        let mut given_back = 0;
        for _ in 0..500 {
            let common: Vec<f64> = (0..6).map(|_| noise()).collect();
            let factor = DMatrix::from_fn(6, 5, |row, _| common[row] + 0.3 * noise());
            let point = DVector::from_fn(6, |row, _| common[row] + 0.3 * noise());
            let (gram, mixed) = (factor.transpose() * &factor, factor.transpose() * point);
            let weights = non_negative_minimum(&gram, &mixed).unwrap();
            assert!(is_minimum(&gram, &mixed, &weights), "{gram} {mixed} {weights}");
            // the direction that helps most by itself is not among them
            let alone = mixed.imax();
            given_back += u32::from(weights[alone] == 0.0);
        }
        assert!(given_back > 20, "{given_back}");
    }

    /// A ridge is as small as it can be.
    #[test]
    fn parents_that_are_mixtures_of_each_other_have_a_minimum() {
        let factor = DMatrix::from_row_slice(2, 3, &[1.0, 0.0, 0.5, 0.0, 1.0, 0.5]);
        let (gram, mixed) =
            (factor.transpose() * &factor, factor.transpose() * DVector::from([1.0, 3.0].to_vec()));
        let weights = minimum(&gram, &mixed).unwrap();
        assert!((&factor * weights - DVector::from([1.0, 3.0].to_vec())).amax() < 1e-9);
        let scaled = minimum(&(gram * 1e12), &(mixed * 1e12)).unwrap();
        assert!((&factor * scaled - DVector::from([1.0, 3.0].to_vec())).amax() < 1e-9);
    }

    proptest! {
        #[test]
        fn optimal(rows in 1..8_usize, cols in 1..8_usize, seed in prop::collection::vec(-1.0..1.0_f64, 72)) {
            let factor = DMatrix::from_fn(rows, cols, |row, col| seed[row * 8 + col]);
            let point = DVector::from_fn(rows, |row, _| seed[64 + row]);
            let (gram, mixed) = (factor.transpose() * &factor, factor.transpose() * point);
            let weights = non_negative_minimum(&gram, &mixed).expect("the matrix has a ridge");
            prop_assert!(is_minimum(&gram, &mixed, &weights), "{weights}");
        }
    }
}
