//! Language models, and what else is made of the same layers: encoders, and models that see.

use super::role::{Component, Kind, TensorRole, kind_by_shape, numbered};

/// Name of the token embedding.
pub(crate) const EMBEDDING: &str = "model.embed_tokens.weight";
/// Name of the output matrix, which may be the embedding itself.
pub(crate) const HEAD: &str = "lm_head.weight";

/// Names of tensors that have a row for each token, without the parameter. CLIP has one vocabulary:
/// where its height differs, the tensor is another.
const VOCABULARIES: [&str; 11] = [
    "embed_tokens",
    "lm_head",
    "wte",
    "embed_in",
    "embed_out",
    "word_embeddings",
    "tok_embeddings",
    "shared",
    "llm_adapter.embed",
    "predictions.decoder",
    "proj_out",
];

/// Beginnings of names up to the number of a layer, what they are part of, and what their blocks
/// are called. The first that fits counts.
const LAYERS: [(&str, Component, &str); 17] = [
    ("model.layers.", Component::Language, "L"),
    ("transformer.h.", Component::Language, "L"),
    ("gpt_neox.layers.", Component::Language, "L"),
    ("bert.encoder.layer.", Component::Language, "L"),
    ("model.encoder.layers.", Component::Language, "E"),
    ("model.decoder.layers.", Component::Language, "D"),
    ("vit.encoder.layer.", Component::Vision, "V"),
    ("vision_model.encoder.layers.", Component::Vision, "V"),
    ("vision_tower.vision_model.encoder.layers.", Component::Vision, "V"),
    ("vision_tower.encoder.layers.", Component::Vision, "V"),
    ("vision_tower.transformer.layers.", Component::Vision, "V"),
    ("vision_tower.encoder.blocks.", Component::Vision, "V"),
    ("vision_model.transformer.layers.", Component::Vision, "V"),
    ("vision_model.global_transformer.layers.", Component::Vision, "G"),
    ("visual.blocks.", Component::Vision, "V"),
    // the text model of SigLIP, which has no use alone
    ("text_model.encoder.layers.", Component::Vision, "T"),
    ("visual.transformer.resblocks.", Component::Vision, "V"),
];

/// Beginnings of all other names, what they are part of, and their block.
const PARTS: [(&str, Component, &str, Kind); 31] = [
    ("model.embed_tokens.", Component::Language, "EMBED", Kind::Embedding),
    ("model.mtp.", Component::Language, "HEAD", Kind::Projection),
    ("transformer.wte.", Component::Language, "EMBED", Kind::Embedding),
    ("transformer.wpe.", Component::Language, "EMBED", Kind::Embedding),
    ("gpt_neox.embed_in.", Component::Language, "EMBED", Kind::Embedding),
    ("bert.embeddings.", Component::Language, "EMBED", Kind::Embedding),
    ("bert.pooler.", Component::Language, "HEAD", Kind::Projection),
    ("lm_head.", Component::Language, "HEAD", Kind::Projection),
    ("embed_out.", Component::Language, "HEAD", Kind::Projection),
    ("proj_out.", Component::Language, "HEAD", Kind::Projection),
    ("model.norm.", Component::Language, "HEAD", Kind::OneDimensional),
    ("transformer.ln_f.", Component::Language, "HEAD", Kind::OneDimensional),
    ("gpt_neox.final_layer_norm.", Component::Language, "HEAD", Kind::OneDimensional),
    ("cls.", Component::Language, "HEAD", Kind::Projection),
    ("model.encoder.conv", Component::Language, "IN", Kind::Projection),
    ("model.encoder.layer_norm.", Component::Language, "HEAD", Kind::OneDimensional),
    ("model.decoder.layer_norm.", Component::Language, "HEAD", Kind::OneDimensional),
    ("model.encoder.", Component::Language, "IN", Kind::Embedding),
    ("model.decoder.", Component::Language, "IN", Kind::Embedding),
    ("model.shared.", Component::Language, "EMBED", Kind::Embedding),
    ("vit.embeddings.", Component::Vision, "VISION", Kind::Embedding),
    ("vit.", Component::Vision, "VISION", Kind::Projection),
    ("vision_model.embeddings.", Component::Vision, "VISION", Kind::Embedding),
    ("vision_model.", Component::Vision, "VISION", Kind::Projection),
    ("vision_tower.", Component::Vision, "VISION", Kind::Projection),
    ("visual.", Component::Vision, "VISION", Kind::Projection),
    ("visual_projection.", Component::Vision, "VISION", Kind::Projection),
    ("multi_modal_projector.", Component::Vision, "VISION", Kind::Projection),
    ("connector.", Component::Vision, "VISION", Kind::Projection),
    ("text_model.embeddings.", Component::Vision, "TEXT", Kind::Embedding),
    ("text_model.", Component::Vision, "TEXT", Kind::Projection),
];

pub(super) fn classify(name: &str, shape: &[u64]) -> Option<TensorRole> {
    for (beginning, component, label) in LAYERS {
        if let Some((layer, rest)) = name.strip_prefix(beginning).and_then(numbered) {
            // experts one behind the other have three dimensions
            let kind = kind_by_shape(&shape[..shape.len().min(2)], projection(rest));
            return Some(TensorRole::new(component, format!("{label}{layer:02}"), kind));
        }
    }
    PARTS.iter().find(|(beginning, ..)| name.starts_with(beginning)).map(
        |(_, component, block, kind)| {
            TensorRole::new(*component, *block, kind_by_shape(shape, *kind))
        },
    )
}

/// Whether the canonical `name` is that of a tensor with a row for each token.
pub(crate) fn is_vocabulary(name: &str) -> bool {
    let layer = name.rsplit_once('.').map_or(name, |(layer, _)| layer);
    VOCABULARIES.iter().any(|vocabulary| {
        layer.strip_suffix(vocabulary).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn projection(rest: &str) -> Kind {
    let layer = ["weight", "bias"]
        .iter()
        .find_map(|end| rest.strip_suffix(end)?.strip_suffix('.'))
        .unwrap_or(rest);
    match layer.rsplit('.').next().unwrap_or_default() {
        "q_proj" | "q_a_proj" | "q_b_proj" => Kind::QProj,
        "k_proj" | "kv_a_proj_with_mqa" | "kv_b_proj" => Kind::KProj,
        "v_proj" => Kind::VProj,
        "o_proj" => Kind::OProj,
        // the second name of each is the experts' in mixtures of experts
        "gate_proj" | "w1" => Kind::GateProj,
        "up_proj" | "w3" => Kind::UpProj,
        "down_proj" | "w2" => Kind::DownProj,
        "gate_up_proj" | "gate" | "router" | "shared_expert_gate" => Kind::FeedForward,
        _ if layer.contains("encoder_attn") || layer.contains("crossattention") => {
            Kind::CrossAttention
        }
        _ if layer.contains("attn") || layer.contains("attention") || layer.contains("qkv") => {
            Kind::SelfAttention
        }
        _ if ["mlp", "fc1", "fc2", "intermediate", "output.dense"]
            .iter()
            .any(|part| layer.contains(part)) =>
        {
            Kind::FeedForward
        }
        _ => Kind::Other,
    }
}
