//! Columns that are not ordinary: not finite, zero, huge, tiny, equal, a single row, no row.

use super::weights::{Noise, Weights};
use super::{bits, record, sums, sums_at_all_levels};
use crate::dtype::Dtype;
use crate::gram::{ColumnSums, GramRecord};

fn normals(len: usize, seed: u64) -> Vec<f32> {
    let mut noise = Noise(seed);
    (0..len).map(|_| noise.normal()).collect()
}

fn scaled(values: &[f32], factor: f64) -> Vec<f32> {
    values.iter().map(|x| (f64::from(*x) * factor) as f32).collect()
}

/// The column cosine of two columns of their own.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let record = record(&Weights::column(vec![a.to_vec(), b.to_vec()]));
    assert_eq!((record.columns, record.left_out_columns[0]), (1, 0));
    record.cosine_sums[0]
}

/// The same in `f64`, without clamps.
fn plain_cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt())
}

#[test]
fn a_column_that_is_not_finite_is_left_out_of_its_pairs_only() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for row in [0, 31, 32, 69] {
            for col in [0, 5, 63, 64, 79] {
                let models: Vec<Vec<f32>> = (0..3).map(|seed| normals(70 * 80, seed)).collect();
                let clean = Weights::f32(70, 80, models.clone());
                let mut dirty = models;
                dirty[1][row * 80 + col] = bad;
                let dirty = Weights::f32(70, 80, dirty);

                let (got, want) = (record(&dirty), record(&clean));
                assert_eq!(got.left_out_columns, [1, 0, 1]);
                assert_eq!((got.finite_columns, got.columns), (79, 80));
                // the pair without the bad model: that column is now summed in f64
                assert!((got.cosine_sums[1] - want.cosine_sums[1]).abs() < 1e-6);
                let without = record(&dirty.columns(0..col)).cosine_sums[0]
                    + record(&dirty.columns(col + 1..80)).cosine_sums[0];
                assert!((got.cosine_sums[0] - without).abs() < 1e-12);
                // the Gram matrix spans one set of columns for all pairs
                let mut gram = record(&clean.columns(0..col)).gram;
                for (sum, rest) in gram.iter_mut().zip(record(&clean.columns(col + 1..80)).gram) {
                    *sum += rest;
                }
                for (got, want) in got.gram.iter().zip(gram) {
                    assert!((got - want).abs() <= want.abs() * 1e-12 + 1e-12);
                }
            }
        }
    }
}

#[test]
fn infinities_of_both_signs_do_not_cancel() {
    let mut a = normals(64, 1);
    (a[3], a[40]) = (f32::INFINITY, f32::NEG_INFINITY);
    let b = vec![0.0; 64];
    let got = record(&Weights::column(vec![a, b.clone(), b]));
    assert_eq!(got.left_out_columns, [1, 1, 0]);
    assert_eq!(got.gram, [0.0; 6]);
}

#[test]
fn a_zero_column_scores_zero_and_counts() {
    let (a, zero) = (normals(64, 1), vec![0.0; 64]);
    let minus_zero = vec![-0.0; 64];
    let tiny_partner = scaled(&a, 1e-40);
    for (x, y) in [
        (&a, &zero),
        (&zero, &a),
        (&zero, &zero),
        (&a, &minus_zero),
        (&zero, &minus_zero),
        (&zero, &tiny_partner),
    ] {
        assert_eq!(cosine(x, y).to_bits() << 1, 0, "neither NaN nor anything but 0");
    }
}

#[test]
fn equal_columns_score_exactly_one() {
    for rows in [1, 2, 31, 32, 33, 64, 100, 1000] {
        for (seed, factor) in [(1, 1.0), (2, 1e-3), (3, 1e25), (4, 1e-10), (5, 3e-5), (6, 1e-20)] {
            let a = scaled(&normals(rows, seed), factor);
            // below a norm of 1e-12 the script's clamps are in the way of an exact 1
            let want: fn(f64) -> bool =
                if factor > 1e-12 { |c| c == 1.0 } else { |c| (c - 1.0).abs() < 1e-12 };
            assert!(want(cosine(&a, &a)), "{rows} rows times {factor:e}: {}", cosine(&a, &a));
        }
    }
}

#[test]
fn multiples_score_exactly_plus_or_minus_one() {
    let a = normals(100, 7);
    assert_eq!(cosine(&a, &scaled(&a, -1.0)), -1.0);
    assert_eq!(cosine(&a, &scaled(&a, 0.5)), 1.0);
    assert_eq!(cosine(&a, &scaled(&a, -8.0)), -1.0);
    assert!((cosine(&a, &scaled(&a, 3.0)) - 1.0).abs() < 1e-6);
}

#[test]
fn a_single_row_scores_exactly_plus_or_minus_one() {
    let mut noise = Noise(11);
    for _ in 0..2000 {
        let (x, y) = (noise.normal(), noise.normal());
        let scale = 10_f64.powi((noise.bits() % 40) as i32 - 10);
        let (x, y) = (x, (f64::from(y) * scale) as f32);
        if x == 0.0 || y == 0.0 {
            continue;
        }
        let sign = if (x > 0.0) == (y > 0.0) { 1.0 } else { -1.0 };
        assert_eq!(cosine(&[x], &[y]), sign, "{x:e} and {y:e}");
    }
    for largest in [f32::MAX, f32::MIN] {
        assert_eq!(cosine(&[largest], &[largest]), 1.0);
        assert_eq!(cosine(&[largest], &[-largest]), -1.0);
    }
}

