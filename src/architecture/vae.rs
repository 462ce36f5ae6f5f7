//! The image autoencoder.

use super::role::{Component, Kind, TensorRole, kind_by_shape};

/// Prefix of the VAE in a single-file checkpoint.
pub(crate) const PREFIX: &str = "first_stage_model.";

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let rest = name.strip_prefix(PREFIX)?;
    let matrix = if rest.contains(".attn_") || rest.contains("qkv") {
        Kind::SelfAttention
    } else {
        Kind::Convolution1x1
    };
    // attention may be stored as 1×1 convolutions
    let kind = match kind_by_shape(shape, matrix) {
        Kind::Convolution1x1 => matrix,
        kind => kind,
    };
    Some(TensorRole::new(Component::Vae, Component::Vae.to_string(), kind))
}
