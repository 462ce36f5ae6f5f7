//! MLX: a stream of bits in each row, with scales and biases for groups, or scales alone.

use super::form::{Codes, EXPONENTS, Weight, by_shape, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::Dtype;
use crate::model::Tensor;
use crate::tensor::{Format, Levels};

/// Module of experts whose weights are one tensor, and what stands for it where they are apart.
const STACKED: &str = ".switch_mlp.";
/// Most experts in one tensor.
const MOST_EXPERTS: u64 = 4096;

/// What `codes` stand for: a weight, or those of all experts.
pub(super) fn undo(codes: &Codes<'_>) -> Option<Storage> {
    let (scales, biases) = (codes.beside("scales")?, codes.beside("biases"));
    let [experts, _, _] = codes.tensor.shape[..] else { return one(codes, scales, biases) };
    let fits = |tensor: &Tensor| tensor.shape.len() == 3 && tensor.shape[0] == experts;
    let is_stacked = codes.module.contains(STACKED) && (1..=MOST_EXPERTS).contains(&experts);
    if !is_stacked || !fits(scales) || !biases.is_none_or(fits) {
        return None;
    }
    let mut weights = Vec::new();
    for at in 0..experts {
        let part = |tensor: &Tensor| {
            let bytes = tensor.bytes() / experts;
            let (start, shape) = (tensor.start + at * bytes, tensor.shape[1..].to_vec());
            Tensor { shape, start, end: start + bytes, ..*tensor }
        };
        let (tensor, biases) = (part(codes.tensor), biases.map(part));
        let expert = Codes { tensor: &tensor, ..*codes };
        let Storage::Weights(found) = one(&expert, &part(scales), biases.as_ref())? else {
            return None;
        };
        let apart = format!(".experts.{at}.");
        weights.extend(
            found.into_iter().map(|(name, source)| (name.replace(STACKED, &apart), source)),
        );
    }
    Some(Storage::Weights(weights))
}

/// What the codes of one weight stand for.
fn one(codes: &Codes<'_>, scales: &Tensor, biases: Option<&Tensor>) -> Option<Storage> {
    let (rows, words) = codes.matrix()?;
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
