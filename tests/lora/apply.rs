//! Checkpoints with adapters applied to them, element by element.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use weightkin::canonical::CanonicalModel;
use weightkin::decode::widen;
use weightkin::delta::Form;
use weightkin::dtype::{Dtype, size_bytes};
use weightkin::encode::encode;
use weightkin::lora::{BlockWeights, Module, Placed, Placement, Strengths};
use weightkin::native::{self, Applied, ApplyOptions, Checkpoint, NativeError};

use super::support::{committed, entry, noise, write};

const OPTIONS: ApplyOptions = ApplyOptions { with_recipe: false, replace: false };

type Stored = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn read(path: &Path) -> Stored {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |(name, view): (String, TensorView<'_>)| {
        (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))
    };
    file.tensors().into_iter().map(tensor).collect()
}

fn write_stored(path: &Path, tensors: &Stored) {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

fn values(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    if dtype == Dtype::F64 {
        return bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    }
    let mut values = vec![0.0; bytes.len() / size_bytes(dtype).unwrap() as usize];
    widen(dtype, bytes, &mut values);
    values.into_iter().map(f64::from).collect()
}

fn stored_as(dtype: Dtype, values: &[f64]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * size_bytes(dtype).unwrap() as usize];
    encode(dtype, values, &mut bytes);
    bytes
}

fn apply(
    model: &Path,
    adapters: &[(PathBuf, Strengths)],
    target: &Path,
    options: ApplyOptions,
) -> Result<Applied, NativeError> {
    let checkpoint = Checkpoint::open(model)?;
    let adapters: Vec<_> = adapters
        .iter()
        .map(|(path, strengths)| (native::open_adapter(path).unwrap(), strengths.clone()))
        .collect();
    native::apply_adapters(&checkpoint, &adapters, target, options, |_| {}, |_| {})
}

/// What strength 1 changes in the committed model, in `f64`.
fn changes() -> BTreeMap<String, Vec<f64>> {
    read(&committed("changes.safetensors"))
        .into_iter()
        .map(|(name, (dtype, _, bytes))| (name, values(dtype, &bytes)))
        .collect()
}

/// Tensors of which a module is `such`.
fn changed_by(such: impl Fn(&Module) -> bool) -> Vec<String> {
    let opened = native::open_adapter(&committed("adapter.safetensors")).unwrap();
    let (model, _) = native::open_model(&committed("model.safetensors")).unwrap();
    let placement = Placement::new(&opened.adapter, &CanonicalModel::from_model(&model));
    let is_such = |placed: &Placed| such(&opened.adapter.modules[placed.module]);
    let names = placement.tensors.iter().filter(|(_, placed)| placed.iter().any(is_such));
    names.map(|(name, _)| name.clone()).collect()
}

#[test]
fn every_element_is_rounded_once_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (changes, of_model) = (changes(), changed_by(Module::needs_model));
    let replaced = changed_by(|module| module.form == Form::Set);
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F8_E4M3, Dtype::F8_E5M2] {
        let mut old = Stored::new();
        for (name, (from, shape, bytes)) in read(&committed("model.safetensors")) {
            old.insert(name, (dtype, shape, stored_as(dtype, &values(from, &bytes))));
        }
        // bits of other tensors stay, those of numbers that are none too
        let odd = vec![0x01, 0x7e, 0xff, 0xff, 0x00, 0x80];
        let name = "model.diffusion_model.out.0.weight".to_owned();
        old.insert(name, (Dtype::F16, vec![3], odd));
        let path = folder.path().join("model.safetensors");
        write_stored(&path, &old);
        let target = folder.path().join("patched.safetensors");
        let options = ApplyOptions { replace: true, ..OPTIONS };
        let adapters = [(committed("adapter.safetensors"), Strengths::everywhere(0.75))];
        let applied = apply(&path, &adapters, &target, options).unwrap();
        assert_eq!(applied.tensors, changes.len());
        assert!(applied.unplaced[0].is_empty() && applied.unwritable.is_empty());

        let (before, after) = (fs::read(&path).unwrap(), fs::read(&target).unwrap());
        assert_eq!(before.len(), after.len());
        let header = 8 + u64::from_le_bytes(before[..8].try_into().unwrap()) as usize;
        assert_eq!(before[..header], after[..header]);
        let new = read(&target);
        let (mut elements, mut beside) = (0, 0);
        for (name, (dtype, _, bytes)) in &old {
            let Some(change) = changes.get(name) else {
                assert_eq!(*bytes, new[name].2, "{name}");
                continue;
            };
            let weights = values(*dtype, bytes);
            if of_model.contains(name) && *dtype != Dtype::F32 {
                // what they change depends on how the weight is stored
                continue;
            }
            // a replacement replaces, whatever the strength
            let strength = if replaced.contains(name) { 1.0 } else { 0.75 };
            let sum = |(weight, change): (&f64, &f64)| weight + strength * change;
            let want: Vec<f64> = weights.iter().zip(change).map(sum).collect();
            let found = values(*dtype, &new[name].2);
            if matches!(dtype, Dtype::F32 | Dtype::F64) {
                // the change itself is worked out in `f32`
                let apart: f64 = found.iter().zip(&want).map(|(a, b)| (a - b).powi(2)).sum();
                let square = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
                let most = 4e-12 * square(change) + 4e-15 * square(&weights);
                assert!(apart <= most, "{dtype} {name}: {apart:e} of {most:e}");
                continue;
            }
            let rounded = values(*dtype, &stored_as(*dtype, &want));
            for ((found, rounded), want) in found.iter().zip(&rounded).zip(&want) {
                elements += 1;
                if found.to_bits() != rounded.to_bits() {
                    beside += 1;
                    // between the two, and as near to one as to the other
                    let middle = f64::midpoint(*found, *rounded);
                    assert!((want - middle).abs() <= 1e-6 * want.abs().max(1.0), "{dtype} {name}");
                }
            }
        }
        let is_wide = matches!(dtype, Dtype::F32 | Dtype::F64);
        assert!(is_wide || elements > 2000, "{elements}");
        assert!(beside <= elements / 1000, "{dtype}: {beside} of {elements}");
        let rounding = applied.rounding;
        let survived = rounding.survived().unwrap();
        let error = rounding.relative_error().unwrap();
        let digits = match dtype {
            Dtype::F64 => 1e-12,
            Dtype::F32 => 1e-6,
            Dtype::F16 => 1e-2,
            Dtype::BF16 => 5e-2,
            _ => 0.6,
        };
        assert!((survived - 1.0).abs() < digits && error < digits, "{dtype} {survived} {error}");
    }
}

