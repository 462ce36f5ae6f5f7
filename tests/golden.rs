//! Families of synthetic checkpoints against figures computed by other programs; see
//! `tests/golden/README.md`.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use support::comparison;
use support::double::{Content, Double};
use support::file::read_file;
use weightkin::matching::{Options, Reason};
use weightkin::model::{FileFacts, Model};
use weightkin::native;
use weightkin::report::{Figures, Report};
use weightkin_family::{Family, GENERATOR_VERSION};

/// Demanded of every pair, against float64.
const TRUTH_TOLERANCE: f64 = 1e-6;
/// What the torch script's own float32 arithmetic leaves uncertain.
const TORCH_TOLERANCE: f64 = 5e-7;

#[derive(Deserialize)]
struct Golden {
    generator: u32,
    family: weightkin_family::Options,
    include_vae: bool,
    models: Vec<String>,
    compared_tensors: u64,
    /// Shapes in each model.
    shape_mismatch: BTreeMap<String, Vec<Vec<u64>>>,
    pairs: Vec<GoldenPair>,
    #[serde(default)]
    tensors: Vec<GoldenTensor>,
}

#[derive(Deserialize)]
struct GoldenPair {
    pair: String,
    torch_f32: Option<f64>,
    truth_f64: f64,
    columns: u64,
    nan_columns: u64,
    flat_cosine: f64,
}

#[derive(Deserialize)]
struct GoldenTensor {
    name: String,
    columns: u64,
    truth_f64: Vec<f64>,
}

fn load(set: &str) -> Golden {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden: Golden =
        serde_json::from_str(&fs::read_to_string(folder.join(format!("{set}.json"))).unwrap())
            .unwrap();
    assert_eq!(golden.generator, GENERATOR_VERSION, "the figures are those of other files");
    golden
}

/// The report as the command line makes it.
fn on_disk(golden: &Golden) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let expected = Family::from(golden.family.clone()).write_to(folder.path()).unwrap();
    let models: Vec<_> = golden
        .models
        .iter()
        .map(|name| {
            let paths = expected.file(name).unwrap().paths(folder.path());
            native::open(&paths[0]).unwrap()
        })
        .collect();
    let options = Options { include_vae: golden.include_vae, ..Options::default() };
    native::compare(&models, &options, false, |_| {}, |_| {}).unwrap()
}

/// The report over any source, one batch after the other.
fn in_memory(golden: &Golden) -> Report {
    let files: BTreeMap<String, Vec<u8>> =
        Family::from(golden.family.clone()).to_memory().unwrap().into_iter().collect();
    let (mut models, mut contents) = (Vec::new(), Vec::new());
    for name in &golden.models {
        let file = format!("{name}.safetensors");
        let bytes = &files[&file];
        let header = read_file(bytes, bytes.len() as u64).unwrap();
        let facts = FileFacts { name: file, bytes: bytes.len() as u64 };
        models.push(Model::assemble(name.clone(), vec![(facts, header)], &[]).unwrap());
        contents.push(Content::Held(bytes.as_slice().into()));
    }
    let options = Options { include_vae: golden.include_vae, ..Options::default() };
    let plan = comparison::plan_with(&models, &options);
    let tally = comparison::run(&plan, &Double::new(contents));
    comparison::report(&models, &plan, &tally)
}

fn assert_near(got: Option<f64>, want: f64, tolerance: f64, what: &str) {
    let error = (got.unwrap() - want).abs();
    assert!(error <= tolerance, "{what}: {got:?} is {error:e} from {want}");
}

/// What holds for every set; `pair` judges the rest.
fn check(set: &str, pair: impl Fn(&GoldenPair, &Figures)) -> (Golden, Report) {
    let golden = load(set);
    let report = on_disk(&golden);
    assert!(report.to_json() == in_memory(&golden).to_json(), "sources differ");

    assert_eq!(report.compared.tensors, golden.compared_tensors);
    assert_eq!(report.pairs.len(), golden.pairs.len());
    for (got, want) in report.pairs.iter().zip(&golden.pairs) {
        assert_eq!(want.pair, format!("{}|{}", golden.models[got.a], golden.models[got.b]));
        let figures = &got.figures;
        assert_near(figures.column_cosine, want.truth_f64, TRUTH_TOLERANCE, &want.pair);
        assert_eq!((figures.columns, figures.left_out_columns), (want.columns, want.nan_columns));
        pair(want, figures);
    }
    (golden, report)
}

