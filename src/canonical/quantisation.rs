//! Weights stored with scales, and the tensors that only serve a quantisation.

use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::model::{Model, Tensor};
use crate::tensor::Scale;

/// Endings of tensors that carry scales, tables and settings, not weights.
const BOOKKEEPING: [&str; 14] = [
    ".scale_weight",
    ".scale_input",
    ".weight_scale",
    ".weight_scale_inv",
    ".weight_scale_2",
    ".input_scale",
    ".absmax",
    ".quant_map",
    ".nested_absmax",
    ".nested_quant_map",
    ".comfy_quant",
    "scaled_fp8",
    ".SCB",
    ".weight_format",
];

/// Endings that mean the same only beside a packed weight.
const BESIDE_PACKED: [&str; 4] = ["scales", "biases", "qzeros", "g_idx"];

/// Whether `name` serves a quantisation.
pub(super) fn is_bookkeeping(model: &Model, name: &str) -> bool {
    let beside_packed = || {
        let Some((base, end)) = name.rsplit_once('.') else { return false };
        let packed = |weight: &str| {
            let weight = model.tensors.get(&format!("{base}.{weight}"));
            weight.is_some_and(|weight| class(weight.dtype) == Class::Integer)
        };
        BESIDE_PACKED.contains(&end) && (packed("qweight") || packed("weight"))
    };
    BOOKKEEPING.iter().any(|end| name.ends_with(end))
        || name.contains(".quant_state.")
        || beside_packed()
}

/// What becomes of a weight that may have a scale.
pub(super) enum Scaling {
    /// It is stored as it is.
    None,
    /// It is the stored number times the scale.
    By(Scale),
    /// It is quantised in blocks, or packed: the stored numbers alone mean nothing.
    Unsupported,
}

/// What stands beside a weight that is scaled, and what beside one that is quantised in blocks.
const SCALES: [&str; 2] = ["scale_weight", "weight_scale"];
const IN_BLOCKS: [&str; 4] = ["weight.absmax", "weight_scale_inv", "weight_scale_2", "SCB"];
/// The same for one that is packed into whole numbers.
const PACKED: [&str; 1] = ["scales"];

/// Tensors that stand beside the weights of a model.
pub(super) struct Companions<'a> {
    model: &'a Model,
    /// Endings that some name has: mostly none, and looking for each beside every one of thousands of
    /// weights takes longer than comparing them.
    ends: Vec<&'static str>,
}

impl<'a> Companions<'a> {
    /// Those in `model`.
    pub(super) fn of(model: &'a Model) -> Self {
        let ends = [&SCALES[..], &IN_BLOCKS, &PACKED].concat();
        let occurs = |end: &&str| model.tensors.keys().any(|name| name.ends_with(end));
        Self { model, ends: ends.into_iter().filter(occurs).collect() }
    }

    /// What stands beside the weights of `base` under one of the names `ends`.
    fn beside(&self, base: &str, ends: &[&'static str]) -> Option<&'a Tensor> {
        let mut occurring = ends.iter().filter(|end| self.ends.contains(end));
        occurring.find_map(|end| self.model.tensors.get(&format!("{base}.{end}")))
    }
}

/// How the weight `name` is scaled by its `companions`.
pub(super) fn scaling(companions: &Companions<'_>, name: &str, tensor: &Tensor) -> Scaling {
    if name.ends_with(".qweight") {
        return Scaling::Unsupported;
    }
    let Some(base) = name.strip_suffix(".weight") else { return Scaling::None };
    let is_packed =
        class(tensor.dtype) == Class::Integer && companions.beside(base, &PACKED).is_some();
    if is_packed || companions.beside(base, &IN_BLOCKS).is_some() {
        return Scaling::Unsupported;
    }
    let Some(scale) = companions.beside(base, &SCALES) else {
        return Scaling::None;
    };
    let rows = tensor.shape.first().copied().unwrap_or(1);
    // a square matrix could have as many scales for its columns
    let runs_down = scale.shape.first() == Some(&rows);
    let per_row = runs_down && scale.elements() == rows && rows != 1;
    let is_float = class(scale.dtype) == Class::Float && scale.dtype != Dtype::F64;
    if !is_float || size_bytes(scale.dtype).is_none() || !(per_row || scale.elements() == 1) {
        return Scaling::Unsupported;
    }
    Scaling::By(Scale { dtype: scale.dtype, file: scale.file, start: scale.start, per_row })
}
