//! Pairs for the tests of this module.

use super::{Figures, Pair, ZeroColumns};

/// A pair of which nothing is known but its column cosine.
pub fn pair(a: usize, b: usize, column_cosine: Option<f64>) -> Pair {
    let figures = Figures {
        column_cosine,
        columns: 1,
        left_out_columns: 0,
        zero_columns: ZeroColumns::default(),
        nonzero_column_cosine: None,
        flat_cosine: None,
        relative_distance: None,
    };
    Pair {
        a,
        b,
        figures,
        identical_tensors: 0,
        verdict: None,
        withheld: None,
        ancestor_cosine: None,
        intervals: None,
    }
}
