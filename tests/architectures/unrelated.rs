//! Models of one family that have nothing but the family in common score 0.

use weightkin::matching::Options;

use crate::kin::{File, compare, f32s, write};
use crate::{Listed, all, lists};

/// Largest dimension of the copies.
const LARGEST: u64 = 40;
/// Unrelated models may score so much, either way.
const MOST: f64 = 0.02;

/// Numbers between -1 and 1 that have nothing to do with those of any other seed (`SplitMix64`).
fn unrelated(seed: u64, count: usize) -> Vec<f32> {
    let mixed = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let start = mixed(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (1..=count as u64)
        .map(|at| mixed(start.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
        .map(|z| (z >> 40) as f32 / (1_u64 << 23) as f32 - 1.0)
        .collect()
}

/// The tensors of `listed`, shrunk, filled with what `seed` gives; tables of positions are the same
/// in all models of a family.
fn file(listed: &[Listed], seed: u64) -> File {
    let tensor = |(at, listed): (usize, &Listed)| {
        let shape: Vec<usize> =
            listed.shape.iter().map(|size| (*size).min(LARGEST) as usize).collect();
        let has = |part: &str| listed.name.contains(part);
        // one of the families learns positions besides
        let is_fixed = (has("pos_embed") && !has("extra_pos")) || has("positional_encoding");
        let seed = if is_fixed { 1 } else { seed };
        let values = unrelated(seed << 32 | at as u64, shape.iter().product());
        (listed.name.clone(), f32s(&shape, &values))
    };
    listed.iter().enumerate().map(tensor).collect()
}

#[test]
fn unrelated_models_of_every_family_score_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in all() {
        let lists = lists(&name);
        let listed = if lists.single.is_empty() { lists.diffusers } else { lists.single };
        let paths = [1, 2].map(|seed| {
            let path = folder.path().join(format!("{seed}.safetensors"));
            let bare: Vec<Listed> = listed
                .iter()
                .map(|l| Listed {
                    name: l.name.rsplit('/').next().unwrap().to_owned(),
                    ..l.clone()
                })
                .collect();
            write(&path, &file(&bare, seed));
            path
        });
        let report = compare(&paths, &Options::default());
        let cosine = report.pairs[0].figures.column_cosine.unwrap().abs();
        assert!(cosine <= MOST, "{name}: {cosine}");
    }
}
