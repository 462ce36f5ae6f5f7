//! Where language models, and what is built around them, put their parts.

use crate::sorted;

/// Names of Mixtral's experts and of Meta's own files, and what the layers are called by all others.
/// Queries and keys of Meta's files have their rows in another order, which depends on the number of
/// heads; that stands in no header, and so they keep their names.
pub(super) const RENAMES: &str = "\
layers.#.block_sparse_moe.experts.#.w1 layers.#.mlp.experts.#.gate_proj
layers.#.block_sparse_moe.experts.#.w2 layers.#.mlp.experts.#.down_proj
layers.#.block_sparse_moe.experts.#.w3 layers.#.mlp.experts.#.up_proj
layers.#.block_sparse_moe.gate layers.#.mlp.gate
layers.#.attention.wo layers.#.self_attn.o_proj
layers.#.attention.wv layers.#.self_attn.v_proj
layers.#.attention_norm layers.#.input_layernorm
layers.#.feed_forward.w1 layers.#.mlp.gate_proj
layers.#.feed_forward.w2 layers.#.mlp.down_proj
layers.#.feed_forward.w3 layers.#.mlp.up_proj
layers.#.ffn_norm layers.#.post_attention_layernorm
tok_embeddings embed_tokens
";

/// What a layer of a language model has first of all.
const LAYER: [&str; 5] = [
    "layers.0.self_attn.",
    "layers.0.linear_attn.",
    "layers.0.input_layernorm.",
    "layers.0.mlp.",
    "layers.0.attention.wv.",
];

/// Where the text part is: what stands in front of its layers, what of that is taken away, and what
/// is put there. The first that fits counts.
const TEXT: [(&str, &str, &str); 10] = [
    ("model.language_model.model.", "model.language_model.", ""),
    ("model.language_model.", "model.language_model.", "model."),
    ("language_model.model.", "language_model.", ""),
    ("language_model.", "language_model.", "model."),
    ("thinker.model.", "thinker.", ""),
    ("model.text_model.", "model.text_model.", "model."),
    ("text_model.model.", "text_model.", ""),
    ("llm.model.", "llm.", ""),
    ("model.", "model.", "model."),
    ("", "", "model."),
];

/// Models with layers of other names: beginnings of names, all of which are there, what is taken
/// away, and what is put there.
const OTHERS: [(&[&str], &str, &str); 9] = [
    (&["transformer.h.0.attn."], "transformer.", "transformer."),
    (&["model.encoder.layers.0.self_attn."], "model.", "model."),
    (&["layers.0.attention.query_key_value."], "", "gpt_neox."),
    (&["h.0.attn."], "", "transformer."),
    (&["roberta.encoder.layer.0."], "roberta.", "bert."),
    (&["encoder.layer.0.attention.self."], "", "bert."),
    (&["encoder.layer.0.attention.attention."], "", "vit."),
    (&["encoder.layers.0.self_attn.", "decoder.layers.0.encoder_attn."], "", "model."),
    (&["encoder.layers.0.self_attn.", "encoder.conv1."], "", "model."),
];

/// What such models have outside of their body.
const HEADS: [&str; 4] = ["lm_head.", "embed_out.", "cls.", "proj_out."];

/// Parts beside the text part, which some files keep below `model.`, and the output matrix; and what
/// they are called.
const BESIDE: [(&str, &str); 9] = [
    ("visual.", "visual."),
    ("vision_tower.", "vision_tower."),
    ("vision_model.", "vision_model."),
    ("multi_modal_projector.", "multi_modal_projector."),
    ("connector.", "connector."),
    ("audio_tower.", "audio_tower."),
    ("embed_vision.", "embed_vision."),
    ("lm_head.", "lm_head."),
    // in Meta's own files
    ("output.", "lm_head."),
];

/// Whether the layers behind `prefix` have names that [`RENAMES`] are about: those of most models are
/// many, and are not.
pub(super) fn has_other_names(names: &[&str], prefix: &str) -> bool {
    ["layers.0.block_sparse_moe.", "layers.0.attention.wv."]
        .iter()
        .any(|mark| sorted::begins(names, &format!("{prefix}{mark}")))
}

/// For a language model whose names begin with `strip`: beginnings, and what stands there in the
/// canonical layout.
pub(super) fn parts(names: &[&str], strip: &str) -> Vec<(String, &'static str)> {
    let at = |mark: &str| sorted::begins(names, &format!("{strip}{mark}"));
    let is_other = |(marks, ..): &&(&[&str], &str, &str)| marks.iter().all(|mark| at(mark));
    if let Some((_, prefix, put)) = OTHERS.iter().find(is_other) {
        let heads = HEADS.iter().filter(|head| at(head));
        let heads = heads.map(|head| (format!("{strip}{head}"), *head));
        return heads.chain([(format!("{strip}{prefix}"), *put)]).collect();
    }
    let is_text = |(before, ..): &&(&str, &str, &str)| {
        LAYER.iter().any(|layer| at(&format!("{before}{layer}")))
    };
    let Some((_, prefix, put)) = TEXT.iter().find(is_text) else { return Vec::new() };
    let mut parts = vec![(format!("{strip}{prefix}"), *put)];
    for (part, put) in BESIDE {
        parts.extend(
            ["model.", ""]
                .into_iter()
                .filter(|place| at(&format!("{place}{part}")))
                .map(|place| (format!("{strip}{place}{part}"), put)),
        );
    }
    parts
}
