//! U-Nets of SD 1.x, SD 2.x and SDXL.

use super::DENOISER_PREFIX;
use super::role::{Component, Kind, TensorRole, kind_by_shape, numbered};

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    unet(name.strip_prefix(DENOISER_PREFIX)?, shape)
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
