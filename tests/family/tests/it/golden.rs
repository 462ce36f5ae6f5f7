//! The golden figures belong to the families this generator makes.

use std::path::Path;

use serde::Deserialize;
use weightkin_family::{Family, GENERATOR_VERSION, Options};

use crate::support::{mean_column_cosine, read};

#[derive(Deserialize)]
struct Golden {
    generator: u32,
    family: Options,
    models: Vec<String>,
    pairs: Vec<Pair>,
    #[serde(default)]
    tensors: Vec<Tensor>,
}

#[derive(Deserialize)]
struct Pair {
    #[serde(rename = "pair")]
    name: String,
    truth_f64: f64,
    columns: usize,
}

#[derive(Deserialize)]
struct Tensor {
    name: String,
    columns: usize,
    truth_f64: Vec<f64>,
}

fn golden(file: &Path) -> Golden {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn figures_are_of_this_version_and_name_their_pairs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        count += 1;
        let golden = golden(&path);
        let models = &golden.models;
        assert_eq!(golden.generator, GENERATOR_VERSION, "{}", path.display());
        assert_eq!(golden.family.files, *models);
        let later = |i: usize| models[i + 1..].iter().map(move |b| format!("{}|{b}", models[i]));
        let pairs: Vec<String> = (0..models.len()).flat_map(later).collect();
        let named: Vec<&String> = golden.pairs.iter().map(|pair| &pair.name).collect();
        assert_eq!(named, pairs.iter().collect::<Vec<_>>());
        Family::from(golden.family).expected().unwrap();
    }
    assert_eq!(count, 13);
}

#[test]
fn figures_can_be_had_by_a_third_way() {
    let golden =
        golden(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden").join("qwen2.json"));
    let files = Family::from(golden.family).to_memory().unwrap();
    let files: Vec<_> = files.iter().map(|(_, bytes)| read(bytes)).collect();
    let models = 0..files.len();
    let pairs = models.flat_map(|a| (a + 1..files.len()).map(move |b| (a, b)));
    assert_eq!(golden.tensors.len(), files[0].len());
    for ((a, b), (place, pair)) in pairs.zip(golden.pairs.iter().enumerate()) {
        let (mut sum, mut columns) = (0.0, 0);
        for tensor in &golden.tensors {
            let [a, b] = [a, b].map(|file| &files[file][&tensor.name].2);
            let mean = mean_column_cosine(a, b, tensor.columns);
            assert!((mean - tensor.truth_f64[place]).abs() < 1e-12, "{} {mean}", tensor.name);
            sum += mean * tensor.columns as f64;
            columns += tensor.columns;
        }
        assert_eq!(columns, pair.columns);
        assert!((sum / columns as f64 - pair.truth_f64).abs() < 1e-12, "{}", pair.name);
    }
}
