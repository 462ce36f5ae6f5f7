//! Names of llama.cpp for the tensors of language models and of T5, and what its converter does to
//! the numbers.
//!
//! Only architectures are here whose conversion is known: the names of others stay as they are, and
//! meet no other names.

/// What a tensor of a GGUF file is in the original model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GgufTensor {
    /// Its name there; `{}` stands for the number of an expert, of which there are several in it.
    pub name: String,
    /// Of which attention heads its rows are paired, where the converter pairs them.
    pub heads: Option<Heads>,
    /// Whether the converter added one to it.
    pub is_one_more: bool,
}

/// Attention heads, which metadata counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heads {
    /// Those of queries.
    Query,
    /// Those of keys.
    Key,
}

/// Architectures that are renamed, and what their conversion does beside.
const KNOWN: [(&str, Change); 30] = [
    ("arcee", Change::Paired),
    ("cohere2", Change::None),
    ("command-r", Change::None),
    ("deci", Change::Paired),
    ("deepseek2", Change::None),
    ("gemma", Change::OneMore),
    ("gemma2", Change::OneMore),
    ("gemma3", Change::OneMore),
    ("glm4", Change::None),
    ("gpt-oss", Change::None),
    ("granite", Change::Paired),
    ("granitemoe", Change::Paired),
    ("llama", Change::Paired),
    ("minicpm", Change::Paired),
    ("mistral3", Change::Paired),
    ("nemotron", Change::OneMore),
    ("olmo", Change::Paired),
    ("olmo2", Change::None),
    ("olmoe", Change::None),
    ("phi3", Change::None),
    ("qwen2", Change::None),
    ("qwen2moe", Change::None),
    ("qwen2vl", Change::None),
    ("qwen3", Change::None),
    ("qwen3moe", Change::None),
    ("qwen3vl", Change::None),
    ("qwen3vlmoe", Change::None),
    ("seed_oss", Change::None),
    ("smollm3", Change::Paired),
    ("stablelm", Change::None),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// Rows of queries and keys are in pairs.
    Paired,
    /// Weights of norms are stored with one added.
    OneMore,
}

/// Names outside layers.
const OUTSIDE: [(&str, &str); 3] =
    [("token_embd", "model.embed_tokens"), ("output", "lm_head"), ("output_norm", "model.norm")];

