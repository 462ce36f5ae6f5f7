//! Language models with the naming of Llama, Qwen and Mistral.

use super::{Component, Kind, TensorRole, kind_by_shape, numbered};

/// Name of the token embedding.
pub(crate) const EMBEDDING: &str = "model.embed_tokens.weight";
/// Name of the output matrix, which may be the embedding itself.
pub(crate) const HEAD: &str = "lm_head.weight";

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    let (block, matrix) = if let Some(rest) = name.strip_prefix("model.layers.") {
        let (layer, rest) = numbered(rest)?;
        (format!("L{layer:02}"), projection(rest))
    } else if name.starts_with("model.embed_tokens.") {
        ("EMBED".to_owned(), Kind::Embedding)
    } else if name.starts_with("lm_head.") {
        ("HEAD".to_owned(), Kind::Projection)
    } else if name.starts_with("model.norm.") {
        ("HEAD".to_owned(), Kind::OneDimensional)
    } else {
        return None;
    };
    Some(TensorRole::new(Component::Language, block, kind_by_shape(shape, matrix)))
}

fn projection(rest: &str) -> Kind {
    let layer = rest.rsplit_once('.').map_or(rest, |(layer, _)| layer);
    match layer.rsplit('.').next().unwrap_or_default() {
        "q_proj" => Kind::QProj,
        "k_proj" => Kind::KProj,
        "v_proj" => Kind::VProj,
        "o_proj" => Kind::OProj,
        // the second name of each is the experts' in mixtures of experts
        "gate_proj" | "w1" => Kind::GateProj,
        "up_proj" | "w3" => Kind::UpProj,
        "down_proj" | "w2" => Kind::DownProj,
        "qkv_proj" => Kind::SelfAttention,
        "gate_up_proj" | "gate" => Kind::FeedForward,
        _ => Kind::Other,
    }
}
