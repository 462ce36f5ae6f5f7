//! Weights that are stored quantised: which they are, and how the stored numbers are undone.
//!
//! Stored codes are no weights. Whatever looks quantised is undone exactly, or it takes no part in
//! any figure: nothing is guessed from numbers alone.

mod bitsandbytes;
mod comfy;
mod compressed;
mod config;
mod form;
mod gguf;
mod gptq;
mod mlx;
mod others;
mod scaled;
mod storage;
mod words;

use litemap::LiteMap;

use crate::dtype::{Class, Dtype, class};
use crate::model::{Model, Tensor};
use crate::read::Read;
use crate::sorted::{self, sort_by};
use config::Config;
use form::Codes;
pub use storage::Storage;
use words::{Likeness, is_buffer, is_packed, is_settings, likeness};

/// Keys of a file's metadata that say it is quantised.
const METADATA: &str = "quant";

/// How the tensors of `model` are stored, by name; those that are not listed are as they are.
pub fn storage(model: &Model) -> LiteMap<String, Storage> {
    let companions = Companions::of(model);
    let is_quantised_file = model.metadata.keys().any(|key| key.contains(METADATA));
    let config = Config::of(model);
    let mut found = Vec::new();
    for (name, tensor) in &model.tensors {
        let storage = if let Some(storage) = gguf::storage(model, name, tensor) {
            found.push((name.clone(), storage));
            continue;
        } else if words::is_bookkeeping(name) {
            Some(Storage::Bookkeeping)
        } else {
            companions.judge(model, name, tensor, is_quantised_file)
        };
        let storage = match storage {
            Some(Storage::Quantised) => {
                let (module, leaf) = split(name);
                let codes = Codes { model, module, leaf, tensor, config: &config };
                undo(&codes).or(Some(Storage::Quantised))
            }
            storage => storage,
        };
        found.extend(storage.map(|storage| (name.clone(), storage)));
    }
    sorted::first(found)
}

/// What `codes` stand for, where a form is known for sure: by its own mark first.
fn undo(codes: &Codes<'_>) -> Option<Storage> {
    if codes.module.is_empty() {
        return None;
    }
    if codes.beside("comfy_quant").is_some() || comfy::is_in(codes.model) {
        return comfy::undo(codes);
    }
    let forms: [fn(&Codes<'_>) -> Option<Storage>; 13] = [
        bitsandbytes::undo_4bit,
        bitsandbytes::undo_8bit,
        compressed::undo_packed,
        compressed::undo_fp4,
        gptq::undo_gptq,
        gptq::undo_awq,
        mlx::undo,
        others::undo_sdnq,
        others::undo_torchao,
        others::undo_quanto,
        others::undo_bitnet,
        others::undo_hqq,
        compressed::undo_8bit,
    ];
    forms.iter().find_map(|undo| undo(codes))
}

/// Endings of tensors whose bytes say how others are meant.
const SETTINGS: [&str; 11] = [
    ".comfy_quant",
    ".quant_state.bitsandbytes__nf4",
    ".quant_state.bitsandbytes__fp4",
    ".weight_shape",
    ".weight_format",
    ".axis",
    ".nbits",
    ".quant_scale",
    ".quant_zero",
    ".shape",
    ".view_as_float",
];
/// Longest of them, in bytes.
const SETTINGS_BYTES: u64 = 4096;

/// Small tensors of `model` whose bytes say how others are meant, and where these are. Whoever opens
/// a model reads them into [`Model::settings`].
pub fn settings(model: &Model) -> Vec<(String, Read)> {
    let is_one = |(name, tensor): &(&String, &Tensor)| {
        SETTINGS.iter().any(|end| name.ends_with(end)) && tensor.bytes() <= SETTINGS_BYTES
    };
    let found = model.tensors.iter().filter(is_one);
    found
        .map(|(name, &Tensor { file, start, end, .. })| (name.clone(), Read { file, start, end }))
        .collect()
}

/// Names of files beside a model's that say how it is quantised.
pub const CONFIG_FILES: [&str; 4] =
    ["config.json", "quantize_config.json", "quantization_config.json", "hf_quant_config.json"];

/// Largest of those that are read.
pub const CONFIG_BYTES: u64 = 16 << 20;

/// The part of `name` before its last one, and the last one.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

/// What `leaf` looks like in `module`. Outside all modules a word that may mean anything says
/// nothing about the others there.
fn likeness_in(module: &str, leaf: &str) -> Likeness {
    match likeness(leaf) {
        Likeness::Weak if module.is_empty() => Likeness::None,
        likeness => likeness,
    }
}

/// What stands beside the weights of one module.
#[derive(Debug, Clone, Copy)]
struct Beside {
    likeness: Likeness,
    /// How many companions there are.
    companions: usize,
    /// How many tensors that may be codes.
    codes: usize,
    /// Whether all companions are scales whose meaning is known.
    is_simple: bool,
}

/// The modules that hold tensors that look as if they served a quantisation.
struct Companions<'a>(LiteMap<&'a str, Beside>);