#[test]
fn huge_and_small_columns_are_as_exact_as_others() {
    let (a, b) = (normals(200, 21), normals(200, 22));
    let b: Vec<f32> = a.iter().zip(b).map(|(x, y)| x + y * 0.3).collect();
    // norms from the top of f32 down to just above the clamp
    for factor in [1e37, 1e25, 1e19, 1e15, 1.0, 1e-5, 1e-10, 1e-12] {
        for partner in [1e37, 1e25, 1.0, 1e-12] {
            let (x, y) = (scaled(&a, factor), scaled(&b, partner));
            let (got, want) = (cosine(&x, &y), plain_cosine(&x, &y));
            assert!((got - want).abs() < 1e-6, "{factor:e} × {partner:e}: {got} is not {want}");
        }
    }
}

/// Below a norm of 1e-12 the script divides by 1e-12 instead, which leaves a vector that is
/// shorter than 1; only below 1e-8 of that is the second division clamped too.
#[test]
fn the_clamps_of_the_original_script() {
    let b = normals(64, 31);
    for (factor, shrunk) in
        [(1e-13, false), (1e-18, false), (1e-20, false), (1e-25, true), (1e-40, true)]
    {
        let a = scaled(&b.iter().map(|x| x + 0.1).collect::<Vec<_>>(), factor);
        let norm = a.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        assert_eq!(norm / 1e-12 < 1e-8, shrunk);
        let shrink = if shrunk { norm / 1e-12 / 1e-8 } else { 1.0 };
        let (got, want) = (cosine(&a, &b), plain_cosine(&a, &b) * shrink);
        assert!((got - want).abs() <= want.abs() * 1e-6, "{factor:e}: {got:e} is not {want:e}");
    }
    // both clamped
    let tiny = scaled(&b, 1e-25);
    let norm = tiny.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let (got, want) = (cosine(&tiny, &tiny), (norm / 1e-12 / 1e-8).powi(2));
    assert!((got - want).abs() <= want * 1e-6, "{got:e} is not {want:e}");
}

#[test]
fn the_smallest_subnormal_is_seen() {
    let smallest = f32::from_bits(1);
    let got = sums(&Weights::column(vec![vec![smallest; 40], vec![1.0; 40]]));
    let smallest = f64::from(smallest);
    assert_eq!(got.of_pair(0), [40.0 * smallest * smallest]);
    assert_eq!(got.of_pair(1), [40.0 * smallest]);
}

#[test]
fn odd_columns_do_not_disturb_their_neighbours() {
    let (rows, cols) = (48, 100);
    let models: Vec<Vec<f32>> = (0..4).map(|seed| normals(rows * cols, seed)).collect();
    let clean = sums(&Weights::f32(rows, cols, models.clone()));
    let mut odd = models;
    for (col, value) in [(2, f32::NAN), (9, 0.0), (17, 1e30), (64, 1e-30), (99, f32::INFINITY)] {
        for row in 0..rows {
            odd[2][row * cols + col] = value;
        }
    }
    for got in sums_at_all_levels(&Weights::f32(rows, cols, odd)) {
        for pair in 0..10 {
            for col in (0..cols).filter(|col| ![2, 9, 17, 64, 99].contains(col)) {
                let (got, want) = (got.of_pair(pair)[col], clean.of_pair(pair)[col]);
                assert_eq!(got.to_bits(), want.to_bits());
            }
        }
    }
}

#[test]
fn no_rows_are_zero_columns() {
    for models in [1, 2, 5] {
        let got = record(&Weights::f32(0, 8, vec![Vec::new(); models]));
        let zero = GramRecord::zero(models);
        let zero_in_both = zero.zero_in_both.iter().map(|_| 8).collect();
        assert_eq!(got, GramRecord { columns: 8, finite_columns: 8, zero_in_both, ..zero });
    }
}

#[test]
fn no_columns_are_nothing() {
    for rows in [0, 1, 40] {
        let got = record(&Weights::f32(rows, 0, vec![Vec::new(); 3]));
        assert_eq!(got, GramRecord::zero(3));
    }
}

#[test]
fn one_model_has_no_pairs() {
    let got = record(&Weights::f32(40, 3, vec![normals(120, 1)]));
    assert_eq!((got.gram.len(), got.cosine_sums.len(), got.left_out_columns.len()), (1, 0, 0));
    let squares: f64 = normals(120, 1).iter().map(|x| f64::from(x * x)).sum();
    assert!((got.gram[0] - squares).abs() < squares * 1e-6);
}

#[test]
#[should_panic(expected = "left == right")]
fn a_tile_of_the_wrong_size_is_refused() {
    let weights = Weights::f32(4, 4, vec![vec![0.0; 16]; 2]);
    let mut accumulator = crate::gram::Accumulator::new(2);
    accumulator.add(&weights.tiles(0..3), 4, &mut ColumnSums::zero(2, 4));
}

#[test]
fn nothing_added_is_nothing() {
    let weights = Weights::f32(4, 4, vec![normals(16, 1), normals(16, 2)]);
    let mut got = sums(&weights);
    let before = bits(&got);
    crate::gram::Accumulator::new(2).add(&weights.tiles(0..0), 0, &mut got);
    assert_eq!(bits(&got), before);
}

/// Widened by multiplication, an infinity of F16 is the number 2¹⁶, whose square is the first that
/// no finite numbers of such a column could make.
#[test]
fn a_lone_infinity_of_f16_shows() {
    let a: Vec<f32> = (0..64 * 8)
        .map(|at| match (at / 8, at % 8) {
            (5, 2) => f32::INFINITY,
            (_, 2) => 0.0,
            _ => 1.0 + (at % 7) as f32,
        })
        .collect();
    let weights = Weights::new(64, 8, vec![(Dtype::F16, a), (Dtype::F16, normals(64 * 8, 3))]);
    for sums in sums_at_all_levels(&weights) {
        let record = GramRecord::of(&sums);
        assert_eq!((record.left_out_columns[0], record.finite_columns), (1, 7));
    }
}
