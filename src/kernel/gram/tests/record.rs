//! Records: how column sums become one, and how they add up.

use super::weights::Weights;
use super::{record, sums};
use crate::dtype::Dtype;
use crate::gram::{ColumnSums, GramRecord, distinct_pairs, pair, pairs};

#[test]
fn pairs_are_numbered_row_by_row() {
    for models in 1..=16 {
        let mut next = 0;
        for a in 0..models {
            for b in a..models {
                assert_eq!(pair(models, a, b), next);
                next += 1;
            }
        }
        assert_eq!(pairs(models), next);
        let distinct: Vec<_> = distinct_pairs(models).collect();
        assert_eq!(distinct.len(), next - models);
        assert!(distinct.is_sorted() && distinct.iter().all(|(a, b)| a < b && *b < models));
    }
}

#[test]
fn columns_are_added_from_left_to_right() {
    let weights = Weights::family(&[Dtype::F32; 3], 40, 77, 1);
    let sums = sums(&weights);
    let mut gram = vec![0.0; 6];
    for col in 0..77 {
        for (pair, gram) in gram.iter_mut().enumerate() {
            *gram += sums.of_pair(pair)[col];
        }
    }
    assert_eq!(GramRecord::of(&sums).gram, gram);
}

#[test]
fn records_of_stripes_add_up() {
    let weights = Weights::family(&[Dtype::F16, Dtype::F16, Dtype::BF16], 50, 100, 2);
    let mut left = record(&weights.columns(0..64));
    let right = record(&weights.columns(64..100));
    let whole = record(&weights);
    let gram: Vec<f64> = left.gram.iter().zip(&right.gram).map(|(l, r)| l + r).collect();
    let cosines: Vec<f64> =
        left.cosine_sums.iter().zip(&right.cosine_sums).map(|(l, r)| l + r).collect();
    left.add(&right);
    assert_eq!((left.columns, left.finite_columns), (100, 100));
    assert_eq!((&left.gram, &left.cosine_sums), (&gram, &cosines));
    for (got, want) in left.gram.iter().zip(&whole.gram) {
        assert!((got - want).abs() <= want.abs() * 1e-14);
    }
}

#[test]
fn counts_are_added_too() {
    let mut some = GramRecord {
        left_out_columns: vec![1, 2, 3],
        finite_columns: 4,
        columns: 9,
        ..GramRecord::zero(3)
    };
    some.add(&some.clone());
    assert_eq!(some.left_out_columns, [2, 4, 6]);
    assert_eq!((some.finite_columns, some.columns), (8, 18));
    let many = u64::MAX - 1;
    some.add(&GramRecord { columns: many, finite_columns: many, ..GramRecord::zero(3) });
    assert_eq!((some.finite_columns, some.columns), (u64::MAX, u64::MAX));
}

#[test]
#[should_panic(expected = "left == right")]
fn windows_of_different_width_do_not_add_up() {
    ColumnSums::zero(2, 3).add_below(&ColumnSums::zero(2, 4));
}
