//! Folders as they are: variants, leftovers, many models, parts with any name.

#[path = "../support/mod.rs"]
mod support;

mod accounted;
mod found;
mod named;

use std::fs;
use std::path::{Path, PathBuf};

use support::model::stored;
use weightkin::dtype::Dtype;

/// A file with one tensor of two numbers for each name.
pub fn weights(names: &[&str]) -> Vec<u8> {
    let tensors: Vec<_> =
        names.iter().map(|name| (*name, Dtype::F32, &[2][..], &[1.0, 2.0][..])).collect();
    stored(&tensors)
}

/// An index with tensors and their files.
pub fn index(map: &[(&str, &str)]) -> Vec<u8> {
    let weight_map: serde_json::Map<String, serde_json::Value> =
        map.iter().map(|(tensor, file)| ((*tensor).to_owned(), (*file).into())).collect();
    serde_json::json!({ "weight_map": weight_map }).to_string().into_bytes()
}

/// Writes files below `root`, folders included.
pub fn write(root: &Path, files: &[(&str, Vec<u8>)]) {
    for (file, content) in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// As [`write`]: files with a tensor of the name `w` each.
pub fn write_weights(root: &Path, files: &[&str]) -> PathBuf {
    let files: Vec<_> = files.iter().map(|file| (*file, weights(&["w"]))).collect();
    write(root, &files);
    root.to_owned()
}