fn same_as_torch(want: &GoldenPair, got: &Figures) {
    assert_near(got.column_cosine, want.torch_f32.unwrap(), TORCH_TOLERANCE, &want.pair);
}

fn same_flat_cosine(want: &GoldenPair, got: &Figures) {
    assert_near(got.flat_cosine, want.flat_cosine, TRUTH_TOLERANCE, &want.pair);
}

fn same_in_all(want: &GoldenPair, got: &Figures) {
    same_as_torch(want, got);
    same_flat_cosine(want, got);
}

#[test]
fn plain() {
    check("plain", same_in_all);
}

#[test]
fn block_mix() {
    check("block-mix", same_in_all);
}

#[test]
fn eight_models() {
    let (_, report) = check("eight-models", same_in_all);
    assert_eq!(report.pairs.len(), 28);
}

#[test]
fn mixed_dtypes() {
    check("mixed-dtypes", same_in_all);
}

#[test]
fn f8() {
    check("f8", same_in_all);
}

/// The reference takes whole tensors out of the flat cosine, we take columns out.
#[test]
fn non_finite() {
    check("non-finite", same_as_torch);
}

#[test]
fn reordered_missing() {
    let (_, report) = check("reordered-missing", same_in_all);
    let is_missing = |reason: &Reason| matches!(reason, Reason::Missing { .. });
    assert!(report.compared.left_out.iter().filter(|left| is_missing(&left.reason)).count() > 40);
}

#[test]
fn odd() {
    check("odd", same_in_all);
}

/// Sums of squares overflow in the torch script, which then scores a column 0.
#[test]
fn tiny() {
    check("tiny", |want, got| {
        if !want.pair.ends_with("edge_tiny") {
            same_in_all(want, got);
        }
    });
}

/// The references leave out a 1×1 convolution beside the matrix that it is, and a vector beside one
/// with a dimension of 1 in front; we compare them.
#[test]
fn shape() {
    let golden = load("shape");
    let report = on_disk(&golden);
    assert!(report.to_json() == in_memory(&golden).to_json(), "sources differ");
    assert!(golden.pairs.iter().all(|pair| pair.torch_f32.is_none()), "torch cannot run it");

    let mut mismatch = golden.shape_mismatch;
    let convolution =
        "model.diffusion_model.input_blocks.7.1.transformer_blocks.8.attn2.to_k.weight";
    let shapes = mismatch.remove(convolution).unwrap();
    assert_eq!(shapes, [vec![20, 32], vec![20, 32], vec![20, 32, 1, 1]]);
    let vector = "model.diffusion_model.input_blocks.7.1.transformer_blocks.0.norm3.bias";
    assert_eq!(mismatch.remove(vector).unwrap(), [vec![20], vec![20], vec![1, 20]]);
    let left_out = report.compared.left_out.iter().filter_map(|left_out| match &left_out.reason {
        Reason::Shape { shapes } => Some((left_out.name.clone(), shapes.clone())),
        _ => None,
    });
    assert_eq!(left_out.collect::<BTreeMap<_, _>>(), mismatch);

    let is_other = |name: &str| name != convolution && name != vector;
    let others: Vec<_> = report.tensors.iter().filter(|t| is_other(&t.name)).collect();
    assert_eq!(others.len() as u64, golden.compared_tensors);
    assert_eq!(report.tensors.len(), others.len() + 2);
    for (pair, want) in golden.pairs.iter().enumerate() {
        let columns: u64 = others.iter().map(|tensor| tensor.record.columns).sum();
        assert_eq!(columns, want.columns);
        let sum: f64 = others.iter().map(|tensor| tensor.record.cosine_sums[pair]).sum();
        assert_near(Some(sum / columns as f64), want.truth_f64, TRUTH_TOLERANCE, &want.pair);
    }
}

#[test]
fn with_vae() {
    check("with-vae", same_in_all);
}

#[test]
fn sd15() {
    check("sd15", same_in_all);
}

#[test]
fn qwen2_tensor_by_tensor() {
    let (golden, report) = check("qwen2", same_in_all);
    assert_eq!(report.tensors.len(), golden.tensors.len());
    for (got, want) in report.tensors.iter().zip(&golden.tensors) {
        assert_eq!((&got.name, got.record.columns), (&want.name, want.columns));
        for (pair, want_cosine) in got.pairs.iter().zip(&want.truth_f64) {
            let got = pair.figures.column_cosine;
            // single tensors have few columns to average over
            assert_near(got, *want_cosine, 2.0 * TRUTH_TOLERANCE, &want.name);
        }
    }
}
