//! Layers that moved: cut, stacked, in another order; and unrelated models, of which nothing is said.

use std::path::{Path, PathBuf};
use std::process::Command;

use weightkin::layers::LayerMap;
use weightkin::native::{self, Opened};
use weightkin::report::Report;

use crate::kin::{File, f32s, noise, write};

const WIDTH: usize = 64;
const ROWS: usize = 96;

/// A layer of its own for each `seed`.
fn layer(seed: u64) -> Vec<(&'static str, Vec<f32>)> {
    ["q_proj", "k_proj", "v_proj", "o_proj"]
        .into_iter()
        .zip(0..)
        .map(|(kind, at)| (kind, noise(seed * 8 + at, WIDTH * WIDTH)))
        .collect()
}

/// `values` moved as far as `share` says, differently for each `seed`.
fn tuned(values: &[f32], seed: u64, share: f32) -> Vec<f32> {
    values.iter().zip(noise(seed, values.len())).map(|(a, b)| a + share * b).collect()
}

/// A model of the layers of `seeds`, tuned by `share`.
fn saved(folder: &Path, name: &str, seeds: &[u64], share: f32) -> PathBuf {
    let mut file = File::new();
    for (number, seed) in seeds.iter().enumerate() {
        for (kind, values) in layer(*seed) {
            let values = tuned(&values, 1000 + number as u64, share);
            let name = format!("model.layers.{number}.self_attn.{kind}.weight");
            file.insert(name, f32s(&[WIDTH, WIDTH], &values));
        }
    }
    let embedding = noise(7, ROWS * WIDTH);
    file.insert("model.embed_tokens.weight".to_owned(), f32s(&[ROWS, WIDTH], &embedding));
    let path = folder.join(format!("{name}.safetensors"));
    write(&path, &file);
    path
}

fn maps(a: &Path, b: &Path) -> Vec<LayerMap> {
    let models: Vec<Opened> = [a, b].map(|path| native::open(path).unwrap()).into();
    native::find_layers(&models, true).unwrap()
}

/// Where each layer of the child came from.
fn from(map: &LayerMap) -> Vec<u32> {
    assert!(map.layers.iter().zip(0..).all(|(moved, layer)| moved.layer == layer));
    map.layers.iter().map(|moved| moved.from).collect()
}

const BASE: [u64; 8] = [10, 11, 12, 13, 14, 15, 16, 17];

#[test]
fn cut_stacked_and_reversed_models_are_mapped_without_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let base = saved(folder.path(), "base", &BASE, 0.0);
    let stacked: Vec<u64> = BASE[..6].iter().chain(&BASE[2..]).copied().collect();
    let cut: Vec<u64> = BASE[..3].iter().chain(&BASE[5..]).copied().collect();
    let reversed: Vec<u64> = BASE.iter().rev().copied().collect();
    for share in [0.0, 0.3] {
        for (name, seeds) in [("stacked", &stacked), ("cut", &cut), ("reversed", &reversed)] {
            let child = saved(folder.path(), name, seeds, share);
            let found = maps(&base, &child);
            let [map] = found.as_slice() else { panic!("{name}: {found:?}") };
            let expected: Vec<u32> = seeds.iter().map(|seed| (*seed - 10) as u32).collect();
            assert_eq!((map.parent, map.child, map.unknown), (0, 1, 0), "{name}");
            assert_eq!(from(map), expected, "{name}");
            for moved in &map.layers {
                assert!(moved.cosine > 0.9, "{name}: {moved:?}");
                assert!(moved.runner_up.unwrap().abs() < 0.2, "{name}: {moved:?}");
            }
        }
    }
    // a stack is a child whichever is named first
    let stack = saved(folder.path(), "stack", &stacked, 0.1);
    let found = maps(&stack, &base);
    assert_eq!((found[0].parent, found[0].child), (1, 0));
}

#[test]
fn nothing_is_said_of_unrelated_models_nor_of_layers_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let base = saved(folder.path(), "base", &BASE, 0.0);
    for pair in 0..50 {
        let seeds: Vec<u64> = (0..6).map(|layer| 100 + pair * 6 + layer).collect();
        let other = saved(folder.path(), "other", &seeds, 0.0);
        assert_eq!(maps(&base, &other), [], "{pair}");
    }
    let tune = saved(folder.path(), "tune", &BASE, 0.3);
    assert_eq!(maps(&base, &tune), []);
    // each layer of the child may be either of two
    let twice = saved(folder.path(), "twice", &[10, 10, 11, 11], 0.0);
    let both = saved(folder.path(), "both", &[10, 10, 11, 11, 12, 12], 0.0);
    assert_eq!(maps(&twice, &both), []);
}

fn report(paths: &[&Path], options: &[&str]) -> (Report, String) {
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weightkin"));
        let output = command.arg("compare").args(paths).args(options).args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    (Report::from_json(&run(&["--json", "-"])).unwrap(), run(&[]))
}

#[test]
fn the_command_says_which_layers_moved_and_compares_along_them() {
    let folder = tempfile::tempdir().unwrap();
    let base = saved(folder.path(), "base", &BASE, 0.0);
    let seeds: Vec<u64> = BASE[..6].iter().chain(&BASE[2..]).copied().collect();
    let stack = saved(folder.path(), "stack", &seeds, 0.0);
    let (plain, text) = report(&[&base, &stack], &[]);
    let words = "stack: layers 0–5 are base's 0–5, 6–11 its 2–7";
    assert!(text.contains(&format!("{words}.")), "{text}");
    assert!(plain.pairs[0].figures.column_cosine.unwrap() < 0.9);
    assert_eq!(plain.compared.tensors, 8 * 4 + 1);

    let (along, text) = report(&[&base, &stack], &["--align", "layers"]);
    assert!(text.contains(&format!("{words}; compared along this map.")), "{text}");
    let figures = &along.pairs[0].figures;
    assert!((figures.column_cosine.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(along.compared.tensors, 12 * 4 + 1);
    assert_eq!(along.pairs[0].identical_tensors, 12 * 4 + 1);
    assert!(along.compared.layers[0].followed);
    // every parameter once, although a layer is compared with several
    let account = along.models[0].account.as_ref().unwrap();
    assert_eq!(account.compared, along.models[0].parameters);
    assert_eq!(along.models[0].share, Some(1.0));
    assert_eq!(Report::from_json(&along.to_json()).unwrap(), along);

    // layers that the child has none of are missing from it
    let cut = saved(folder.path(), "cut", &[10, 11, 12, 15, 16, 17], 0.0);
    let (along, _) = report(&[&base, &cut], &["--align", "layers"]);
    assert!((along.pairs[0].figures.column_cosine.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!((along.compared.tensors, along.compared.left_out.len()), (6 * 4 + 1, 2 * 4));
    let account = along.models[0].account.as_ref().unwrap();
    let left_out: u64 = account.left_out.iter().map(|left_out| left_out.parameters).sum();
    assert_eq!(account.compared + left_out, along.models[0].parameters);
}
