//! Weights that are the stored numbers times one scale, or one for each row.

use super::storage::Storage;
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::model::{Model, Tensor};
use crate::tensor::Scale;

/// Names of such a scale.
const SCALES: [&str; 2] = ["scale_weight", "weight_scale"];
/// Names of scales of activations, which leave the weights as they are.
const ACTIVATIONS: [&str; 2] = ["scale_input", "input_scale"];
/// The setting of the writer that also rotates weights, or packs them.
const COMFY: &str = "comfy_quant";
/// What stands beside weights that are quantised in blocks, whatever they are stored in.
const IN_BLOCKS: [&str; 4] = ["weight.absmax", "weight_scale_inv", "weight_scale_2", "SCB"];

/// Whether a companion of this name says no more than a scale does.
pub(super) fn is_understood(leaf: &str) -> bool {
    SCALES.contains(&leaf) || ACTIVATIONS.contains(&leaf) || leaf == COMFY
}

/// Whether `name` is that of another tensor and more: `a.b_scale` beside `a.b`.
pub(super) fn is_scale_of_base(model: &Model, name: &str) -> bool {
    let Some((base, _)) = name.rsplit_once("_scale") else { return false };
    let is_coded = |tensor: &Tensor| {
        class(tensor.dtype) == Class::Integer || size_bytes(tensor.dtype) == Some(1)
    };
    model.tensors.get(base).is_some_and(is_coded)
}

/// Whether the weight `name` is quantised in blocks.
pub(super) fn is_in_blocks(model: &Model, name: &str) -> bool {
    let Some(base) = name.strip_suffix(".weight") else { return false };
    IN_BLOCKS.iter().any(|end| model.tensors.contains_key(&format!("{base}.{end}")))
}

/// How the weight of `module` is stored if nothing but scales stands beside it; `None` if there are
/// none.
pub(super) fn storage(
    model: &Model,
    module: &str,
    tensor: &Tensor,
    is_quantised_file: bool,
) -> Option<Storage> {
    let beside = |leaf: &str| model.tensors.get(&format!("{module}.{leaf}"));
    let scale = SCALES.iter().find_map(|leaf| beside(leaf))?;
    // without its text nobody knows whether the weights were rotated or packed
    let is_marked =
        class(tensor.dtype) != Class::Float && (is_quantised_file || beside(COMFY).is_some());
    let is_number = class(tensor.dtype) == Class::Float || tensor.dtype == Dtype::I8;
    let rows = tensor.shape.first().copied().unwrap_or(1);
    // a square matrix could have as many scales for its columns
    let runs_down = scale.shape.first() == Some(&rows);
    let per_row = runs_down && scale.elements() == rows && rows != 1;
    let is_float = class(scale.dtype) == Class::Float && scale.dtype != Dtype::F64;
    let is_readable = is_float && size_bytes(scale.dtype).is_some();
    if is_marked || !is_number || !is_readable || !(per_row || scale.elements() == 1) {
        return Some(Storage::Quantised);
    }
    let Tensor { dtype, file, start, .. } = *scale;
    Some(Storage::Scaled(Scale { dtype, file, start, per_row }))
}
