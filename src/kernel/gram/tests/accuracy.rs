//! The kernel against sums in `f64`.

use proptest::prelude::*;

use super::weights::{DTYPES, Weights, any_weights};
use super::{record, sums};
use crate::dtype::Dtype;
use crate::gram::{distinct_pairs, pair};

/// Relative to `Σ|a·b|`, what a block sum can be wrong by: each of at most 32 products is rounded
/// once itself and at most 31 times in sums, each time by 2⁻²⁴. Sums over blocks add next to
/// nothing to that.
const BLOCK_ERROR: f64 = 33.0 / 16_777_216.0;

/// A column cosine can be wrong by that once for the product, and once more for the two norms.
const COSINE_ERROR: f64 = 2.0 * BLOCK_ERROR;

fn dot(weights: &Weights, a: usize, b: usize, col: usize) -> f64 {
    let products = weights.values(a, col).zip(weights.values(b, col));
    products.map(|(x, y)| f64::from(x) * f64::from(y)).sum()
}

/// The cosine of two columns as the original script has it, every element divided on its own, in
/// `f64`. `None` where it is NaN.
fn cosine(weights: &Weights, a: usize, b: usize, col: usize) -> Option<f64> {
    let unit = |model: usize| -> Vec<f64> {
        let norm = dot(weights, model, model, col).sqrt();
        let divisor = if norm.is_nan() { norm } else { norm.max(1e-12) };
        weights.values(model, col).map(|x| f64::from(x) / divisor).collect()
    };
    let norm = |unit: &[f64]| unit.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (a, b) = (unit(a), unit(b));
    let product: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    let cosine = product / (norm(&a).max(1e-8) * norm(&b).max(1e-8));
    (!cosine.is_nan()).then_some(cosine)
}

fn is_finite(weights: &Weights, model: usize, col: usize) -> bool {
    weights.values(model, col).all(f32::is_finite)
}

proptest! {
    #[test]
    fn every_column_sum_is_within_the_error_of_one_block(weights in any_weights()) {
        let sums = sums(&weights);
        for a in 0..weights.models() {
            for b in a..weights.models() {
                for col in 0..weights.cols() {
                    let got = sums.of_pair(pair(weights.models(), a, b))[col];
                    let want = dot(&weights, a, b, col);
                    if !(is_finite(&weights, a, col) && is_finite(&weights, b, col)) {
                        prop_assert!(!got.is_finite() || a != b);
                        continue;
                    }
                    let size: f64 = weights
                        .values(a, col)
                        .zip(weights.values(b, col))
                        .map(|(x, y)| (f64::from(x) * f64::from(y)).abs())
                        .sum();
                    // products below the subnormals of f32 vanish only beside safe squares
                    let floor = weights.rows() as f64 * 2_f64.powi(-149);
                    prop_assert!(
                        (got - want).abs() <= size * BLOCK_ERROR + floor,
                        "{} is not {} ({}, {}, column {})", got, want, a, b, col
                    );
                }
            }
        }
    }

    #[test]
    fn the_mean_column_cosine_is_that_of_the_script(weights in any_weights()) {
        let record = record(&weights);
        for (distinct, (a, b)) in distinct_pairs(weights.models()).enumerate() {
            let cosines: Vec<f64> =
                (0..weights.cols()).filter_map(|col| cosine(&weights, a, b, col)).collect();
            let left_out = weights.cols() - cosines.len();
            prop_assert_eq!(record.left_out_columns[distinct], left_out as u64);
            let error = (record.cosine_sums[distinct] - cosines.iter().sum::<f64>()).abs();
            prop_assert!(error <= cosines.len() as f64 * COSINE_ERROR, "off by {}", error);
        }
    }
}

/// On weights like those of a model the errors average out, up to a bias of at most 3.5e-8: the
/// last bits of squares of short numbers are not evenly spread, so sums of squares are rounded
/// down more often than up. The demand on the mean is 1e-6.
#[test]
fn ordinary_weights_are_far_inside_the_demand() {
    let shapes = [(1280, 64), (320, 200), (77, 130), (32, 300), (31, 300), (2, 400), (2816, 8)];
    for (seed, (rows, cols)) in (0..).zip(shapes) {
        let dtypes = &DTYPES[..4];
        let weights = Weights::family(dtypes, rows, cols, seed);
        let record = record(&weights);
        for (distinct, (a, b)) in distinct_pairs(dtypes.len()).enumerate() {
            let want: f64 = (0..cols).filter_map(|col| cosine(&weights, a, b, col)).sum();
            let error = (record.cosine_sums[distinct] - want).abs() / cols as f64;
            assert!(error <= 5e-8, "{rows} × {cols}: {error:e}");
        }
    }
}

/// All products positive, as in the weights of norms: the hardest case for sums in `f32`.
#[test]
fn weights_around_one_are_inside_the_demand() {
    let weights = Weights::family(&[Dtype::F32; 2], 1280, 20, 9);
    let around_one = |model| {
        let columns = (0..20).map(|col| weights.values(model, col).collect::<Vec<_>>());
        let columns: Vec<Vec<f32>> = columns.collect();
        (0..1280)
            .flat_map(|row| columns.iter().map(move |c| 1.0 + c[row]).collect::<Vec<_>>())
            .collect()
    };
    let weights = Weights::f32(1280, 20, vec![around_one(0), around_one(1)]);
    let want: f64 = (0..20).filter_map(|col| cosine(&weights, 0, 1, col)).sum();
    let error = (record(&weights).cosine_sums[0] - want).abs() / 20.0;
    assert!(error <= 1e-7, "{error:e}");
}

#[test]
fn gram_sums_are_those_of_whole_tensors() {
    let weights = Weights::family(&[Dtype::F16, Dtype::BF16, Dtype::F32], 200, 90, 10);
    let record = record(&weights);
    for a in 0..3 {
        for b in a..3 {
            let want: f64 = (0..90).map(|col| dot(&weights, a, b, col)).sum();
            let got = record.gram[pair(3, a, b)];
            assert!((got - want).abs() <= want.abs() * 1e-7, "{got} is not {want}");
        }
    }
    assert_eq!((record.columns, record.finite_columns), (90, 90));
}
