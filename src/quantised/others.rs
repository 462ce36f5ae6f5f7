//! SDNQ and torchao: a scale under a name of their own, where nothing else is done to the weights.

use super::form::{Codes, Weight, by_shape, offset, scale_format};
use super::storage::Storage;
use crate::decode::packed::Operation;
use crate::dtype::{Class, Dtype, class};
use crate::tensor::Format;

/// Settings of SDNQ that do more to a weight than a scale does.
const MORE: [&str; 4] = ["use_svd", "use_hadamard", "use_codebook", "use_quantized_matmul"];

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
    let (form, format, cols) = match (config.text("weights_dtype")?, codes.tensor.shape.as_slice())
    {
        ("int8", [_, cols]) if dtype == Dtype::I8 => ("sdnq int8", Format::Plain(dtype), *cols),
        (name, [_, cols]) if is_float && name.starts_with("float8") => {
            ("sdnq fp8", Format::Plain(dtype), *cols)
        }
        (name @ ("int4" | "uint4"), [bytes]) if dtype == Dtype::U8 => {
            let half = if name == "int4" { 8 } else { 0 };
            ("sdnq 4-bit", offset(4, half), bytes.checked_mul(2)? / scale.shape.first()?.max(&1))
        }
        _ => return None,
    };
    let rows = *scale.shape.first()?;
    let is_unsigned = config.text("weights_dtype")?.starts_with('u');
    if is_unsigned != zero.is_some() {
        return None;
    }
    let mut steps = vec![by_shape(Operation::Multiply, scale, scale_format(scale)?, (rows, cols))?];
    if let Some(zero) = zero {
        steps.push(by_shape(Operation::Add, zero, scale_format(zero)?, (rows, cols))?);
    }
    codes.undone(Weight::in_rows(form, (rows, cols), format, steps))
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
