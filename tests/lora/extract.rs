//! Differences of models as adapters, and adapters out of adapters.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use weightkin::dtype::Dtype;
use weightkin::lora::Strengths;
use weightkin::lora::extract::{FactorOptions, RankRule};
use weightkin::lora::target::FileForm;
use weightkin::native::{
    self, ApplyOptions, Checkpoint, CombineOptions, ExtractOptions, Extracted, NativeError,
};
use weightkin_family::{Family, Manifest};

use super::support::{Entry, entry, noise, write};

const OPTIONS: ExtractOptions = ExtractOptions {
    rank: RankRule { most: 8, energy: None },
    convolution_rank: None,
    factors: FactorOptions { dtype: Dtype::F32, alpha: None, clamp: None },
    form: FileForm::Kohya,
    least_text_change: None,
    with_metadata: true,
    replace: true,
};

fn extract(
    base: &Path,
    tuned: &Path,
    target: &Path,
    options: &ExtractOptions,
) -> Result<Extracted, NativeError> {
    let (base, tuned) = (Checkpoint::open(base)?, Checkpoint::open(tuned)?);
    native::extract_adapter(&base, &tuned, target, options, |_| true, |_| {}, |_| {})
}

fn shapes(path: &Path) -> BTreeMap<String, Vec<usize>> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    file.tensors().into_iter().map(|(name, view)| (name, view.shape().to_vec())).collect()
}

fn values(path: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let mut values = vec![0.0; view.shape().iter().product()];
        weightkin::decode::widen(view.dtype(), view.data(), &mut values);
        (name, values)
    };
    file.tensors().into_iter().map(tensor).collect()
}

const NAMES: [&str; 2] = [
    "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight",
    "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight",
];

/// Two models whose matrices differ by products of rank 3.
fn models(folder: &Path) -> [PathBuf; 2] {
    let (mut base, mut tuned): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
    for (index, name) in NAMES.iter().enumerate() {
        let (rows, cols) = (60, 40);
        let seed = index as u64;
        let old = noise(rows * cols, 10 + seed);
        let (up, down) = (noise(rows * 3, 20 + seed), noise(3 * cols, 30 + seed));
        let mut new = old.clone();
        for row in 0..rows {
            for k in 0..3 {
                for col in 0..cols {
                    new[row * cols + col] += 0.1 * up[row * 3 + k] * down[k * cols + col];
                }
            }
        }
        base.push(entry(name, &[rows, cols], old));
        tuned.push(entry(name, &[rows, cols], new));
    }
    // what no adapter has a module for
    base.push(entry("model.diffusion_model.out.2.weight", &[4, 4], noise(16, 1)));
    tuned.push(entry("model.diffusion_model.out.2.weight", &[4, 4], noise(16, 2)));
    [write(folder, "base.safetensors", &base), write(folder, "tuned.safetensors", &tuned)]
}

#[test]
fn what_was_extracted_and_applied_again_is_the_tuned_model() {
    let folder = tempfile::tempdir().unwrap();
    let [base, tuned] = models(folder.path());
    let want = values(&tuned);
    let target = folder.path().join("lora.safetensors");
    let whole = RankRule { most: 64, energy: None };
    let energy = RankRule { most: 64, energy: Some(1.0 - 1e-6) };
    for (rank, alpha, form) in [
        (OPTIONS.rank, None, FileForm::Kohya),
        (OPTIONS.rank, Some(2.0), FileForm::Comfy),
        (whole, None, FileForm::Peft),
        (energy, None, FileForm::Peft),
    ] {
        let factors = FactorOptions { alpha, ..OPTIONS.factors };
        let options = ExtractOptions { rank, factors, form, ..OPTIONS };
        let made = extract(&base, &tuned, &target, &options).unwrap();
        assert_eq!((made.modules.len(), made.unchanged), (4, 0));
        for (name, rank, quality) in &made.modules {
            assert!(quality.error() < 1e-5, "{name}: {}", quality.error());
            assert!(options.rank.energy.is_none() || *rank == 3, "{name}: {rank}");
        }
        let patched = folder.path().join("patched.safetensors");
        let adapters = [(native::open_adapter(&target).unwrap(), Strengths::everywhere(1.0))];
        let options = ApplyOptions { with_recipe: false, replace: true };
        let checkpoint = Checkpoint::open(&base).unwrap();
        let applied =
            native::apply_adapters(&checkpoint, &adapters, &patched, options, |_| {}, |_| {});
        assert!(applied.unwrap().unplaced[0].is_empty());
        let found = values(&patched);
        for name in NAMES {
            for (found, want) in found[name].iter().zip(&want[name]) {
                assert!((found - want).abs() < 2e-6, "{name}: {found} {want}");
            }
        }
    }
}

