//! The tensors of SDXL.

use weightkin::dtype::Dtype;
use weightkin_family::Manifest;

/// A tensor's name and dimensions.
pub struct Named {
    pub name: String,
    pub shape: Vec<u64>,
}

/// The tensors that are compared, by name, with one of `layers` of the repeated layers.
pub fn sdxl(layers: u64) -> Vec<Named> {
    let tensors = Manifest::Sdxl.tensors(1).expect("the manifest is valid").into_iter();
    tensors
        .filter(|(name, (dtype, _))| {
            !name.starts_with("first_stage_model.")
                && *dtype != Dtype::I64
                && is_there(name, layers)
        })
        .map(|(name, (_, mut shape))| {
            while shape.len() > 2 && shape.last() == Some(&1) {
                shape.pop();
            }
            Named { name, shape }
        })
        .collect()
}

/// Whether a tensor is in one of the layers that are there.
fn is_there(name: &str, layers: u64) -> bool {
    let layer = ["transformer_blocks.", "layers.", "resblocks."].iter().find_map(|part| {
        let (_, rest) = name.split_once(part)?;
        rest.split('.').next()?.parse::<u64>().ok()
    });
    layer.is_none_or(|layer| layer.is_multiple_of(layers))
}
