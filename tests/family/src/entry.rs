//! An entry of a file's header, and where its bytes come from.

use std::ops::Range;

use safetensors::Dtype;

use crate::encode::item_bytes;
use crate::patch::Patch;

/// A tensor as one file stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub content: Content,
}

/// Where an entry's bytes come from. `index` counts the family's tensors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// A run of a tensor's elements, in memory order. The entry has the dtype in which the file
    /// keeps that tensor.
    Elements { index: usize, range: Range<u64> },
    /// A whole tensor, changed.
    Patched { index: usize, patches: Vec<Patch> },
    /// These very bytes.
    Bytes(Vec<u8>),
}

impl Entry {
    /// A 0-dimensional tensor.
    pub fn scalar(name: &str, dtype: Dtype, bytes: &[u8]) -> Self {
        let content = Content::Bytes(bytes.to_vec());
        Self { name: name.to_owned(), dtype, shape: Vec::new(), content }
    }

    /// The size of the tensor.
    pub fn bytes(&self) -> u64 {
        self.shape.iter().product::<u64>() * item_bytes(self.dtype)
    }
}
