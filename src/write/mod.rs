//! Files that are written: the header of a `.safetensors` file.

mod header;

pub use header::{NewTensor, header, header_with_metadata, sort_tensors};
