//! The same options give the same bytes, on every machine, in memory and on disk.

use std::collections::HashMap;

use crate::support::{read, small};
use safetensors::tensor::TensorView;
use weightkin_family::{CORE, DTYPES, EDGES, Edge, Family, GENERATOR_VERSION, Manifest};

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// When this fails, other machines give other bytes, or the generator changed: then raise its
/// version and make the golden figures anew.
#[test]
fn bytes_are_pinned() {
    let files = small().files(CORE).files(DTYPES).files(EDGES).to_memory().unwrap();
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| fnv1a(bytes).to_le_bytes()).collect();
    assert_eq!((GENERATOR_VERSION, fnv1a(&all)), (1, 11_254_923_812_046_711_671));
}

#[test]
fn seeds_part_families_and_files_do_not_touch_each_other() {
    let alone = small().files(&["mix_wai"]).to_memory().unwrap();
    let together = small().files(&["pony", "mix_wai", "edge_nan"]).to_memory().unwrap();
    assert_eq!(alone[0], together[1]);
    let other = small().seed(1).files(&["mix_wai"]).to_memory().unwrap();
    assert_ne!(alone[0], other[0]);
}

#[test]
fn a_plain_file_is_what_the_library_would_write() {
    let family = Family::new(Manifest::Sdxl).scale(64).files(&["mix_wai", "dt_mixed"]);
    for (path, bytes) in family.to_memory().unwrap() {
        let parsed = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors: Vec<(String, TensorView)> = parsed.tensors();
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let rewritten = safetensors::serialize(tensors, Some(metadata)).unwrap();
        assert_eq!(bytes.len(), rewritten.len(), "{path}");
        assert!(bytes == rewritten, "{path}");
    }
}

#[test]
fn every_recipe_gives_a_valid_file_of_the_announced_size() {
    for manifest in [Manifest::Sdxl, Manifest::Sd15, Manifest::Qwen2] {
        let family = Family::new(manifest).scale(256).files(CORE).files(DTYPES).files(EDGES);
        let expected = family.expected().unwrap();
        for ((path, bytes), file) in family.to_memory().unwrap().iter().zip(&expected.files) {
            assert_eq!((path, bytes.len() as u64), (&file.parts[0].path, file.bytes()));
            assert_eq!(read(bytes).len(), file.tensors(), "{path}");
        }
    }
}

#[test]
fn a_shuffled_file_holds_the_same_tensors_in_another_order() {
    let family = small().files(&["mix_5050", "edge_reorder"]);
    let files = family.to_memory().unwrap();
    assert_eq!(read(&files[0].1), read(&files[1].1));
    let offsets = |bytes: &[u8]| {
        let (_, header) = safetensors::SafeTensors::read_metadata(bytes).unwrap();
        header.offset_keys()
    };
    assert_ne!(offsets(&files[0].1), offsets(&files[1].1));
}

#[test]
fn shards_hold_the_model() {
    let whole = small().files(&["base_a"]).to_memory().unwrap();
    let sharded = small().files(&["base_a"]).file_edges("base_a", &[Edge::Reorder]).shards(3);
    let files = sharded.to_memory().unwrap();
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let shard = |i| format!("base_a/model-0000{i}-of-00003.safetensors");
    assert_eq!(paths[..3], [shard(1), shard(2), shard(3)]);
    assert_eq!(paths[3..], ["base_a/model.safetensors.index.json"]);
    let mut joined = std::collections::BTreeMap::new();
    let index: serde_json::Value = serde_json::from_slice(&files[3].1).unwrap();
    for (path, bytes) in &files[..3] {
        for (name, tensor) in read(bytes) {
            assert_eq!(format!("base_a/{}", index["weight_map"][&name].as_str().unwrap()), *path);
            joined.insert(name, tensor);
        }
    }
    assert_eq!(joined, read(&whole[0].1));
    let expected = sharded.expected().unwrap();
    assert_eq!(expected.files[0].index.as_deref(), Some(paths[3]));
    assert_eq!(expected.files[0].parts.len(), 3);
}
