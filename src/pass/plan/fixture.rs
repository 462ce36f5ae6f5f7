//! Tensors for the tests of this module.

use super::PlannedTensor;
use crate::architecture::classify;
use crate::dtype::Dtype;
use crate::tensor::TensorSource;

/// A tensor of `rows` × `cols` that each model has in one piece, in a file and from a byte.
pub fn tensor(rows: u64, cols: u64, places: &[(Dtype, usize, u64)]) -> PlannedTensor {
    let shape = vec![rows, cols];
    let source = |&(dtype, file, start): &(Dtype, usize, u64)| {
        TensorSource::plain(dtype, shape.clone(), file, start)
    };
    PlannedTensor {
        name: "w".to_owned(),
        role: classify("w", &shape),
        sources: places.iter().map(source).collect(),
        shape: shape.clone(),
        rows,
        cols,
        integer: false,
        heights: None,
        changes: Vec::new(),
        aligned: None,
    }
}
