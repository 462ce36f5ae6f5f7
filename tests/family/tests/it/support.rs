//! Reads generated files with the `safetensors` crate, so that generator and reader share nothing.

use std::collections::BTreeMap;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use weightkin_family::{Family, Manifest, TensorList};

/// A tensor as read: dtype, shape, values widened to f64.
pub type Read = (Dtype, Vec<usize>, Vec<f64>);

/// Reads every tensor of a file.
pub fn read(file: &[u8]) -> BTreeMap<String, Read> {
    let parsed = SafeTensors::deserialize(file).expect("a valid file");
    let tensors = parsed.tensors().into_iter();
    tensors
        .map(|(name, view)| {
            let values = widen(view.dtype(), view.data());
            (name, (view.dtype(), view.shape().to_vec(), values))
        })
        .collect()
}

fn widen(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::F64 => chunks(bytes, f64::from_le_bytes),
        Dtype::F32 => chunks(bytes, |raw| f64::from(f32::from_le_bytes(raw))),
        Dtype::F16 => chunks(bytes, |raw| f16::from_le_bytes(raw).to_f64()),
        Dtype::BF16 => chunks(bytes, |raw| bf16::from_le_bytes(raw).to_f64()),
        Dtype::F8_E5M2 => chunks(bytes, |[raw]| f16::from_bits(u16::from(raw) << 8).to_f64()),
        Dtype::F8_E4M3 => chunks(bytes, |[raw]| e4m3(raw)),
        Dtype::I64 => chunks(bytes, |raw| i64::from_le_bytes(raw) as f64),
        Dtype::I32 => chunks(bytes, |raw| f64::from(i32::from_le_bytes(raw))),
        Dtype::U8 | Dtype::BOOL => chunks(bytes, |[raw]| f64::from(raw)),
        other => panic!("no test reads {other:?}"),
    }
}

fn chunks<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.chunks_exact(N).map(|raw| value(raw.try_into().expect("N bytes"))).collect()
}

/// By the definition of the format.
fn e4m3(code: u8) -> f64 {
    let (exponent, mantissa) = (i32::from(code >> 3 & 15), f64::from(code & 7));
    let magnitude = match exponent {
        15 if code & 7 == 7 => f64::NAN,
        0 => mantissa / 512.0,
        _ => (1.0 + mantissa / 8.0) * 2_f64.powi(exponent - 7),
    };
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

/// A small architecture with a tensor for every kind of block and rank.
pub fn small() -> Family {
    let list: [(&str, Dtype, &[u64]); 20] = [
        ("conditioner.embedders.0.transformer.position_ids", Dtype::I64, &[1, 77]),
        ("conditioner.embedders.0.transformer.mlp.fc1.weight", Dtype::F16, &[32, 8]),
        ("conditioner.embedders.1.model.logit_scale", Dtype::F16, &[]),
        ("conditioner.embedders.1.model.mlp.c_fc.weight", Dtype::F16, &[8, 32]),
        ("first_stage_model.decoder.conv_in.weight", Dtype::F16, &[8, 4, 3, 3]),
        ("first_stage_model.decoder.conv_in.bias", Dtype::F16, &[8]),
        ("model.diffusion_model.input_blocks.0.0.weight", Dtype::F16, &[32, 4, 3, 3]),
        ("model.diffusion_model.input_blocks.1.1.to_q.weight", Dtype::F16, &[48, 24]),
        ("model.diffusion_model.input_blocks.1.1.to_k.weight", Dtype::F16, &[24, 48]),
        ("model.diffusion_model.middle_block.0.weight", Dtype::F16, &[16, 40]),
        ("model.diffusion_model.middle_block.0.bias", Dtype::F16, &[40]),
        ("model.diffusion_model.middle_block.1.conv.weight", Dtype::F16, &[16, 16, 3, 3]),
        ("model.diffusion_model.out.0.bias", Dtype::F16, &[12]),
        ("model.diffusion_model.out.0.weight", Dtype::F16, &[12]),
        ("model.diffusion_model.output_blocks.2.0.weight", Dtype::F16, &[20, 30]),
        // larger than a unit of work, and not a whole number of tiles
        ("model.diffusion_model.output_blocks.3.0.weight", Dtype::F16, &[701, 1033]),
        ("model.diffusion_model.output_blocks.8.0.weight", Dtype::F16, &[20, 30]),
        ("model.diffusion_model.time_embed.0.weight", Dtype::F16, &[20, 20]),
        ("model.layers.0.mlp.up_proj.weight", Dtype::BF16, &[20, 20]),
        ("model.layers.10.mlp.up_proj.weight", Dtype::BF16, &[20, 20]),
    ];
    let list: TensorList = list
        .into_iter()
        .map(|(name, dtype, shape)| (name.to_owned(), (dtype, shape.to_vec())))
        .collect();
    Family::new(Manifest::Custom(list))
}

/// The column cosine of two matrices, averaged over the columns.
pub fn mean_column_cosine(a: &[f64], b: &[f64], columns: usize) -> f64 {
    let mut sums = vec![[0.0; 3]; columns];
    for (place, (x, y)) in a.iter().zip(b).enumerate() {
        let [xx, xy, yy] = &mut sums[place % columns];
        (*xx, *xy, *yy) = (*xx + x * x, *xy + x * y, *yy + y * y);
    }
    let cosines = sums.iter().map(|[xx, xy, yy]| xy / (xx * yy).sqrt());
    cosines.sum::<f64>() / columns as f64
}
