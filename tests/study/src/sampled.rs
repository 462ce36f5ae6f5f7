//! Fingerprints of models whose weights are made as they are asked for.

use weightkin::dtype::Dtype;
use weightkin::fingerprint::{Fingerprint, SourceFacts};
use weightkin::sample::{Density, Pick, Sample, SampledTensor};

/// What a fingerprint keeps of the tensor `name`; `element` gives the bytes of an element by its
/// position.
pub fn sampled<const BYTES: usize>(
    name: &str,
    shape: &[u64],
    dtype: Dtype,
    density: Density,
    element: impl Fn(u64) -> [u8; BYTES],
) -> SampledTensor {
    let pick = Pick::new(name, shape, density);
    let rows = pick.runs.iter().flat_map(|run| run.rows());
    let picked = rows.flat_map(|row| pick.cols.iter().map(move |col| row * pick.all_cols + col));
    let bytes: Vec<u8> = picked.flat_map(element).collect();
    SampledTensor { name: name.to_owned(), shape: shape.to_vec(), dtype, bytes: bytes.into() }
}

/// The fingerprint of a model that is made of `tensors`.
pub fn fingerprint(name: &str, density: Density, tensors: Vec<SampledTensor>) -> Fingerprint {
    let source = SourceFacts {
        name: name.to_owned(),
        files: Vec::new(),
        tensors: tensors.len() as u64,
        parameters: 0,
        dtypes: Vec::new(),
        tensor_list: "0".repeat(16),
        sha256: None,
        title: Some(format!("The {name}")),
    };
    Fingerprint { source, sample: Sample { density, tensors } }
}
