//! Tensors for the tests of this module.

use super::{Place, PlannedTensor};
use crate::anatomy;
use crate::dtype::Dtype;
use crate::layout::Piece;

/// A tensor of `rows` × `cols` that each model has in one piece, in a file and from a byte.
pub fn tensor(rows: u64, cols: u64, places: &[(Dtype, usize, u64)]) -> PlannedTensor {
    let shape = vec![rows, cols];
    let place = |&(dtype, file, start): &(Dtype, usize, u64)| Place {
        dtype,
        pieces: vec![Piece { file, start, rows }],
        transposed: false,
        scale: None,
    };
    PlannedTensor {
        name: "w".to_owned(),
        place: anatomy::place("w", &shape),
        shape,
        rows,
        cols,
        integer: false,
        heights: None,
        places: places.iter().map(place).collect(),
    }
}
