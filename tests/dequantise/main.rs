//! Weights stored by the real libraries come back as the libraries themselves bring them back; see
//! `vectors/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pollster::block_on;
use safetensors::{Dtype, SafeTensors};
use weightkin::canonical::CanonicalModel;
use weightkin::input::Input;
use weightkin::native::{self, MappedFiles};
use weightkin::sample::{COLUMN_SHARES, Density, Pick, Sampling, comparable, take};

/// Everything of these small tensors.
const ALL: Density = Density { rows: Density::MOST_ROWS, columns: COLUMN_SHARES as u32 };

/// Far from the largest number of a tensor, as a part of it: what the order of a sum can do.
const NEAR: f32 = 2e-6;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dequantise/vectors")
}

/// Shape and numbers of each tensor.
type Values = BTreeMap<String, (Vec<u64>, Vec<f32>)>;

/// What a comparison reads of the file at `path`, and what it leaves out.
fn read(path: &Path) -> (Values, CanonicalModel) {
    let opened = native::open(path).unwrap();
    let Input::Full(full) = opened.input.as_ref() else { panic!("{}", path.display()) };
    let canonical = full.canonical.clone();
    let sampling = Sampling::of_model(&canonical, ALL);
    let files = MappedFiles::of(std::slice::from_ref(&opened)).unwrap();
    let tensors: Vec<_> = comparable(&canonical).collect();
    let mut values = Values::new();
    for batch in 0..sampling.batches() {
        let Ok(chunk) = block_on(take(&sampling.batch(batch), &files, |_, _| {}));
        for taken in chunk.tensors {
            let (name, tensor) = tensors[taken.tensor];
            let shape = tensor.source.shape.clone();
            let pick = Pick::new(name, &shape, ALL);
            assert_eq!(pick.elements(), shape.iter().product::<u64>(), "{name}");
            let dtype = tensor.source.encoding.sampled_dtype();
            let mut kept = vec![0.0; pick.elements() as usize];
            weightkin::decode::widen(dtype, &taken.bytes, &mut kept);
            let found = in_order(&pick, &kept);
            values.insert(name.to_owned(), (shape, found));
        }
    }
    (values, canonical)
}

/// Numbers as a tensor has them, from all of them in the order of a sample.
fn in_order(pick: &Pick, kept: &[f32]) -> Vec<f32> {
    let cols = pick.cols.len();
    let mut found = vec![f32::NAN; kept.len()];
    for (range, first) in pick.kept_rows() {
        for row in 0..range.rows {
            let from = &kept[(first + row) as usize * cols..][..cols];
            for (col, number) in pick.cols.iter().zip(from) {
                found[(range.first_row + row) as usize * cols + *col as usize] = *number;
            }
        }
    }
    found
}

fn expected(path: &Path) -> Values {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter().map(|(name, view)| {
        assert_eq!(view.dtype(), Dtype::F32);
        let numbers = view.data().as_chunks::<4>().0.iter();
        let numbers = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let shape = view.shape().iter().map(|size| *size as u64).collect();
        (name, (shape, numbers))
    });
    tensors.collect()
}

/// Names of all vectors.
fn vectors() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    assert!(names.len() > 40, "{names:?}");
    names
}

/// The name without what the layout of single-file checkpoints puts in front.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("model.").unwrap_or(name);
    name.strip_prefix("diffusion_model.").unwrap_or(name)
}

#[test]
fn every_form_comes_back_as_its_library_has_it() {
    let mut failures = Vec::new();
    for name in vectors() {
        let path = folder().join(&name);
        let gguf = path.join("quantised.gguf");
        let is_gguf = gguf.exists();
        let file = if is_gguf { gguf } else { path.join("quantised.safetensors") };
        let (found, canonical) = read(&file);
        let found: BTreeMap<&str, _> =
            found.iter().map(|(name, values)| (short(name), values)).collect();
        for (tensor, (shape, numbers)) in
            expected(&folder().join(&name).join("expected.safetensors"))
        {
            let Some((found_shape, found)) = found.get(short(&tensor)) else {
                failures.push(format!("{name}: no {tensor}; {:?}", canonical.excluded));
                continue;
            };
            if **found_shape != shape {
                failures.push(format!("{name}: {tensor} {found_shape:?}, not {shape:?}"));
                continue;
            }
            let largest = numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
            let worst = found
                .iter()
                .zip(&numbers)
                .map(|(found, number)| (found - number).abs() / largest)
                .fold(0.0_f32, |worst, off| if off.is_nan() { f32::NAN } else { worst.max(off) });
            if worst.is_nan() || worst > NEAR {
                failures.push(format!("{name}: {tensor} is off by {worst}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