/// Names in a layer.
const LAYER: [(&str, &str); 28] = [
    ("attn_k", "self_attn.k_proj"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"),
    ("attn_kv_a_norm", "self_attn.kv_a_layernorm"),
    ("attn_kv_b", "self_attn.kv_b_proj"),
    ("attn_norm", "input_layernorm"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_q_a", "self_attn.q_a_proj"),
    ("attn_q_a_norm", "self_attn.q_a_layernorm"),
    ("attn_q_b", "self_attn.q_b_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_qkv", "self_attn.qkv_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("ffn_down", "mlp.down_proj"),
    ("ffn_down_exps", "mlp.experts.{}.down_proj"),
    ("ffn_down_shexp", "mlp.shared_experts.down_proj"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_gate_exps", "mlp.experts.{}.gate_proj"),
    ("ffn_gate_inp", "mlp.gate"),
    ("ffn_gate_inp_shexp", "mlp.shared_expert_gate"),
    ("ffn_gate_shexp", "mlp.shared_experts.gate_proj"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_up_exps", "mlp.experts.{}.up_proj"),
    ("ffn_up_shexp", "mlp.shared_experts.up_proj"),
    ("post_attention_norm", "post_attention_layernorm"),
    ("post_ffw_norm", "post_feedforward_layernorm"),
];

/// Names in a layer of some architectures only.
const OWN: [(&str, &str, &str); 14] = [
    ("gemma2", "ffn_norm", "pre_feedforward_layernorm"),
    ("gemma3", "ffn_norm", "pre_feedforward_layernorm"),
    ("glm4", "ffn_up", "mlp.gate_up_proj"),
    ("glm4", "post_attention_norm", "post_self_attn_layernorm"),
    ("glm4", "post_ffw_norm", "post_mlp_layernorm"),
    // Mixtral: the only one of this architecture that has experts
    ("llama", "ffn_down_exps", "block_sparse_moe.experts.{}.w2"),
    ("llama", "ffn_gate_exps", "block_sparse_moe.experts.{}.w1"),
    ("llama", "ffn_gate_inp", "block_sparse_moe.gate"),
    ("llama", "ffn_up_exps", "block_sparse_moe.experts.{}.w3"),
    ("phi3", "ffn_up", "mlp.gate_up_proj"),
    ("qwen2moe", "ffn_down_shexp", "mlp.shared_expert.down_proj"),
    ("qwen2moe", "ffn_gate_shexp", "mlp.shared_expert.gate_proj"),
    ("qwen2moe", "ffn_up_shexp", "mlp.shared_expert.up_proj"),
    ("gpt-oss", "attn_sinks", "self_attn.sinks"),
];

/// Architectures of T5, and its names.
const T5: [&str; 2] = ["t5", "t5encoder"];
const T5_OUTSIDE: [(&str, &str); 2] =
    [("token_embd", "shared"), ("enc.output_norm", "encoder.final_layer_norm")];
const T5_LAYER: [(&str, &str); 10] = [
    ("attn_k", "layer.0.SelfAttention.k"),
    ("attn_norm", "layer.0.layer_norm"),
    ("attn_o", "layer.0.SelfAttention.o"),
    ("attn_q", "layer.0.SelfAttention.q"),
    ("attn_rel_b", "layer.0.SelfAttention.relative_attention_bias"),
    ("attn_v", "layer.0.SelfAttention.v"),
    ("ffn_down", "layer.1.DenseReluDense.wo"),
    ("ffn_gate", "layer.1.DenseReluDense.wi_0"),
    ("ffn_norm", "layer.1.layer_norm"),
    ("ffn_up", "layer.1.DenseReluDense.wi_1"),
];

/// What the tensor `name` of a file of `architecture` is in the original model, where it has
/// another name there.
pub(crate) fn gguf_tensor(architecture: &str, name: &str) -> Option<GgufTensor> {
    let find = |table: &[(&'static str, &'static str)], part: &str| {
        table.iter().find(|(own, _)| *own == part).map(|(_, meant)| *meant)
    };
    let (stem, end) = name.rsplit_once('.').filter(|(_, end)| ["weight", "bias"].contains(end))?;
    let same = |name| Some(GgufTensor { name, heads: None, is_one_more: false });
    if T5.contains(&architecture) {
        let Some(layer) = stem.strip_prefix("enc.blk.") else {
            return same(format!("{}.{end}", find(&T5_OUTSIDE, stem)?));
        };
        let (number, part) = layer.split_once('.')?;
        return same(format!("encoder.block.{number}.{}.{end}", find(&T5_LAYER, part)?));
    }
    let change = KNOWN.iter().find(|(known, _)| *known == architecture)?.1;
    let (name, part) = match stem.strip_prefix("blk.") {
        None => (find(&OUTSIDE, stem)?.to_owned(), stem),
        Some(layer) => {
            let (number, part) = layer.split_once('.')?;
            let own = OWN.iter().find(|(of, own, _)| *of == architecture && *own == part);
            let meant = own.map(|(.., meant)| *meant).or_else(|| find(&LAYER, part))?;
            (format!("model.layers.{number}.{meant}"), part)
        }
    };
    let heads = match part {
        "attn_q" => Some(Heads::Query),
        "attn_k" => Some(Heads::Key),
        _ => None,
    };
    Some(GgufTensor {
        name: format!("{name}.{end}"),
        heads: heads.filter(|_| change == Change::Paired),
        is_one_more: change == Change::OneMore && end == "weight" && part.ends_with("norm"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_original() {
        for (architecture, name, meant) in [
            ("llama", "blk.12.attn_q.weight", "model.layers.12.self_attn.q_proj.weight"),
            ("qwen2", "blk.0.attn_k.bias", "model.layers.0.self_attn.k_proj.bias"),
            ("llama", "output.weight", "lm_head.weight"),
            ("llama", "blk.1.ffn_norm.weight", "model.layers.1.post_attention_layernorm.weight"),
            ("gemma3", "blk.1.ffn_norm.weight", "model.layers.1.pre_feedforward_layernorm.weight"),
            (
                "qwen3moe",
                "blk.2.ffn_up_exps.weight",
                "model.layers.2.mlp.experts.{}.up_proj.weight",
            ),
            (
                "llama",
                "blk.2.ffn_up_exps.weight",
                "model.layers.2.block_sparse_moe.experts.{}.w3.weight",
            ),
            ("t5encoder", "token_embd.weight", "shared.weight"),
            (
                "t5",
                "enc.blk.3.ffn_gate.weight",
                "encoder.block.3.layer.1.DenseReluDense.wi_0.weight",
            ),
        ] {
            let found = gguf_tensor(architecture, name).map(|found| found.name);
            assert_eq!(found.as_deref(), Some(meant), "{architecture} {name}");
        }
        for (architecture, name) in
            [("flux", "double_blocks.0.img_attn.proj.weight"), ("mamba", "output.weight")]
        {
            assert_eq!(gguf_tensor(architecture, name), None);
        }
    }

    #[test]
    fn the_converter_changes_some_numbers() {
        let change = |architecture, name| {
            let found = gguf_tensor(architecture, name).unwrap();
            (found.heads, found.is_one_more)
        };
        assert_eq!(change("llama", "blk.0.attn_q.bias"), (Some(Heads::Query), false));
        assert_eq!(change("llama", "blk.0.attn_k.weight"), (Some(Heads::Key), false));
        assert_eq!(change("llama", "blk.0.attn_v.weight"), (None, false));
        assert_eq!(change("qwen3", "blk.0.attn_q.weight"), (None, false));
        assert_eq!(change("gemma2", "blk.0.attn_norm.weight"), (None, true));
        assert_eq!(change("gemma3", "output_norm.weight"), (None, true));
        assert_eq!(change("gemma3", "output.weight"), (None, false));
    }
}
