//! New adapters on disk: the difference of two models, and adapters made of adapters.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::adapter::{mapped, module_error};
use super::open::digits;
use super::output::{NewFile, check_target};
use super::{Checkpoint, NativeError, OpenAdapter};
use crate::architecture::Architecture;
use crate::dtype::Dtype;
use crate::lora::combine::{CombinedLayer, Summand, combine, layers};
use crate::lora::extract::{FactorOptions, NewModule, Quality, RankRule, difference, extract};
use crate::lora::target::{FileForm, Target, targets};
use crate::write::{NewTensor, header, sort_tensors};

/// What is extracted, and how.
#[derive(Debug, Clone, Copy)]
pub struct ExtractOptions {
    /// Terms of each module.
    pub rank: RankRule,
    /// Terms of convolutions with a kernel; `None` leaves out all layers outside the transformers of
    /// a U-Net.
    pub convolution_rank: Option<usize>,
    /// How factors are stored.
    pub factors: FactorOptions,
    /// How modules are named.
    pub form: FileForm,
    /// Modules of text encoders are left out unless an element of one of them changes by more.
    pub least_text_change: Option<f64>,
    /// Whether its metadata says what it is.
    pub with_metadata: bool,
    /// Whether a file that is there may be replaced.
    pub replace: bool,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Extracted {
    /// Name, terms and quality of each module.
    pub modules: Vec<(String, usize, Quality)>,
    /// Layers in which the models are the same, or have numbers that are none.
    pub unchanged: usize,
    /// Layers that only one of the models has in this shape.
    pub unmatched: Vec<String>,
    /// Modules of text encoders that were left out because hardly anything changes.
    pub gated: usize,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes the difference from `base` to `tuned` to `target`. Layers are those whose canonical names
/// `is_wanted`. `started` is told how many there are, and `progress` each that is done.
///
/// # Errors
/// When the target would replace an input or is there, a file cannot be read or written, or no
/// layer differs.
pub fn extract_adapter(
    base: &Checkpoint,
    tuned: &Checkpoint,
    target: &Path,
    options: &ExtractOptions,
    is_wanted: impl Fn(&str) -> bool,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Extracted, NativeError> {
    let mut files = base.files();
    let base_files = files.len();
    files.extend(tuned.files());
    let inputs: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    check_target(target, &inputs, options.replace)?;
    let architecture = base.full().recognition.architecture;
    let all = targets(&base.full().model, base.canonical(), architecture, options.form);
    let wanted = all.into_iter().filter(|layer| {
        let inside = options.convolution_rank.is_some() || !layer.is_convolutional;
        inside && is_wanted(&layer.tensor)
    });
    let in_both = |layer: &Target| {
        let other = tuned.canonical().tensors.get(&layer.tensor);
        other.is_some_and(|other| {
            other.source.shape == base.canonical().tensors[&layer.tensor].source.shape
                && other.source.encoding.is_readable()
        })
    };
    let (layers, unmatched): (Vec<Target>, Vec<Target>) = wanted.partition(in_both);
    let unmatched = unmatched.into_iter().map(|layer| layer.tensor).collect();
    let source = mapped(&files)?;
    started(layers.len() as u64);
    let one = |layer: &Target| {
        let old = &base.canonical().tensors[&layer.tensor].source;
        let new = tuned.canonical().tensors[&layer.tensor].source.with_first_file(base_files);
        let Ok(change) = pollster::block_on(difference(&source, layer, old, &new));
        let mut rule = options.rank;
        if let (true, Some(rank)) = (layer.is_spatial(), options.convolution_rank) {
            rule.most = rank;
        }
        let module = extract(layer, &change, rule, &options.factors);
        progress(1);
        (layer.is_text_encoder, module)
    };
    let made: Vec<(bool, Option<NewModule>)> = layers.par_iter().map(one).collect();
    let unchanged = made.iter().filter(|(_, module)| module.is_none()).count();
    let mut modules: Vec<(bool, NewModule)> =
        made.into_iter().filter_map(|(is_text, module)| Some((is_text, module?))).collect();
    let before = modules.len();
    if let Some(least) = options.least_text_change {
        let passes = |(is_text, module): &(bool, NewModule)| {
            *is_text && f64::from(module.quality.largest) > least
        };
        if !modules.iter().any(passes) {
            modules.retain(|(is_text, _)| !is_text);
        }
    }
    let gated = before - modules.len();
    let modules: Vec<NewModule> = modules.into_iter().map(|(_, module)| module).collect();
    if modules.is_empty() {
        return Err(NativeError::NothingToExtract {
            file: inputs[base_files].display().to_string(),
        });
    }
    let facts =
        if options.with_metadata { metadata(architecture, tuned, options) } else { Vec::new() };
    let bytes = write_adapter(target, &modules, options.form, options.factors.dtype, &facts)?;
    let modules =
        modules.into_iter().map(|module| (module.name, module.rank, module.quality)).collect();
    Ok(Extracted { modules, unchanged, unmatched, gated, bytes })
}

/// What trainers and other programs write of an adapter.
fn metadata(
    architecture: Architecture,
    tuned: &Checkpoint,
    options: &ExtractOptions,
) -> Vec<(String, String)> {
    let version = match architecture {
        Architecture::Sdxl => {
            Some(("sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", "1024x1024"))
        }
        Architecture::Sd1 => Some(("sd_v1", "stable-diffusion-v1/lora", "512x512")),
        _ => None,
    };
    let rank = options.rank.most;
    let alpha = options.factors.alpha.unwrap_or(rank as f64);
    let arguments = options.convolution_rank.map_or_else(
        || "{}".to_owned(),
        |rank| serde_json::json!({ "conv_dim": rank.to_string(), "conv_alpha": format!("{:?}", rank as f64) }).to_string(),
    );
    let mut facts = vec![
        ("ss_v2", "False".to_owned()),
        ("ss_network_module", "networks.lora".to_owned()),
        ("ss_network_dim", rank.to_string()),
        ("ss_network_alpha", format!("{alpha:?}")),
        ("ss_network_args", arguments),
        ("modelspec.sai_model_spec", "1.0.1".to_owned()),
        ("modelspec.title", tuned.full().model.name.clone()),
    ];
    if let Some((base, architecture, resolution)) = version {
        facts.push(("ss_base_model_version", base.to_owned()));
        facts.push(("modelspec.architecture", architecture.to_owned()));
        let code = "https://github.com/Stability-AI/generative-models";
        facts.push(("modelspec.implementation", code.to_owned()));
        facts.push(("modelspec.resolution", resolution.to_owned()));
    }
    facts.sort();
    facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// How adapters are combined into one.
#[derive(Debug, Clone, Copy)]
pub struct CombineOptions {
    /// Terms of each module; `None` for all, which is exact.
    pub rank: Option<RankRule>,
    /// How factors are stored.
    pub factors: FactorOptions,
    /// Whether a file that is there may be replaced.
    pub replace: bool,
}

/// Writes the sum of `adapters`, each times its number, to `target`: under the names of the first
/// that has each layer, in PEFT's spelling if those have dots.
///
/// # Errors
/// When the target would replace an input or is there, a file cannot be read or written, the
/// numbers of a module make no sense, or nothing is left to write.
pub fn combine_adapters(
    adapters: &[(OpenAdapter, f64)],
    target: &Path,
    options: &CombineOptions,
) -> Result<Combined, NativeError> {
    let mut files: Vec<(PathBuf, u64)> = Vec::new();
    let mut summands = Vec::new();
    for (opened, strength) in adapters {
        let (adapter, first_file) = (Arc::clone(&opened.adapter), files.len());
        summands.push(Summand { adapter, first_file, strength: *strength });
        files.extend(opened.files.iter().cloned());
    }
    let inputs: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    check_target(target, &inputs, options.replace)?;
    let (layers, left_out) = layers(&summands);
    let source = mapped(&files)?;
    let one = |layer: &CombinedLayer| {
        let rule = options.rank;
        pollster::block_on(combine(&source, &summands, layer, rule, &options.factors))
    };
    let modules: Vec<Option<NewModule>> = layers
        .par_iter()
        .map(one)
        .collect::<Result<_, _>>()
        .map_err(|error| module_error("adapter", error))?;
    let modules: Vec<NewModule> = modules.into_iter().flatten().collect();
    let Some(first) = modules.first() else {
        return Err(NativeError::NothingToExtract { file: inputs[0].display().to_string() });
    };
    let is_dotted = first.name.contains('.');
    let form = if is_dotted { FileForm::Peft } else { FileForm::Kohya };
    let bytes = write_adapter(target, &modules, form, options.factors.dtype, &[])?;
    let modules =
        modules.into_iter().map(|module| (module.name, module.rank, module.quality)).collect();
    Ok(Combined { modules, left_out, bytes })
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Combined {
    /// Name, terms and quality of each module.
    pub modules: Vec<(String, usize, Quality)>,
    /// Modules that could not take part; see [`layers`].
    pub left_out: Vec<String>,
    /// Bytes of the file.
    pub bytes: u64,
}

/// First and last byte of the serialisation that the old hash of trainers is taken of.
const LEGACY_RANGE: (u64, u64) = (0x10_0000, 0x11_0000);

/// Writes the file of an adapter, and returns its size.
pub(super) fn write_adapter(
    target: &Path,
    modules: &[NewModule],
    form: FileForm,
    dtype: Dtype,
    facts: &[(String, String)],
) -> Result<u64, NativeError> {
    let [up_end, down_end] = match form {
        FileForm::Kohya | FileForm::Comfy => [".lora_up.weight", ".lora_down.weight"],
        FileForm::Peft => [".lora_B.weight", ".lora_A.weight"],
    };
    let mut all: Vec<(NewTensor, Cow<'_, [u8]>)> = Vec::new();
    for module in modules {
        let rank = module.rank as u64;
        let ones = module.shape[2..].iter().map(|_| 1);
        let up: Vec<u64> = [module.shape[0], rank].into_iter().chain(ones).collect();
        let down: Vec<u64> = [rank].into_iter().chain(module.shape[1..].iter().copied()).collect();
        let tensor =
            |end: &str, shape| NewTensor { name: format!("{}{end}", module.name), dtype, shape };
        all.push((tensor(up_end, up), Cow::Borrowed(&module.up)));
        all.push((tensor(down_end, down), Cow::Borrowed(&module.down)));
        // without one, readers of PEFT's names take the rank for it
        if form != FileForm::Peft {
            let mut alpha = vec![0; dtype.bitsize() / 8];
            crate::encode::encode(dtype, &[module.alpha], &mut alpha);
            all.push((tensor(".alpha", Vec::new()), Cow::Owned(alpha)));
        }
    }
    all.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    let mut tensors: Vec<NewTensor> = all.iter().map(|(tensor, _)| tensor.clone()).collect();
    // of one format: sorted by name they are in order already
    sort_tensors(&mut tensors);
    let data = || all.iter().map(|(_, bytes)| bytes.as_ref());
    let mut facts = facts.to_vec();
    if !facts.is_empty() {
        let mut whole = Sha256::new();
        data().for_each(|bytes| whole.update(bytes));
        let old = legacy_hash(&facts, &tensors, data());
        facts.push(("sshs_model_hash".to_owned(), digits(&whole.finalize())));
        facts.push(("sshs_legacy_hash".to_owned(), old));
    }
    let first = header(&facts, &tensors);
    let mut file = NewFile::create(target)?;
    file.write(&first)?;
    let mut bytes = first.len() as u64;
    for data in data() {
        file.write(data)?;
        bytes += data.len() as u64;
    }
    file.finish()?;
    Ok(bytes)
}

/// The first digits of the hash that older programs take: of a part of the file as it would be with
/// the trainer's metadata alone.
fn legacy_hash<'a>(
    facts: &[(String, String)],
    tensors: &[NewTensor],
    data: impl Iterator<Item = &'a [u8]>,
) -> String {
    let trainers: Vec<(String, String)> =
        facts.iter().filter(|(key, _)| key.starts_with("ss_")).cloned().collect();
    let first = header(&trainers, tensors);
    let mut hash = Sha256::new();
    let mut at = 0;
    let mut add = |bytes: &[u8]| {
        let end = at + bytes.len() as u64;
        let inside = LEGACY_RANGE.0.clamp(at, end) - at..LEGACY_RANGE.1.clamp(at, end) - at;
        hash.update(&bytes[inside.start as usize..inside.end as usize]);
        at = end;
    };
    add(&first);
    data.for_each(add);
    digits(&hash.finalize())[..8].to_owned()
}
