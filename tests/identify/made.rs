//! Small fingerprints made in memory.

use weightkin::dtype::Dtype;
use weightkin::fingerprint::Fingerprint;
use weightkin::identify::{Index, Indexed};
use weightkin::sample::Density;
use weightkin_study::sampled;

/// A tensor's name and dimensions.
pub type Shape = (&'static str, &'static [u64]);

/// Some matrices, a convolution, vectors.
pub const TENSORS: [Shape; 6] = [
    ("layers.0.attn.weight", &[96, 200]),
    ("layers.0.bias", &[96]),
    ("layers.0.conv.weight", &[64, 40, 3, 3]),
    ("layers.1.attn.weight", &[96, 200]),
    ("layers.1.embedding.weight", &[3000, 48]),
    ("layers.1.out.weight", &[640, 96]),
];

/// A number between -1 and 1 that looks random.
pub fn noise(seed: u64, index: u64) -> f32 {
    let mut x =
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ index.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    for _ in 0..2 {
        x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    }
    (x >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

/// The fingerprint of a model whose weight at `(tensor, element)` is what `weight` says.
pub fn fingerprint(
    name: &str,
    tensors: &[Shape],
    density: Density,
    weight: impl Fn(&str, u64) -> f32,
) -> Fingerprint {
    let keep = |(tensor, shape): &Shape| {
        let element = |at| weight(tensor, at).to_le_bytes();
        sampled(tensor, shape, Dtype::F32, density, element)
    };
    weightkin_study::fingerprint(name, density, tensors.iter().map(keep).collect())
}

/// A model that is `share` of one in common with all others, and for the rest its own.
pub fn relative(seed: u64, share: f32) -> Fingerprint {
    fingerprint(&format!("model {seed}"), &TENSORS, Density::DEFAULT, |name, element| {
        let common = noise(name.len() as u64, element);
        share * common + (1.0 - share) * noise(1000 + seed, element ^ (name.len() as u64) << 40)
    })
}

/// An index of some fingerprints, and their files.
pub fn index(fingerprints: &[Fingerprint]) -> (Index, Vec<Vec<u8>>) {
    let mut index = Index::default();
    let files: Vec<Vec<u8>> = fingerprints.iter().map(Fingerprint::to_bytes).collect();
    for (fingerprint, bytes) in fingerprints.iter().zip(&files) {
        let file = format!("{}.kin.safetensors", fingerprint.source.name);
        index.push(Indexed::new(file, bytes, fingerprint));
    }
    (index, files)
}
