//! Language models and what is made of the same layers: known wherever their parts are put, and met
//! whether layers are in one tensor or in several.

use weightkin::architecture::{Component, Kind};
use weightkin::dtype::Dtype;
use weightkin::input::{Input, match_inputs};
use weightkin::matching::{Matching, Options};

use crate::{Listed, model};

/// Tensors of `text`: a name and a shape a line, `#` for the numbers 0 and 1.
fn listed(text: &str) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, shape) = line.split_once(' ').unwrap();
        let shape: Vec<u64> = shape.split('x').map(|d| d.parse().unwrap()).collect();
        let mut names = vec![name.to_owned()];
        while names[0].contains('#') {
            let numbered = |name: &String| ["0", "1"].map(|number| name.replacen('#', number, 1));
            names = names.iter().flat_map(numbered).collect();
        }
        listed.extend(names.into_iter().map(|name| Listed {
            name,
            dtype: Dtype::BF16,
            shape: shape.clone(),
            parts: Vec::new(),
        }));
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    listed
}

/// `text` with one beginning of names for another.
fn put(text: &str, from: &str, to: &str) -> String {
    let line = |line: &str| match line.trim().strip_prefix(from) {
        Some(rest) => format!("{to}{rest}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn matching(a: &str, b: &str) -> Matching {
    let (a, b) = (Input::Full(model(&listed(a))), Input::Full(model(&listed(b))));
    match_inputs(&[&a, &b], &Options::default()).unwrap()
}

/// Asserts that all of `a` meets all of `b`, in so many tensors.
fn assert_meet(a: &str, b: &str, tensors: usize) {
    for (a, b) in [(a, b), (b, a)] {
        let matching = matching(a, b);
        assert_eq!(matching.left_out, [], "{a}\n{b}");
        assert_eq!(matching.matched.len(), tensors, "{a}\n{b}");
        for matched in &matching.matched {
            let [a, b] = matched.tensors.as_slice() else { panic!("two models") };
            assert_eq!(a.source.shape, b.source.shape, "{}", matched.name);
            assert_eq!(a.role, b.role, "{}", matched.name);
        }
    }
}

const GPT2: &str = "
    transformer.h.#.attn.c_attn.bias 24
    transformer.h.#.attn.c_attn.weight 8x24
    transformer.h.#.attn.c_proj.weight 8x8
    transformer.h.#.ln_1.weight 8
    transformer.h.#.mlp.c_fc.weight 8x32
    transformer.h.#.mlp.c_proj.weight 32x8
    transformer.ln_f.weight 8
    transformer.wpe.weight 16x8
    transformer.wte.weight 40x8";

const NEOX: &str = "
    embed_out.weight 40x8
    gpt_neox.embed_in.weight 40x8
    gpt_neox.final_layer_norm.weight 8
    gpt_neox.layers.#.attention.dense.weight 8x8
    gpt_neox.layers.#.attention.query_key_value.weight 24x8
    gpt_neox.layers.#.input_layernorm.weight 8
    gpt_neox.layers.#.mlp.dense_4h_to_h.weight 8x32
    gpt_neox.layers.#.mlp.dense_h_to_4h.weight 32x8";

const BERT: &str = "
    bert.embeddings.position_embeddings.weight 16x8
    bert.embeddings.token_type_embeddings.weight 2x8
    bert.embeddings.word_embeddings.weight 40x8
    bert.encoder.layer.#.attention.output.dense.weight 8x8
    bert.encoder.layer.#.attention.self.key.weight 8x8
    bert.encoder.layer.#.attention.self.query.weight 8x8
    bert.encoder.layer.#.intermediate.dense.weight 32x8
    bert.encoder.layer.#.output.dense.weight 8x32
    bert.pooler.dense.weight 8x8
    cls.predictions.transform.dense.weight 8x8";

const WHISPER: &str = "
    model.decoder.embed_positions.weight 16x8
    model.decoder.embed_tokens.weight 40x8
    model.decoder.layer_norm.weight 8
    model.decoder.layers.#.encoder_attn.k_proj.weight 8x8
    model.decoder.layers.#.encoder_attn.out_proj.weight 8x8
    model.decoder.layers.#.fc1.weight 32x8
    model.decoder.layers.#.self_attn.q_proj.weight 8x8
    model.encoder.conv1.weight 8x8x3
    model.encoder.embed_positions.weight 16x8
    model.encoder.layers.#.fc2.weight 8x32
    model.encoder.layers.#.self_attn.v_proj.weight 8x8";

const VIT: &str = "
    vit.embeddings.cls_token 1x1x8
    vit.embeddings.patch_embeddings.projection.weight 8x3x4x4
    vit.encoder.layer.#.attention.attention.query.weight 8x8
    vit.encoder.layer.#.attention.output.dense.weight 8x8
    vit.encoder.layer.#.intermediate.dense.weight 32x8
    vit.encoder.layer.#.output.dense.weight 8x32
    vit.layernorm.weight 8
    vit.pooler.dense.weight 8x8";

const CLIP: &str = "
    logit_scale 1
    text_model.embeddings.position_embedding.weight 16x8
    text_model.embeddings.token_embedding.weight 40x8
    text_model.encoder.layers.#.mlp.fc1.weight 32x8
    text_model.encoder.layers.#.self_attn.q_proj.weight 8x8
    text_model.final_layer_norm.weight 8
    text_projection.weight 8x8
    vision_model.embeddings.class_embedding 8
    vision_model.embeddings.patch_embedding.weight 8x3x4x4
    vision_model.encoder.layers.#.mlp.fc1.weight 32x8
    vision_model.encoder.layers.#.self_attn.q_proj.weight 8x8
    vision_model.post_layernorm.weight 8
    visual_projection.weight 8x8";

const SIGLIP: &str = "
    logit_bias 1
    text_model.embeddings.token_embedding.weight 40x8
    text_model.encoder.layers.#.self_attn.q_proj.weight 8x8
    text_model.head.weight 8x8
    vision_model.encoder.layers.#.mlp.fc1.weight 32x8
    vision_model.encoder.layers.#.self_attn.q_proj.weight 8x8
    vision_model.head.attention.in_proj_weight 24x8
    vision_model.head.probe 1x1x8";

const T5: &str = "
    decoder.block.#.layer.0.SelfAttention.q.weight 8x8
    decoder.block.#.layer.1.EncDecAttention.k.weight 8x8
    decoder.block.#.layer.2.DenseReluDense.wi_0.weight 32x8
    decoder.final_layer_norm.weight 8
    encoder.block.#.layer.0.SelfAttention.q.weight 8x8
    encoder.block.#.layer.1.DenseReluDense.wo.weight 8x32
    encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight 32x4
    lm_head.weight 40x8
    shared.weight 40x8";

const DEEPSEEK: &str = "
    lm_head.weight 40x8
    model.embed_tokens.weight 40x8
    model.layers.#.input_layernorm.weight 8
    model.layers.#.mlp.experts.#.down_proj.weight 8x6
    model.layers.#.mlp.experts.#.gate_proj.weight 6x8
    model.layers.#.mlp.experts.#.up_proj.weight 6x8
    model.layers.#.mlp.gate.weight 2x8
    model.layers.#.mlp.shared_experts.up_proj.weight 6x8
    model.layers.#.self_attn.kv_a_proj_with_mqa.weight 12x8
    model.layers.#.self_attn.kv_b_proj.weight 16x8
    model.layers.#.self_attn.o_proj.weight 8x8
    model.layers.#.self_attn.q_a_proj.weight 6x8
    model.layers.#.self_attn.q_b_proj.weight 8x6
    model.norm.weight 8";

const GPT_OSS: &str = "
    lm_head.weight 40x8
    model.embed_tokens.weight 40x8
    model.layers.#.mlp.experts.down_proj 2x6x8
    model.layers.#.mlp.experts.down_proj_bias 2x8
    model.layers.#.mlp.experts.gate_up_proj 2x8x12
    model.layers.#.mlp.experts.gate_up_proj_bias 2x12
    model.layers.#.mlp.router.weight 2x8
    model.layers.#.self_attn.q_proj.weight 8x8
    model.layers.#.self_attn.sinks 4
    model.norm.weight 8";

/// A model of words and pictures, as its text part is put today.
const VISION_LANGUAGE: &str = "
    lm_head.weight 40x8
    model.language_model.embed_tokens.weight 40x8
    model.language_model.layers.#.mlp.up_proj.weight 32x8
    model.language_model.layers.#.self_attn.q_proj.weight 8x8
    model.language_model.norm.weight 8
    model.visual.blocks.#.attn.qkv.weight 24x8
    model.visual.blocks.#.mlp.gate_proj.weight 32x8
    model.visual.merger.mlp.0.weight 8x8
    model.visual.patch_embed.proj.weight 8x3x4x4";

#[test]
fn every_language_model_is_known_and_named() {
    for (title, text) in [
        ("language model", GPT2),
        ("language model", NEOX),
        ("language model", BERT),
        ("language model", WHISPER),
        ("language model", DEEPSEEK),
        ("language model", GPT_OSS),
        ("language model", VISION_LANGUAGE),
        ("text encoder", T5),
        ("text encoder", CLIP),
        ("vision model", VIT),
    ] {
        let model = model(&listed(text));
        assert_eq!(model.recognition.title, title, "{text}");
        for (name, tensor) in &model.canonical.tensors {
            assert_ne!(tensor.role.component, Component::Other, "{name}");
            assert_ne!(tensor.role.kind, Kind::Other, "{name}");
        }
    }
}

#[test]
fn what_sees_is_told_from_what_reads() {
    for (text, words, pictures) in [
        (CLIP, Component::TextEncoderL, Component::Vision),
        (SIGLIP, Component::Vision, Component::Vision),
    ] {
        let model = model(&listed(text));
        let of = |part: &str| {
            let mut found = model.canonical.tensors.iter().filter(|(name, _)| name.contains(part));
            found.next().unwrap().1.role.component
        };
        assert_eq!((of("text_model.encoder"), of("vision_model.encoder")), (words, pictures));
    }
    let t5 = model(&listed(T5)).canonical;
    let kind =
        |part: &str| t5.tensors.iter().find(|(name, _)| name.contains(part)).unwrap().1.role.kind;
    assert_eq!(kind("EncDecAttention"), Kind::CrossAttention);
    assert_eq!(kind("SelfAttention"), Kind::SelfAttention);
}

#[test]
fn the_text_part_meets_wherever_it_is_put() {
    let count = listed(VISION_LANGUAGE).len();
    let elsewhere = [
        put(&put(VISION_LANGUAGE, "model.language_model.", "model."), "model.visual.", "visual."),
        put(
            &put(VISION_LANGUAGE, "model.language_model.", "language_model.model."),
            "lm_head.",
            "language_model.lm_head.",
        ),
        VISION_LANGUAGE
            .replace("model.language_model.", "thinker.model.")
            .replace("model.visual.", "thinker.visual.")
            .replace("lm_head.", "thinker.lm_head."),
        put(VISION_LANGUAGE, "model.language_model.", "model.text_model."),
        put(
            &put(VISION_LANGUAGE, "model.language_model.", "llm.model."),
            "lm_head.",
            "llm.lm_head.",
        ),
        put(VISION_LANGUAGE, "", "text_encoder/").replace("text_encoder/\n", "\n"),
        put(VISION_LANGUAGE, "", "_orig_mod.").replace("_orig_mod.\n", "\n"),
    ];
    for other in elsewhere {
        assert_meet(VISION_LANGUAGE, &other, count);
    }
}

#[test]
fn a_body_meets_its_model() {
    for (text, prefix) in [
        (GPT2, "transformer."),
        (NEOX, "gpt_neox."),
        (BERT, "bert."),
        (VIT, "vit."),
        (WHISPER, "model."),
    ] {
        assert_meet(text, &put(text, prefix, ""), listed(text).len());
    }
    assert_meet(BERT, &put(BERT, "bert.", "roberta."), listed(BERT).len());
}

const SEPARATE: &str = "
    model.embed_tokens.weight 40x8
    model.layers.#.mlp.experts.#.down_proj.weight 8x6
    model.layers.#.mlp.experts.#.gate_proj.weight 6x8
    model.layers.#.mlp.experts.#.up_proj.weight 6x8
    model.layers.#.self_attn.k_proj.bias 4
    model.layers.#.self_attn.k_proj.weight 4x8
    model.layers.#.self_attn.q_proj.bias 8
    model.layers.#.self_attn.q_proj.weight 8x8
    model.layers.#.self_attn.v_proj.bias 4
    model.layers.#.self_attn.v_proj.weight 4x8";

#[test]
fn layers_in_one_meet_layers_apart() {
    let fused = "
        model.embed_tokens.weight 40x8
        model.layers.#.mlp.experts.down_proj 2x8x6
        model.layers.#.mlp.experts.gate_up_proj 2x12x8
        model.layers.#.self_attn.qkv_proj.bias 16
        model.layers.#.self_attn.qkv_proj.weight 16x8";
    assert_meet(SEPARATE, fused, 1 + 2 * (2 * 3 + 2));
    // where all keep them in one they stay in one
    assert_eq!(matching(fused, fused).matched.len(), 1 + 2 * 4);
    let input = Input::Full(model(&listed(fused)));
    let matching = matching(SEPARATE, fused);
    let matched = matching.matched.iter();
    let find = |name: &str| matched.clone().find(|matched| matched.name == name).unwrap();
    let Input::Full(full) = &input else { panic!("it is") };
    // the second expert's entry: behind the first expert's gate and entry and its own gate
    let stacked = full.model.tensors[&"model.layers.1.mlp.experts.gate_up_proj".to_owned()].start;
    let entry = &find("model.layers.1.mlp.experts.1.up_proj.weight").tensors[1].source;
    assert_eq!(entry.pieces[0].start, stacked + (12 + 6) * 8 * 2);
    assert_eq!((entry.pieces[0].rows, entry.shape.as_slice()), (6, [6, 8].as_slice()));
    let qkv = &find("model.layers.0.self_attn.qkv_proj.weight").tensors[0];
    let parts: Vec<&str> = qkv.stored_names.iter().map(|name| &name[25..26]).collect();
    assert_eq!(parts, ["q", "k", "v"]);
    // dense layers in one
    let dense = "
        model.layers.#.mlp.gate_proj.weight 6x8
        model.layers.#.mlp.up_proj.weight 6x8
        model.layers.#.self_attn.o_proj.weight 8x8";
    let phi = "
        model.layers.#.mlp.gate_up_proj.weight 12x8
        model.layers.#.self_attn.o_proj.weight 8x8";
    assert_meet(dense, phi, 4);
}

#[test]
fn experts_and_layers_of_other_names() {
    let mixtral = SEPARATE
        .replace("mlp.experts.#.down_proj", "block_sparse_moe.experts.#.w2")
        .replace("mlp.experts.#.gate_proj", "block_sparse_moe.experts.#.w1")
        .replace("mlp.experts.#.up_proj", "block_sparse_moe.experts.#.w3");
    assert_meet(SEPARATE, &mixtral, listed(SEPARATE).len());
    let meta = "
        layers.#.attention.wo.weight 8x8
        layers.#.attention.wq.weight 8x8
        layers.#.attention.wv.weight 4x8
        layers.#.attention_norm.weight 8
        layers.#.feed_forward.w2.weight 8x6
        norm.weight 8
        output.weight 40x8
        tok_embeddings.weight 40x8";
    let usual = "
        lm_head.weight 40x8
        model.embed_tokens.weight 40x8
        model.layers.#.input_layernorm.weight 8
        model.layers.#.mlp.down_proj.weight 8x6
        model.layers.#.self_attn.o_proj.weight 8x8
        model.layers.#.self_attn.q_proj.weight 8x8
        model.layers.#.self_attn.v_proj.weight 4x8
        model.norm.weight 8";
    let matching = matching(usual, meta);
    assert_eq!(matching.matched.len(), 11);
    // the order of the rows of queries depends on what no header says
    let left_out: Vec<&str> = matching.left_out.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        left_out,
        [
            "model.layers.0.attention.wq.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.1.attention.wq.weight",
            "model.layers.1.self_attn.q_proj.weight",
        ]
    );
}

#[test]
fn vocabularies_may_differ_in_height_under_any_name() {
    for text in [GPT2, NEOX, BERT, T5, WHISPER] {
        let taller = text.replace(" 40x8", " 48x8");
        let all = listed(text).len();
        let matching = matching(text, &taller);
        assert_eq!((matching.matched.len(), matching.left_out.len()), (all, 0), "{text}");
        assert!(matching.matched.iter().any(|matched| matched.heights().is_some()));
    }
}
