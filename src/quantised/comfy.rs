//! `ComfyUI`: the settings of a weight are a text beside it, or one text for all in the metadata.

use serde::Deserialize;

use super::form::{Codes, Weight, blocks, by_shape, place, scale_format};
use super::storage::Storage;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::Dtype;
use crate::model::{Model, Tensor};
use crate::sorted::Entries;
use crate::tensor::{Format, GridOrder, Levels, Step};

/// Metadata that holds the settings of all weights.
const METADATA: &str = "_quantization_metadata";
/// Prefix that the names there lack at times.
const PREFIX: &str = "model.diffusion_model.";
/// Weights that are rotated together, unless the settings say otherwise.
const ROTATION: u32 = 256;

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Rotation {
    convrot: Option<bool>,
    convrot_groupsize: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    format: String,
    convrot: Option<bool>,
    convrot_groupsize: Option<u32>,
    params: Rotation,
}

#[derive(Deserialize)]
struct AllSettings {
    layers: Entries<Settings>,
}

impl Settings {
    fn of(codes: &Codes<'_>) -> Option<Self> {
        if let Some(text) = codes.text("comfy_quant") {
            return serde_json::from_str(text).ok();
        }
        let text = codes.model.metadata.get(METADATA)?;
        let all: AllSettings = serde_json::from_str(text).ok()?;
        let short = codes.module.strip_prefix(PREFIX).unwrap_or(codes.module);
        let is_this = |name: &str| name == codes.module || name == short;
        all.layers.0.into_iter().find(|(name, _)| is_this(name)).map(|(_, settings)| settings)
    }

    /// How many weights are rotated together; `always` where the form says so by itself.
    fn rotation(&self, always: bool) -> Option<u32> {
        let is_rotated = always || self.convrot.or(self.params.convrot).unwrap_or(false);
        let group = self.convrot_groupsize.or(self.params.convrot_groupsize).unwrap_or(ROTATION);
        is_rotated.then_some(group)
    }
}

/// Whether the metadata of `model` holds such settings.
pub(super) fn is_in(model: &Model) -> bool {
    model.metadata.contains_key(METADATA)
}

/// What `codes` stand for, if a text says how they are meant.
pub(super) fn undo(codes: &Codes<'_>) -> Option<Storage> {
    let settings = Settings::of(codes)?;
    let (rows, width) = codes.matrix()?;
    let scale = codes.beside("weight_scale");
    let known = ["weight_scale", "weight_scale_2", "comfy_quant", "input_scale"];
    let is_w4a8 = settings.format == "asym_w4a8_int8";
    let more =
        ["weight_s_rel", "weight_s_channel", "weight_codebook", "comfy_quant", "input_scale"];
    if !codes.has_nothing_but(if is_w4a8 { &more } else { &known }) {
        return None;
    }
    let by_scale =
        |cols| by_shape(Operation::Multiply, scale?, scale_format(scale?)?, (rows, cols));
    let dtype = codes.tensor.dtype;
    let weight = match settings.format.as_str() {
        "int8_tensorwise" if dtype == Dtype::I8 => {
            let steps = vec![by_scale(width)?];
            let rotation = settings.rotation(false);
            let format = Format::Plain(Dtype::I8);
            Weight { rotation, ..Weight::in_rows("int8", (rows, width), format, steps) }
        }
        "convrot_w4a4" if dtype == Dtype::I8 => {
            let format = Format::Codes(Packing::LowFirst(4), Levels::Signed(4));
            let (rotation, steps) = (settings.rotation(true), vec![by_scale(2 * width)?]);
            Weight { rotation, ..Weight::in_rows("int4 rotated", (rows, 2 * width), format, steps) }
        }
        "asym_w4a8_int8" if dtype == Dtype::I8 => w4a8(codes, &settings, rows, width)?,
        "nvfp4" if dtype == Dtype::U8 => {
            let format = Format::Codes(Packing::HighFirst, Levels::E2m1);
            let outer = codes.beside("weight_scale_2")?;
            let steps = vec![
                tiled(scale?, scale_format(scale?)?, 2 * width / 16, 16),
                by_shape(Operation::Multiply, outer, scale_format(outer)?, (rows, 2 * width))?,
            ];
            Weight::in_rows("nvfp4", (rows, 2 * width), format, steps)
        }
        "mxfp8" if dtype == Dtype::F8_E4M3 => {
            let exponents = Format::Codes(Packing::LowFirst(8), Levels::E8m0OrZero);
            let steps = vec![tiled(scale?, exponents, width / 32, 32)];
            let format = Format::Plain(dtype);
            Weight::in_rows("mxfp8", (rows, width), format, steps)
        }
        _ => return None,
    };
    codes.undone(weight)
}

/// Scales in tiles, of `across` blocks of `block_cols` weights.
fn tiled(scale: &Tensor, format: Format, across: u64, block_cols: u64) -> Step {
    let order = GridOrder::Tiles(across.div_ceil(4));
    blocks(Operation::Multiply, scale, format, (1, block_cols), order)
}

/// Levels of a table or of six bits, brought to eight bits by scales of their own.
fn w4a8(codes: &Codes<'_>, settings: &Settings, rows: u64, width: u64) -> Option<Weight> {
    let (inner, outer) = (codes.beside("weight_s_rel")?, codes.beside("weight_s_channel")?);
    let cols = 16 * *inner.shape.get(1)?;
    let format = if width * 2 == cols {
        let codebook = codes.beside("weight_codebook")?;
        let is_table = codebook.dtype == Dtype::F32 && codebook.elements() == 16;
        let levels = Levels::Stored(place(codebook), 16);
        is_table.then_some(Format::Codes(Packing::LowFirst(4), levels))?
    } else if width * 4 == cols * 3 {
        Format::Codes(Packing::Split(u32::try_from(cols).ok()?), Levels::Offset(32))
    } else {
        return None;
    };
    let inner_format = match inner.dtype {
        Dtype::U8 => Format::Codes(Packing::LowFirst(8), Levels::F8(Dtype::F8_E4M3)),
        _ => scale_format(inner)?,
    };
    let steps = vec![
        by_shape(Operation::Multiply, inner, inner_format, (rows, cols))?,
        Step::Round,
        by_shape(Operation::Multiply, outer, scale_format(outer)?, (rows, cols))?,
    ];
    let form = if width * 2 == cols { "w4a8" } else { "w6a8" };
    let rotation = settings.rotation(true);
    Some(Weight { rotation, ..Weight::in_rows(form, (rows, cols), format, steps) })
}