const LAYER: &str = "model.diffusion_model.input_blocks.4.1.proj_in.weight";

/// A model of one F16 matrix of 4 × 4, beside one text encoder's, and an adapter for both.
fn small(folder: &Path) -> (PathBuf, PathBuf) {
    let text = "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
    let matrix = |seed| stored_as(Dtype::F16, &noise(16, seed).map_to_f64());
    let model: Stored = [(LAYER, 1), (text, 2)]
        .map(|(name, seed)| (name.to_owned(), (Dtype::F16, vec![4, 4], matrix(seed))))
        .into();
    let path = folder.join("small.safetensors");
    write_stored(&path, &model);
    let mut entries = Vec::new();
    for layer in
        ["lora_unet_input_blocks_4_1_proj_in", "lora_te1_text_model_encoder_layers_0_mlp_fc1"]
    {
        entries.push(entry(&format!("{layer}.lora_up.weight"), &[4, 1], vec![1.0; 4]));
        entries.push(entry(&format!("{layer}.lora_down.weight"), &[1, 4], vec![0.5; 4]));
    }
    (path, write(folder, "adapter.safetensors", &entries))
}

trait MapToF64 {
    fn map_to_f64(&self) -> Vec<f64>;
}

impl MapToF64 for Vec<f32> {
    fn map_to_f64(&self) -> Vec<f64> {
        self.iter().map(|value| f64::from(*value)).collect()
    }
}

#[test]
fn strengths_add_up_and_follow_parts_and_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let (model, adapter) = small(folder.path());
    let strengths = |main, text_encoder, blocks: &str| Strengths {
        main,
        text_encoder,
        blocks: if blocks.is_empty() {
            BlockWeights::default()
        } else {
            BlockWeights::parse(blocks).unwrap()
        },
    };
    let before = read(&model);
    for (all, main, text) in [
        (vec![strengths(1.0, -2.0, "")], 1.0, -2.0),
        (vec![strengths(1.0, 1.0, "IN04=0.5,BASE=0")], 0.5, 0.0),
        (vec![strengths(0.25, 0.5, ""), strengths(1.0, -0.5, "IN=2")], 2.25, 0.0),
    ] {
        let target = folder.path().join("out.safetensors");
        let adapters: Vec<_> = all.into_iter().map(|s| (adapter.clone(), s)).collect();
        let options = ApplyOptions { replace: true, ..OPTIONS };
        apply(&model, &adapters, &target, options).unwrap();
        for (name, (_, _, bytes)) in read(&target) {
            let strength = if name == LAYER { main } else { text };
            let old = values(Dtype::F16, &before[&name].2);
            let want: Vec<f64> = old.iter().map(|value| value + 0.5 * strength).collect();
            assert_eq!(bytes, stored_as(Dtype::F16, &want), "{name} {strength}");
        }
    }
}