#[test]
fn modules_of_a_whole_model_are_those_that_others_expect() {
    let folder = tempfile::tempdir().unwrap();
    let family = Family::new(Manifest::Sdxl).scale(128).files(&["base_a", "base_b"]);
    family.write_to(folder.path()).unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(format!("base_{name}.safetensors")));
    let target = folder.path().join("lora.safetensors");
    let options = ExtractOptions { rank: RankRule { most: 4, energy: None }, ..OPTIONS };
    let made = extract(&a, &b, &target, &options).unwrap();
    assert_eq!((made.modules.len(), made.unmatched.len()), (986, 0));
    let shapes = shapes(&target);
    assert_eq!(shapes.len(), 2958);
    let with = |start: &str| shapes.keys().filter(|name| name.starts_with(start)).count();
    assert_eq!(with("lora_te1_text_model_encoder_layers_"), 3 * 72);
    assert_eq!(with("lora_te2_text_model_encoder_layers_"), 3 * 192);
    assert_eq!(with("lora_unet_"), 3 * 722);
    assert!(shapes["lora_te2_text_model_encoder_layers_31_mlp_fc2.alpha"].is_empty());
    let bytes = fs::read(&target).unwrap();
    let (_, facts) = SafeTensors::read_metadata(&bytes).unwrap();
    let facts = facts.metadata().clone().unwrap();
    assert_eq!(facts["ss_base_model_version"], "sdxl_base_v1-0");
    assert_eq!(facts["ss_network_alpha"], "4.0");
    assert_eq!((facts["sshs_model_hash"].len(), facts["sshs_legacy_hash"].len()), (64, 8));

    let options = ExtractOptions { convolution_rank: Some(2), ..options };
    let made = extract(&a, &b, &target, &options).unwrap();
    assert_eq!(made.modules.len(), 986 + 66);
    // the same bits again
    let first = fs::read(&target).unwrap();
    extract(&a, &b, &target, &options).unwrap();
    assert_eq!(first, fs::read(&target).unwrap());
    let same = extract(&a, &a, &target, &options).unwrap_err().to_string();
    assert!(same.ends_with("is read") || same.ends_with("no layer changes"), "{same}");
}

#[test]
fn a_gate_and_a_clamp_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let [base, tuned] = models(folder.path());
    let target = folder.path().join("lora.safetensors");
    let gated = ExtractOptions { least_text_change: Some(10.0), ..OPTIONS };
    let made = extract(&base, &tuned, &target, &gated).unwrap();
    assert_eq!((made.modules.len(), made.gated), (1, 3));
    let open = ExtractOptions { least_text_change: Some(1e-6), ..OPTIONS };
    assert_eq!(extract(&base, &tuned, &target, &open).unwrap().gated, 0);
    let factors = FactorOptions { clamp: Some(0.9), ..OPTIONS.factors };
    let clamped = extract(&base, &tuned, &target, &ExtractOptions { factors, ..OPTIONS });
    for (name, _, quality) in clamped.unwrap().modules {
        assert!(quality.error() > 0.05, "{name}: {}", quality.error());
    }
}

/// An adapter of rank 4 for one layer, in the spelling of kohya.
fn adapter(folder: &Path, name: &str, seed: u64) -> PathBuf {
    let layer = "lora_unet_input_blocks_4_1_proj_in";
    write(
        folder,
        name,
        &[
            entry(&format!("{layer}.lora_up.weight"), &[20, 4], noise(80, seed)),
            entry(&format!("{layer}.lora_down.weight"), &[4, 14], noise(56, seed + 1)),
            entry(&format!("{layer}.alpha"), &[], vec![2.0]),
        ],
    )
}

#[test]
fn a_sum_of_adapters_is_exact_and_fewer_terms_are_the_largest() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = [("a", 1), ("b", 5)]
        .map(|(name, seed)| adapter(folder.path(), &format!("{name}.safetensors"), seed));
    let open = |path: &Path| native::open_adapter(path).unwrap();
    let target = folder.path().join("sum.safetensors");
    let mut options = CombineOptions { rank: None, factors: OPTIONS.factors, replace: true };
    let made = native::combine_adapters(&[(open(&a), 2.0), (open(&b), -1.0)], &target, &options);
    let made = made.unwrap();
    assert_eq!(made.modules[0].1, 8);
    // the sum minus its parts is nothing
    let back = folder.path().join("back.safetensors");
    options.rank = Some(RankRule { most: 14, energy: None });
    let parts = [(open(&target), 1.0), (open(&a), -2.0), (open(&b), 1.0)];
    let rest = native::combine_adapters(&parts, &back, &options);
    let size = |quality: &weightkin::lora::extract::Quality| quality.square.sqrt();
    if let Ok(rest) = rest {
        assert!(size(&rest.modules[0].2) < 1e-5);
    }
    options.rank = Some(RankRule { most: 2, energy: None });
    let small = native::combine_adapters(&[(open(&target), 1.0)], &back, &options).unwrap();
    let (_, rank, quality) = &small.modules[0];
    assert_eq!(*rank, 2);
    let similarity = native::compare_adapters(&[open(&target), open(&back)]).unwrap();
    let cosine = similarity.overall.cosine(0, 1).unwrap();
    // of the best approximation, the cosine is what the error leaves
    let want = (1.0 - quality.error() * quality.error()).sqrt();
    assert!((cosine - want).abs() < 1e-5, "{cosine} {want}");
    options.rank = Some(RankRule { most: 64, energy: Some(0.9) });
    let some = native::combine_adapters(&[(open(&target), 1.0)], &back, &options).unwrap();
    assert!(some.modules[0].1 < 8 && some.modules[0].2.error() < 0.1_f64.sqrt());
}