impl<'a> Companions<'a> {
    fn of(model: &'a Model) -> Self {
        let mut found: Vec<(&str, Beside)> = Vec::new();
        for (name, tensor) in &model.tensors {
            let (module, leaf) = split(name);
            let likeness = likeness_in(module, leaf);
            let codes = usize::from(likeness == Likeness::None && may_be_codes(leaf, tensor));
            let companions = usize::from(likeness > Likeness::None);
            let is_simple = companions == 0 || scaled::is_understood(leaf);
            if companions + codes > 0 {
                found.push((module, Beside { likeness, companions, codes, is_simple }));
            }
            let (outer, last) = split(module);
            let is_inside =
                companions > 0 && is_settings(last) || codes > 0 && last.starts_with('_');
            if is_inside {
                found.push((outer, Beside { likeness, companions, codes, is_simple }));
            }
        }
        sort_by(&mut found, |(a, _), (b, _)| a.cmp(b));
        found.dedup_by(|(later, more), (earlier, beside)| {
            if later != earlier {
                return false;
            }
            beside.likeness = beside.likeness.max(more.likeness);
            beside.companions += more.companions;
            beside.codes += more.codes;
            beside.is_simple &= more.is_simple;
            true
        });
        Self(sorted::first(found))
    }

    /// What stands in the module of `name`, or below `name` itself.
    fn beside(&self, name: &str) -> Option<Beside> {
        let mut whole = name;
        // a tensor inside a weight that is an object: the companions may be those of the weight
        while let (outer, last) = split(whole)
            && last.starts_with('_')
            && !outer.is_empty()
        {
            if let Some(inner) = self.0.get(outer).filter(|beside| beside.companions > 0) {
                return Some(Beside { is_simple: false, ..*inner });
            }
            whole = outer;
        }
        let below = self.0.get(whole).filter(|beside| beside.companions > 0);
        let module = self.0.get(split(whole).0).filter(|beside| beside.companions > 0);
        match (below, module) {
            (Some(below), _) => Some(Beside { is_simple: false, ..*below }),
            (None, beside) => beside.copied(),
        }
    }

    /// Whether codes are stored in `module`, around it where it holds nothing but settings, or
    /// under its own name.
    fn has_codes(&self, model: &Model, module: &str) -> bool {
        let inside = |module: &str| self.0.get(module).is_some_and(|beside| beside.codes > 0);
        let (outer, last) = split(module);
        let itself = || model.tensors.get(module).is_some_and(|tensor| may_be_codes(last, tensor));
        inside(module) || itself() || (is_settings(last) && inside(outer))
    }

    fn judge(
        &self,
        model: &Model,
        name: &str,
        tensor: &Tensor,
        is_quantised_file: bool,
    ) -> Option<Storage> {
        let (module, leaf) = split(name);
        let beside = self.beside(name);
        let is_integer = class(tensor.dtype) == Class::Integer;
        if likeness_in(module, leaf) > Likeness::None {
            // an ordinary tensor may be called a scale, unless there is something to scale
            let serves = self.has_codes(model, module)
                || (is_integer && beside.is_some_and(|beside| beside.companions > 1));
            let has_base = scaled::is_scale_of_base(model, name);
            return (serves || has_base).then_some(Storage::Bookkeeping);
        }
        if is_integer && is_packed(leaf) {
            return Some(Storage::Quantised);
        }
        if is_buffer(leaf) {
            return None;
        }
        if leaf == "weight"
            && beside.is_some_and(|beside| beside.is_simple)
            && let Some(storage) = scaled::storage(model, module, tensor, is_quantised_file)
        {
            return Some(storage);
        }
        let is_codes = may_be_codes(leaf, tensor);
        match beside {
            Some(beside) if is_integer => {
                Some(if is_codes { Storage::Quantised } else { Storage::Bookkeeping })
                    .filter(|_| is_codes || beside.codes > 0)
            }
            // a bias is stored in the same format, and is not scaled
            Some(beside) if is_codes && beside.likeness == Likeness::Strong && leaf != "bias" => {
                Some(Storage::Quantised)
            }
            _ if is_integer && is_codes && is_quantised_file => Some(Storage::Quantised),
            Some(_) if scaled::is_in_blocks(model, name) => Some(Storage::Quantised),
            _ => None,
        }
    }
}

/// Whether the numbers of `tensor`, whose last part of the name is `leaf`, may be codes.
fn may_be_codes(leaf: &str, tensor: &Tensor) -> bool {
    let elements = tensor.elements();
    if tensor.blocks.is_some() {
        return false;
    }
    match tensor.dtype {
        Dtype::F8_E4M3 | Dtype::F8_E5M2 | Dtype::F8_E4M3FNUZ | Dtype::F8_E5M2FNUZ => elements > 1,
        Dtype::BOOL => false,
        dtype if class(dtype) == Class::Integer => {
            let is_matrix = tensor.shape.len() > 1 || elements >= MANY_CODES;
            elements > 1 && !is_buffer(leaf) && (is_matrix || leaf.contains("weight"))
        }
        _ => false,
    }
}

/// So many whole numbers in a row may be a packed matrix.
const MANY_CODES: u64 = 64;
