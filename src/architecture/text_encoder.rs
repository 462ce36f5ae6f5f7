//! Text encoders: CLIP-L, OpenCLIP (bigG of SDXL, ViT-H of SD 2.x), T5 and UMT5.

use super::role::{Component, Kind, TensorRole, kind_by_shape, numbered};

/// Prefixes of CLIP-L in single files of SDXL and SD 1.x.
pub(crate) const CLIP_L_PREFIXES: [&str; 2] =
    ["conditioner.embedders.0.transformer.", "cond_stage_model.transformer."];

/// Prefix of T5 in a single-file checkpoint.
pub(crate) const T5_PREFIX: &str = "text_encoders.t5xxl.transformer.";
/// Prefix of UMT5 in a single-file checkpoint.
pub(crate) const UMT5_PREFIX: &str = "text_encoders.umt5xxl.transformer.";

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let component = component(name)?;
    let matrix = if name.contains("embedding") || name.contains("shared.") {
        Kind::Embedding
    } else if name.contains("EncDecAttention.") {
        Kind::CrossAttention
    } else if name.contains(".self_attn.") || name.contains(".attn.") || name.contains("Attention.")
    {
        Kind::SelfAttention
    } else if name.contains(".mlp.") || name.contains("DenseReluDense.") {
        Kind::FeedForward
    } else if name.contains("position_ids") {
        Kind::Embedding
    } else {
        Kind::Projection
    };
    Some(TensorRole::new(component, component.to_string(), kind_by_shape(shape, matrix)))
}

fn component(name: &str) -> Option<Component> {
    if let Some(embedder) = name.strip_prefix("conditioner.embedders.") {
        let (_, rest) = numbered(embedder)?;
        return Some(if rest.starts_with("model.") {
            Component::TextEncoderG
        } else {
            Component::TextEncoderL
        });
    }
    if let Some(rest) = name.strip_prefix("cond_stage_model.") {
        return Some(if rest.starts_with("model.") {
            Component::TextEncoderH
        } else {
            Component::TextEncoderL
        });
    }
    let (encoder, _) = name.strip_prefix("text_encoders.")?.split_once('.')?;
    match encoder {
        "clip_l" => Some(Component::TextEncoderL),
        "clip_g" => Some(Component::TextEncoderG),
        "t5xxl" => Some(Component::TextEncoderT5),
        "umt5xxl" => Some(Component::TextEncoderUmt5),
        _ => None,
    }
}
