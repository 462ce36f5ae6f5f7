//! Denoisers: the U-Nets of SD 1.x, SD 2.x and SDXL; Flux and SD 3.

use super::{Component, Kind, TensorRole, kind_by_shape, numbered};

/// Prefix of a denoiser in a single-file checkpoint.
pub(crate) const PREFIX: &str = "model.diffusion_model.";

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let rest = name.strip_prefix(PREFIX)?;
    unet(rest, shape).or_else(|| flux(rest, shape)).or_else(|| sd3(rest, shape))
}

fn unet(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let (part, rest) = name.split_once('.')?;
    let block = match part {
        "input_blocks" => format!("IN{:02}", numbered(rest)?.0),
        "middle_block" => "MID".to_owned(),
        "output_blocks" => format!("OUT{:02}", numbered(rest)?.0),
        "time_embed" | "label_emb" => "EMB".to_owned(),
        "out" => "FINAL".to_owned(),
        _ => return None,
    };
    let matrix = if name.contains(".attn1.") {
        Kind::SelfAttention
    } else if name.contains(".attn2.") {
        Kind::CrossAttention
    } else if name.contains(".ff.net.") {
        Kind::FeedForward
    } else if block == "EMB" || name.contains(".emb_layers.") {
        Kind::Embedding
    } else if name.contains(".skip_connection.") {
        Kind::Convolution1x1
    } else {
        Kind::Projection
    };
    // projections may be stored as matrices or as 1×1 convolutions: the same weights
    let kind = match kind_by_shape(shape, matrix) {
        Kind::Convolution1x1 => matrix,
        kind => kind,
    };
    Some(TensorRole::new(Component::UNet, block, kind))
}

fn flux(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let (part, rest) = name.split_once('.').unwrap_or((name, ""));
    let block = match part {
        "double_blocks" => format!("D{:02}", numbered(rest)?.0),
        "single_blocks" => format!("S{:02}", numbered(rest)?.0),
        // SD 3 has it too
        "final_layer" => "OUT".to_owned(),
        "img_in" | "txt_in" | "time_in" | "vector_in" | "guidance_in" => "IN".to_owned(),
        _ => return None,
    };
    let matrix = if name.contains("_attn.") {
        Kind::SelfAttention
    } else if name.contains("_mlp.") {
        Kind::FeedForward
    } else if name.contains("mod") {
        Kind::Modulation
    } else if part == "single_blocks" {
        Kind::Fused
    } else if block == "IN" {
        Kind::Embedding
    } else {
        Kind::Projection
    };
    Some(TensorRole::new(Component::Transformer, block, kind_by_shape(shape, matrix)))
}

fn sd3(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let (part, rest) = name.split_once('.').unwrap_or((name, ""));
    let block = match part {
        "joint_blocks" => format!("J{:02}", numbered(rest)?.0),
        "x_embedder" | "context_embedder" | "t_embedder" | "y_embedder" | "pos_embed" => {
            "IN".to_owned()
        }
        _ => return None,
    };
    let matrix = if name.contains(".adaLN_modulation.") {
        Kind::Modulation
    } else if name.contains(".attn.") || name.contains(".attn2.") {
        Kind::SelfAttention
    } else if name.contains(".mlp.") && block.starts_with('J') {
        Kind::FeedForward
    } else if block == "IN" {
        Kind::Embedding
    } else {
        Kind::Projection
    };
    Some(TensorRole::new(Component::Transformer, block, kind_by_shape(shape, matrix)))
}