#[test]
fn a_recipe_goes_into_the_metadata_and_the_data_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (model, adapter) = small(folder.path());
    let [plain, with] = ["plain", "with"].map(|name| folder.path().join(name));
    let adapters = [(adapter, Strengths::everywhere(0.5))];
    apply(&model, &adapters, &plain, OPTIONS).unwrap();
    apply(&model, &adapters, &with, ApplyOptions { with_recipe: true, ..OPTIONS }).unwrap();
    assert_eq!(read(&plain), read(&with));
    let bytes = fs::read(&with).unwrap();
    let (_, facts) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = facts.metadata().clone().unwrap();
    assert_eq!(metadata["format"], "pt");
    let recipe: serde_json::Value = serde_json::from_str(&metadata["weightkin.recipe"]).unwrap();
    assert_eq!(recipe["base"]["name"], "small");
    assert_eq!(recipe["adapters"][0]["strength"], 0.5);
    assert_eq!(recipe["adapters"][0]["sha256"][0].as_str().unwrap().len(), 64);
}

#[test]
fn what_is_too_large_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (model, adapter) = small(folder.path());
    let target = folder.path().join("out.safetensors");
    let adapters = [(adapter, Strengths::everywhere(1e6))];
    let applied = apply(&model, &adapters, &target, OPTIONS).unwrap();
    assert_eq!(applied.rounding.overflows, 32);
    for (_, (_, _, bytes)) in read(&target) {
        assert!(values(Dtype::F16, &bytes).iter().all(|value| *value >= 65504.0));
    }
}

#[test]
fn scaled_numbers_are_rounded_as_they_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let name = "model.diffusion_model.input_blocks.4.1.proj_in";
    let weights = stored_as(Dtype::F8_E4M3, &noise(16, 3).map_to_f64());
    let model: Stored = [
        (format!("{name}.weight"), (Dtype::F8_E4M3, vec![4, 4], weights.clone())),
        (format!("{name}.scale_weight"), (Dtype::F32, vec![], stored_as(Dtype::F32, &[0.125]))),
        ("scaled_fp8".to_owned(), (Dtype::F8_E4M3, vec![2], vec![0, 0])),
    ]
    .into();
    let path = folder.path().join("scaled.safetensors");
    write_stored(&path, &model);
    let (_, adapter) = small(folder.path());
    let target = folder.path().join("out.safetensors");
    apply(&path, &[(adapter, Strengths::everywhere(0.5))], &target, OPTIONS).unwrap();
    let want: Vec<f64> =
        values(Dtype::F8_E4M3, &weights).iter().map(|value| value + 0.25 / 0.125).collect();
    let new = read(&target);
    assert_eq!(new[&format!("{name}.weight")].2, stored_as(Dtype::F8_E4M3, &want));
    assert_eq!(new[&format!("{name}.scale_weight")], model[&format!("{name}.scale_weight")]);
}

#[test]
fn shards_become_shards() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = [1, 2].map(|number| {
        let name = format!("model.layers.{number}.mlp.up_proj.weight");
        let tensor = (Dtype::BF16, vec![4, 4], stored_as(Dtype::BF16, &noise(16, 7).map_to_f64()));
        let path = folder.path().join(format!("m-0000{number}-of-00002.safetensors"));
        write_stored(&path, &[(name, tensor)].into());
        path
    });
    let layer = "base_model.model.model.layers.2.mlp.up_proj";
    let adapter = write(
        folder.path(),
        "lora.safetensors",
        &[
            entry(&format!("{layer}.lora_A.weight"), &[1, 4], vec![1.0; 4]),
            entry(&format!("{layer}.lora_B.weight"), &[4, 1], vec![1.0; 4]),
        ],
    );
    let target = folder.path().join("out");
    apply(&first, &[(adapter, Strengths::everywhere(1.0))], &target, OPTIONS).unwrap();
    let out = |path: &Path| target.join(path.file_name().unwrap());
    assert_eq!(fs::read(&first).unwrap(), fs::read(out(&first)).unwrap());
    assert_ne!(fs::read(&second).unwrap(), fs::read(out(&second)).unwrap());
}

#[test]
fn nothing_is_written_where_nothing_should() {
    let folder = tempfile::tempdir().unwrap();
    let (model, adapter) = small(folder.path());
    let full = Strengths::everywhere(1.0);
    let before = fs::read(&model).unwrap();
    let names = || fs::read_dir(folder.path()).unwrap().count();
    let count = names();
    let error = |target: &Path, strengths: &Strengths, options| {
        let adapters = [(adapter.clone(), strengths.clone())];
        apply(&model, &adapters, target, options).unwrap_err().to_string()
    };
    let force = ApplyOptions { replace: true, ..OPTIONS };
    assert!(error(&model, &full, force).ends_with("it would replace what is read"));
    assert!(error(&adapter, &full, force).ends_with("it would replace what is read"));
    let target = folder.path().join("out.safetensors");
    let nothing = error(&target, &Strengths::everywhere(0.0), OPTIONS);
    assert!(nothing.ends_with("no module of the adapters has a place in it"), "{nothing}");
    let no_folder = error(&folder.path().join("no").join("out"), &full, OPTIONS);
    assert!(no_folder.contains("out: No such file or directory"), "{no_folder}");
    assert_eq!((names(), fs::read(&model).unwrap()), (count, before));
    fs::write(&target, "something").unwrap();
    assert!(error(&target, &full, OPTIONS).ends_with("it is there already"));
}
