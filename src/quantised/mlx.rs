//! MLX: a stream of bits in each row, with scales and biases for groups, or scales alone.

use super::form::{Codes, EXPONENTS, Weight, by_shape, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::Dtype;
use crate::tensor::{Format, Levels};

/// What `codes` stand for.
pub(super) fn undo(codes: &Codes<'_>) -> Option<Storage> {
    let (rows, words) = codes.matrix()?;
    let scales = codes.beside("scales")?;
    let [down, groups] = scales.shape[..] else { return None };
    let is_u32 = codes.tensor.dtype == Dtype::U32 && codes.leaf == "weight";
    if !is_u32 || down != rows || groups == 0 || !codes.has_nothing_but(&["scales", "biases"]) {
        return None;
    }
    let (bits, group, mode) = codes.config.mlx(codes.module)?;
    let cols = words * 32 / u64::from(bits);
    if !(2..=8).contains(&bits) || groups.checked_mul(group) != Some(cols) {
        return None;
    }
    let packing = Packing::LowFirst(bits);
    let biases = codes.beside("biases");
    let f8 = Levels::F8(Dtype::F8_E4M3);
    let bytes = Packing::LowFirst(8);
    let (form, format, scale) = match (mode, bits) {
        ("affine", _) => ("mlx affine", Format::Codes(packing, Levels::Offset(0)), None),
        ("mxfp4", 4) => ("mxfp4", Format::Codes(packing, Levels::E2m1), Some(EXPONENTS)),
        ("nvfp4", 4) => {
            ("nvfp4", Format::Codes(packing, Levels::E2m1), Some(Format::Codes(bytes, f8)))
        }
        ("mxfp8", 8) => ("mxfp8", Format::Codes(packing, f8), Some(EXPONENTS)),
        _ => return None,
    };
    let scale_format = match scale {
        Some(format) if scales.dtype == Dtype::U8 && biases.is_none() => format,
        Some(_) => return None,
        None => scale_format(scales)?,
    };
    let mut steps = vec![by_shape(Operation::Multiply, scales, scale_format, (rows, cols))?];
    if mode == "affine" {
        let biases = biases.filter(|biases| biases.shape == scales.shape)?;
        let format = super::form::scale_format(biases)?;
        steps.push(by_shape(Operation::Add, biases, format, (rows, cols))?);
    }
    codes.undone(Weight::in_rows(form, (rows, cols), format, steps))
}
