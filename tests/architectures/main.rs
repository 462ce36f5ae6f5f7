//! Every architecture under its own name, and in every layout.
//!
//! `data/` holds names and true shapes of real checkpoints, of every row of blocks the first two, the
//! last and those that tell an architecture. A line that begins with `S` is a tensor of a single
//! file: name, dtype, shape. One that begins with `D` is a tensor of the same model as diffusers
//! saves it: name, dtype, shape, how it is made, and the rows of the tensors that it is made of. Those
//! were found by running the converters of diffusers 0.42.1 over tensors that hold their own
//! positions.

mod language;
mod meeting;
mod naming;
mod unrelated;

#[path = "../kin/mod.rs"]
mod kin;

use std::fs;
use std::path::Path;

use litemap::LiteMap;
use weightkin::dtype::Dtype;
use weightkin::format::safetensors::{Header, TensorInfo};
use weightkin::input::FullModel;
use weightkin::model::{FileFacts, Model};

/// Bytes in front of the first tensor of a file that is made up.
const HEADER_BYTES: u64 = 8;

/// A tensor of a checkpoint that is not there.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Number format.
    pub dtype: Dtype,
    /// Dimensions.
    pub shape: Vec<u64>,
    /// What a tensor of diffusers is made of: names, and rows where they are not all.
    pub parts: Vec<(String, Option<(u64, u64)>)>,
}

/// What one file of `data` lists.
pub struct Lists {
    /// Tensors of the single file.
    pub single: Vec<Listed>,
    /// Tensors of the diffusers model.
    pub diffusers: Vec<Listed>,
}

/// The lists of the file `name`.
pub fn lists(name: &str) -> Lists {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures/data");
    let text = fs::read_to_string(path.join(format!("{name}.txt")))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let (mut single, mut diffusers) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let shape = match words[3] {
            "-" => Vec::new(),
            dimensions => dimensions.split('x').map(|d| d.parse().unwrap()).collect(),
        };
        let parts =
            words.get(5).map_or_else(Vec::new, |parts| parts.split(',').map(part).collect());
        let name = words[1].to_owned();
        let listed = Listed { name, dtype: dtype(words[2]), shape, parts };
        match words[0] {
            "S" => single.push(listed),
            _ => diffusers.push(listed),
        }
    }
    Lists { single, diffusers }
}

fn part(text: &str) -> (String, Option<(u64, u64)>) {
    let (name, rows) = text.split_once(':').unwrap();
    let rows = rows.split_once('-').map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap()));
    (name.to_owned(), rows)
}

fn dtype(name: &str) -> Dtype {
    match name {
        "BF16" => Dtype::BF16,
        "F16" => Dtype::F16,
        "F32" => Dtype::F32,
        "I64" => Dtype::I64,
        other => panic!("{other}"),
    }
}

/// The model of `listed`, whose tensors lie one behind the other in one file. Names with a folder in
/// front are those of the parts of a diffusers model.
pub fn model(listed: &[Listed]) -> FullModel {
    let mut folders: Vec<&str> =
        listed.iter().map(|l| l.name.split_once('/').map_or("", |(folder, _)| folder)).collect();
    folders.sort_unstable();
    folders.dedup();
    let mut parts = Vec::new();
    for folder in folders {
        let mut start = HEADER_BYTES;
        let mut tensors = Vec::new();
        for listed in listed {
            let (of, name) = listed.name.split_once('/').unwrap_or(("", &listed.name));
            if of != folder {
                continue;
            }
            let bytes = listed.shape.iter().product::<u64>() * listed.dtype.bitsize() as u64 / 8;
            let (dtype, shape) = (listed.dtype, listed.shape.clone());
            tensors.push((
                name.to_owned(),
                TensorInfo { dtype, blocks: None, shape, start, end: start + bytes },
            ));
            start += bytes;
        }
        let name = if folder.is_empty() {
            "model.safetensors".to_owned()
        } else {
            format!("{folder}/diffusion_pytorch_model.safetensors")
        };
        let header =
            Header { tensors: tensors.into_iter().collect(), metadata: LiteMap::default() };
        parts.push((FileFacts { name, bytes: start }, header));
    }
    FullModel::new(Model::assemble("model".to_owned(), parts, &[]).unwrap())
}

/// Names of all files of `data`.
pub fn all() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures/data");
    let stem = |entry: std::io::Result<fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().trim_end_matches(".txt").to_owned()
    };
    let mut names: Vec<String> = fs::read_dir(path).unwrap().map(stem).collect();
    names.sort();
    assert!(names.len() > 40, "{names:?}");
    names
}
