//! Denoisers that are transformers: what their tensors do, whichever family they are of.

use super::DENOISER_PREFIX;
use super::registry::FAMILIES;
use super::role::{Component, Kind, TensorRole, kind_by_shape};

/// Parts of names, and what the matrices with them do. The first that occurs counts.
const KINDS: [(Kind, &[&str]); 5] = [
    (
        Kind::Modulation,
        &[
            "mod",
            "adaln",
            "adaLN",
            "scale_shift_table",
            "norm1.linear",
            "norm1_context.linear",
            "norm2.linear",
            "norm_out.linear",
        ],
    ),
    (
        Kind::CrossAttention,
        &[
            "cross_attn",
            "cross_attention",
            ".attn2.",
            ".blocks.1.block.attn",
            "to_audio_attn",
            "to_video_attn",
        ],
    ),
    (Kind::SelfAttention, &["attn", "attention", "qkv"]),
    (
        Kind::FeedForward,
        &["mlp", ".ff.", ".ff_", "ffn", "feed_forward", ".block.layer", "channelwise", "experts"],
    ),
    (Kind::Fused, &[".linear1.", ".linear2."]),
];

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let rest = name.strip_prefix(DENOISER_PREFIX)?;
    let block = FAMILIES.iter().find_map(|(_, family)| family.block(rest))?;
    // in SD 3 the second attention of a block is one of the image to itself
    let is_second = rest.starts_with("joint_blocks.") && rest.contains(".attn2.");
    let by_name = || {
        let occurs = |(_, parts): &&(Kind, &[&str])| parts.iter().any(|part| rest.contains(part));
        KINDS.iter().find(occurs).map(|(kind, _)| *kind)
    };
    let matrix = match by_name() {
        Some(Kind::CrossAttention) if is_second => Kind::SelfAttention,
        Some(kind) if block != "IN" || kind == Kind::Modulation => kind,
        _ if block == "IN" => Kind::Embedding,
        _ => Kind::Projection,
    };
    Some(TensorRole::new(Component::Transformer, block, kind_by_shape(shape, matrix)))
}
