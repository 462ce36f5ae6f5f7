//! compressed-tensors, `ModelOpt` and 8-bit floats in blocks: scales by row, group or square, zero
//! points, and codes of a few bits in rows.

use super::form::{Codes, E2M1_LOW_FIRST, EXPONENTS, Weight, blocks, by_shape, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::{Class, Dtype, class};
use crate::model::Tensor;
use crate::tensor::{Format, GridOrder, Levels, Step};

/// Sides of the squares that share a scale.
const SQUARE: u64 = 128;

/// What 8-bit codes of the shape of the weight stand for.
pub(super) fn undo_8bit(codes: &Codes<'_>) -> Option<Storage> {
    let (rows, cols) = codes.matrix()?;
    let dtype = codes.tensor.dtype;
    let is_float = class(dtype) == Class::Float && dtype.bitsize() == 8;
    if codes.leaf != "weight" || !(is_float || dtype == Dtype::I8) {
        return None;
    }
    let known = ["weight_scale", "weight_scale_inv", "weight_zero_point", "input_scale"];
    if !codes.has_nothing_but(&known) {
        return None;
    }
    let scale = codes.beside("weight_scale_inv").or_else(|| codes.beside("weight_scale"))?;
    let mut steps = Vec::new();
    if let Some(zero) = codes.beside("weight_zero_point") {
        if dtype != Dtype::I8 || zero.dtype != Dtype::I8 || zero.shape != scale.shape {
            return None;
        }
        steps.push(by_shape(Operation::Subtract, zero, Format::Plain(Dtype::I8), (rows, cols))?);
    }
    let (form, step) = if is_float && scale.dtype == Dtype::U8 {
        // exponents in the order of the blocks; others are in tiles, and marked
        let is_plain = scale.shape[..] == [rows, cols / 32] && cols.is_multiple_of(32);
        let step = by_shape(Operation::Multiply, scale, EXPONENTS, (rows, cols))?;
        ("mxfp8", is_plain.then_some(step)?)
    } else {
        let format = scale_format(scale)?;
        let is_square = scale.shape[..] == [rows.div_ceil(SQUARE), cols.div_ceil(SQUARE)];
        let by_shape = || by_shape(Operation::Multiply, scale, format, (rows, cols));
        let step = match scale.shape[..] {
            [_, across] if is_square && scale.elements() > 1 => {
                let order = GridOrder::Rows(across);
                blocks(Operation::Multiply, scale, format, (SQUARE, SQUARE), order)
            }
            [_, 1] | [_] | [] => by_shape()?,
            _ => return None,
        };
        (if is_float { "fp8" } else { "int8" }, step)
    };
    steps.push(step);
    codes.undone(Weight::in_rows(form, (rows, cols), Format::Plain(dtype), steps))
}

/// What floats of four bits stand for, whose scales are divided or multiplied by one for all.
pub(super) fn undo_fp4(codes: &Codes<'_>) -> Option<Storage> {
    let (rows, width) = codes.matrix()?;
    if codes.tensor.dtype != Dtype::U8 {
        return None;
    }
    let cols = 2 * width;
    let scale = codes.beside("weight_scale")?;
    let known = ["weight_scale", "weight_scale_2", "weight_global_scale", "input_scale"];
    if !codes.has_nothing_but(&[&known[..], &["input_global_scale"]].concat()) {
        return None;
    }
    let outer = match (codes.leaf, codes.beside("weight_scale_2")) {
        ("weight", Some(outer)) => Some((Operation::Multiply, outer)),
        ("weight_packed", None) => {
            codes.beside("weight_global_scale").map(|outer| (Operation::Divide, outer))
        }
        _ => return None,
    };
    let (form, format, group) = match (scale.dtype, outer.is_some()) {
        (Dtype::F8_E4M3, true) => ("nvfp4", Format::Plain(Dtype::F8_E4M3), 16),
        (Dtype::U8 | Dtype::F8_E8M0, false) => ("mxfp4", EXPONENTS, 32),
        _ => return None,
    };
    if scale.shape[..] != [rows, cols / group] {
        return None;
    }
    let mut steps = vec![by_shape(Operation::Multiply, scale, format, (rows, cols))?];
    if let Some((operation, outer)) = outer {
        let format = scale_format(outer).filter(|_| outer.elements() == 1)?;
        steps.push(by_shape(operation, outer, format, (rows, cols))?);
    }
    codes.undone(Weight::in_rows(form, (rows, cols), E2M1_LOW_FIRST, steps))
}

/// What whole numbers of a few bits in words of 32 stand for.
pub(super) fn undo_packed(codes: &Codes<'_>) -> Option<Storage> {
    let (rows, words) = codes.matrix()?;
    if codes.leaf != "weight_packed" || codes.tensor.dtype != Dtype::I32 {
        return None;
    }
    let cols = second_of(codes.settings("weight_shape")?, codes.beside("weight_shape")?)?;
    let known = ["weight_scale", "weight_shape", "weight_zero_point", "input_scale"];
    if !codes.has_nothing_but(&known) {
        return None;
    }
    let bits = (2..=8_u8).find(|bits| {
        cols.checked_mul(u64::from(*bits)).is_some_and(|all| all.div_ceil(32) == words)
    })?;
    // the codes of a row that does not fill its words would be followed by those of the next
    let stride = words * 32 / u64::from(bits);
    if stride * u64::from(bits) != words * 32 {
        return None;
    }
    let format = Format::Codes(Packing::LowFirst(bits), Levels::Offset(1 << (bits - 1)));
    let scale = codes.beside("weight_scale")?;
    let mut steps = Vec::new();
    if let Some(zero) = codes.beside("weight_zero_point") {
        // words of several rows, one for each group
        let in_word = 32 / u64::from(bits);
        let [down, across] = zero.shape[..] else { return None };
        let width = cols / across.max(1);
        let fits = in_word * u64::from(bits) == 32 && down == rows.div_ceil(in_word);
        if !fits || zero.dtype != Dtype::I32 || width == 0 || width * across != cols {
            return None;
        }
        let order = GridOrder::RowWords(across, in_word);
        let mut step = blocks(Operation::Subtract, zero, format, (1, width), order);
        if let Step::Blocks(_, grid) = &mut step {
            grid.count = down * across * in_word;
        }
        steps.push(step);
    }
    steps.push(by_shape(Operation::Multiply, scale, scale_format(scale)?, (rows, cols))?);
    codes.undone(Weight { stride, ..Weight::in_rows(name(bits), (rows, cols), format, steps) })
}

fn name(bits: u8) -> &'static str {
    match bits {
        2 => "int2",
        3 => "int3",
        4 => "int4",
        8 => "int8",
        _ => "int5-7",
    }
}

/// The second of two stored whole numbers.
fn second_of(bytes: &[u8], tensor: &Tensor) -> Option<u64> {
    match (tensor.dtype, tensor.elements()) {
        (Dtype::I64, 2) => bytes.get(8..16)?.try_into().ok().map(u64::from_le_bytes),
        (Dtype::I32, 2) => bytes.get(4..8)?.try_into().ok().map(u32::from_le_bytes).map(u64::from),
        _ => None,
    }
}
