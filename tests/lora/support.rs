//! Adapters and models on disk, made from lists of tensors.

use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use weightkin::dtype::Dtype;
use weightkin::lora::Adapter;
use weightkin::native;

/// A tensor of `F32`.
pub type Entry = (String, Vec<usize>, Vec<f32>);

pub fn entry(name: &str, shape: &[usize], values: Vec<f32>) -> Entry {
    assert_eq!(shape.iter().product::<usize>(), values.len());
    (name.to_owned(), shape.to_vec(), values)
}

/// Numbers between −1 and 1 that look random.
pub fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Writes `entries` to `name` in `folder`.
pub fn write(folder: &Path, name: &str, entries: &[Entry]) -> PathBuf {
    let bytes: Vec<Vec<u8>> = entries
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = entries.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    let path = folder.join(name);
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

/// The adapter of `entries`.
pub fn open(entries: &[Entry]) -> Result<Adapter, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "adapter.safetensors", entries);
    native::open_adapter(&path)
        .map(|opened| Adapter::clone(&opened.adapter))
        .map_err(|error| error.to_string())
}

/// A committed file of this folder.
pub fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lora").join(name)
}
