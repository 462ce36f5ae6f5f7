//! SDNQ, torchao, quanto, `BitNet` and HQQ: a scale under a name of their own.

use super::form::{Codes, Weight, blocks, by_shape, offset, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::{Class, Dtype, class};
use crate::tensor::{Format, GridOrder, Levels};

/// Settings of SDNQ that do more to a weight than a scale does.
const MORE: [&str; 3] = ["use_svd", "use_codebook", "use_quantized_matmul"];
/// Weights that SDNQ rotates together, unless its settings say otherwise.
const ROTATION: u64 = 256;

/// What the codes of SDNQ stand for.
pub(super) fn undo_sdnq(codes: &Codes<'_>) -> Option<Storage> {
    let (config, scale) = (codes.config, codes.beside("scale")?);
    let is_more = MORE.iter().any(|key| config.is_on(key)) || config.is_on("modules_dtype_dict");
    if !config.is_method("sdnq") || is_more || !codes.has_nothing_but(&["scale", "zero_point"]) {
        return None;
    }
    let dtype = codes.tensor.dtype;
    let zero = codes.beside("zero_point");
    let is_float = class(dtype) == Class::Float && dtype.bitsize() == 8;
    let rows = *scale.shape.first()?;
    // codes of a few bits are in one list
    let in_list = |bytes: u64, bits: u64| Some(bytes.checked_mul(8)? / bits / rows.max(1));
    let planar = |bits: u8, half| Format::Codes(Packing::Planar(bits), Levels::Offset(half));
    let (form, format, cols) = match (config.text("weights_dtype")?, codes.tensor.shape.as_slice())
    {
        ("int8", [_, cols]) if dtype == Dtype::I8 => ("sdnq int8", Format::Plain(dtype), *cols),
        (name, [_, cols]) if is_float && name.starts_with("float8") => {
            ("sdnq fp8", Format::Plain(dtype), *cols)
        }
        (name @ ("int4" | "uint4"), [bytes]) if dtype == Dtype::U8 => {
            let half = if name == "int4" { 8 } else { 0 };
            ("sdnq 4-bit", offset(4, half), in_list(*bytes, 4)?)
        }
        (name @ ("int6" | "uint6"), [groups, 3]) if dtype == Dtype::U8 => {
            let half = if name == "int6" { 32 } else { 0 };
            ("sdnq 6-bit", planar(6, half), in_list(groups.checked_mul(3)?, 6)?)
        }
        _ => return None,
    };
    let is_unsigned = config.text("weights_dtype")?.starts_with('u');
    if is_unsigned != zero.is_some() {
        return None;
    }
    let mut steps = vec![by_shape(Operation::Multiply, scale, scale_format(scale)?, (rows, cols))?];
    if let Some(zero) = zero {
        steps.push(by_shape(Operation::Add, zero, scale_format(zero)?, (rows, cols))?);
    }
    let group = config.number("hadamard_group_size").unwrap_or(ROTATION);
    let rotation = config.is_on("use_hadamard").then_some(u32::try_from(group).ok()?);
    codes.undone(Weight { rotation, ..Weight::in_rows(form, (rows, cols), format, steps) })
}

/// What the codes of torchao stand for, whose metadata says of which kind they are.
pub(super) fn undo_torchao(codes: &Codes<'_>) -> Option<Storage> {
    let text = codes.model.metadata.get(&format!("{}.weight", codes.module))?;
    let (rows, cols) = codes.matrix()?;
    let dtype = codes.tensor.dtype;
    let is_kind = |kind: &str| text.contains(&format!("\"_type\": \"{kind}\""));
    let form = match dtype {
        Dtype::I8 if is_kind("Int8Tensor") => "torchao int8",
        Dtype::F8_E4M3 if is_kind("Float8Tensor") => "torchao fp8",
        _ => return None,
    };
    let known = ["_weight_scale", "_weight_zero_point"];
    if codes.leaf != "_weight_qdata" || !codes.has_nothing_but(&known) {
        return None;
    }
    let mut steps = Vec::new();
    if let Some(zero) = codes.beside("_weight_zero_point") {
        let format = Some(Format::Plain(zero.dtype)).filter(|_| zero.dtype == Dtype::I8)?;
        steps.push(by_shape(Operation::Subtract, zero, format, (rows, cols))?);
    }
    let scale = codes.beside("_weight_scale")?;
    steps.push(by_shape(Operation::Multiply, scale, scale_format(scale)?, (rows, cols))?);
    codes.undone(Weight::in_rows(form, (rows, cols), Format::Plain(dtype), steps))
}

/// What the codes of quanto stand for, one in a byte: where there are more, nothing says which shape
/// the weight has.
pub(super) fn undo_quanto(codes: &Codes<'_>) -> Option<Storage> {
    let (rows, cols) = codes.matrix()?;
    let is_whole = codes.leaf == "_data" && codes.module.ends_with(".weight");
    let form = match codes.tensor.dtype {
        Dtype::I8 => "quanto int8",
        Dtype::F8_E4M3 | Dtype::F8_E5M2 => "quanto fp8",
        _ => return None,
    };
    let scale = codes.beside("_scale").filter(|_| is_whole)?;
    if !codes.has_nothing_but(&["_scale"]) {
        return None;
    }
    let steps = vec![by_shape(Operation::Multiply, scale, scale_format(scale)?, (rows, cols))?];
    codes.undone(Weight::in_rows(form, (rows, cols), Format::Plain(codes.tensor.dtype), steps))
}

/// What the codes of `BitNet` stand for: -1, 0 and 1, the rows of four quarters in one byte.
pub(super) fn undo_bitnet(codes: &Codes<'_>) -> Option<Storage> {
    let (quarter, cols) = codes.matrix()?;
    let scale = codes.beside("weight_scale")?;
    let is_packed = codes.tensor.dtype == Dtype::U8 && codes.leaf == "weight";
    if !codes.config.is_method("bitnet") || !is_packed || !codes.has_nothing_but(&["weight_scale"])
    {
        return None;
    }
    let bytes = codes.tensor.elements();
    let packing = Packing::Slabs { bits: 2, bytes, top_first: false };
    // one of the two layers of the library divides what it computes instead
    let operation = match codes.config.text("linear_class") {
        Some("autobitlinear") => Operation::Multiply,
        _ => Operation::Divide,
    };
    let shape = (quarter.checked_mul(4)?, cols);
    let steps = vec![by_shape(operation, scale, scale_format(scale)?, shape)?];
    let format = Format::Codes(packing, Levels::Offset(1));
    codes.undone(Weight::in_rows("bitnet", shape, format, steps))
}

/// Settings of HQQ beside the codes, and those of them that say that more was done.
const HQQ: [&str; 18] = [
    "axis",
    "channel_wise",
    "compute_dtype",
    "encoded_state_dict",
    "group_size",
    "nbits",
    "offload_meta",
    "optimize",
    "packing",
    "quant_scale",
    "quant_zero",
    "round_zero",
    "scale",
    "shape",
    "stores_quant_config",
    "unpack_view_dtype",
    "view_as_float",
    "zero",
];
const HQQ_MORE: [&str; 3] = ["quant_scale", "quant_zero", "view_as_float"];

/// What the codes of HQQ stand for, where groups run along rows: slabs of the list of all weights,
/// the first in the highest bits.
pub(super) fn undo_hqq(codes: &Codes<'_>) -> Option<Storage> {
    let number = |leaf: &str, at: usize, bytes: usize| {
        let stored = codes.settings(leaf)?.get(at * bytes..(at + 1) * bytes)?;
        let mut all = [0; 8];
        all[..bytes].copy_from_slice(stored);
        Some(u64::from_le_bytes(all))
    };
    let (scale, zero) = (codes.beside("scale")?, codes.beside("zero")?);
    let is_more = HQQ_MORE.iter().any(|leaf| codes.settings(leaf).is_some_and(|set| set != [0]));
    let is_packed = codes.leaf == "W_q" && codes.tensor.dtype == Dtype::U8;
    if !is_packed || is_more || !codes.has_nothing_but(&HQQ) {
        return None;
    }
    let shape = codes.beside("shape")?;
    let width = if shape.dtype == Dtype::I64 { 8 } else { 4 };
    let (rows, cols) = (number("shape", 0, width)?, number("shape", 1, width)?);
    let (bits, axis) = (number("nbits", 0, 4)?, number("axis", 0, 4)?);
    let bytes = codes.tensor.elements();
    let (form, packing) = match bits {
        8 => ("hqq 8-bit", Packing::LowFirst(8)),
        4 => ("hqq 4-bit", Packing::Slabs { bits: 4, bytes, top_first: true }),
        2 => ("hqq 2-bit", Packing::Slabs { bits: 2, bytes, top_first: true }),
        _ => return None,
    };
    let count = rows.checked_mul(cols)?;
    let group = count / scale.elements().max(1);
    let fits = axis == 1 && bytes.checked_mul(8 / bits) == Some(count) && group > 0;
    if !fits || scale.shape != zero.shape || group * scale.elements() != count {
        return None;
    }
    let step = |operation, tensor| {
        let format = scale_format(tensor)?;
        Some(blocks(operation, tensor, format, (1, group), GridOrder::Flat))
    };
    let steps = vec![step(Operation::Subtract, zero)?, step(Operation::Multiply, scale)?];
    let format = Format::Codes(packing, Levels::Offset(0));
    codes.undone(Weight::in_rows(form, (rows, cols), format, steps))
}
