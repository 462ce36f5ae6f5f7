//! A tensor of the family, the same in every file but for its dtype.

use safetensors::Dtype;

use crate::block::block_of;
use crate::field::Statistics;

/// A tensor as the manifest lists it, scaled.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub name: String,
    pub block: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub elements: u64,
    /// Product of the dimensions after the first; 1 for vectors and scalars.
    pub columns: usize,
    pub statistics: Statistics,
}

impl Tensor {
    pub fn new(name: String, dtype: Dtype, shape: Vec<u64>) -> Self {
        Self {
            block: block_of(&name),
            elements: shape.iter().product(),
            columns: shape.iter().skip(1).product::<u64>() as usize,
            statistics: Statistics::of(&name, dtype, &shape),
            name,
            dtype,
            shape,
        }
    }
}
