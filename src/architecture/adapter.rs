//! Adapters: files that hold changes to a checkpoint, and the changes that a checkpoint carries
//! inside.
//!
//! A name of an adapter's tensor is `SITE.MARK`: the layer that it changes, and what it is to the
//! change. Marks are told by how they begin, since libraries put names of adapters
//! (`lora_A.default.weight`) and numbers (`hada_w1_a`) behind them.

use crate::model::{Model, Tensor};

/// Families of adapters, as their marks begin: `lora_A`, `hada_w1_a`, `vera_lambda_b`.
const FAMILIES: [&str; 18] = [
    "lora_",
    "hada_",
    "lokr_",
    "oft_",
    "boft_",
    "ia3_",
    "vera_",
    "dora_",
    "randlora_",
    "vblora_",
    "glora_",
    "fourierft_",
    "shira_",
    "c3a_",
    "delora_",
    "waveft_",
    "bone_block",
    "miss_block",
];

/// Ends of names that hold whole differences. Other things are called so as well, so that one of
/// them alone says nothing.
const DIFFERENCES: [&str; 5] = [".diff", ".diff_b", ".w_norm", ".b_norm", ".set_weight"];

/// Beginnings of whole names that only adapters have: layers with dots turned into underscores.
const PREFIXES: [&str; 4] = ["lora_", "lycoris_", "oft_unet_", "oft_te"];

/// The two factors as diffusers names them.
const FACTORS: [&str; 4] = [".lora.up.", ".lora.down.", "_lora.up.", "_lora.down."];

/// The four factors of `GLoRA`, which are short enough to mean other things when not together.
const GLORA: [&str; 4] = [".a1.weight", ".a2.weight", ".b1.weight", ".b2.weight"];

/// Names of learnt words, which are fed to a text encoder in place of tokens.
const EMBEDDINGS: [&str; 6] =
    ["emb_params", "clip_l", "clip_g", "t5xxl", "prompt_embeddings", "string_to_param"];

/// Most learnt words of a file: more would be a vocabulary.
const EMBEDDING_ROWS: u64 = 256;

/// What stands between a layer and its own weights where adapters are plugged in around it.
const BASE_LAYER: &str = ".base_layer.";

/// Whether `model` is an adapter or a set of learnt words: a change to a checkpoint, not a
/// checkpoint. A model that carries its adapters beside its weights is none.
pub fn is_adapter(model: &Model) -> bool {
    let tensors = &model.tensors;
    if tensors.keys().any(|name| name.contains(BASE_LAYER) || is_inner_adapter(model, name)) {
        return false;
    }
    let differences = tensors.keys().filter(|name| ends_with_any(name, &DIFFERENCES)).count();
    tensors.keys().any(|name| is_prefixed(name) || site(model, name).is_some())
        || (differences > 0 && differences * 2 >= tensors.len())
        || (!tensors.is_empty() && tensors.iter().all(is_embedding))
}

/// Whether the tensor `name` of a whole model belongs to an adapter that it carries inside: the
/// layer that it changes has weights of its own.
pub(crate) fn is_inner_adapter(model: &Model, name: &str) -> bool {
    !is_prefixed(name)
        && site(model, name).is_some_and(|site| {
            [".weight", ".base_layer.weight"]
                .iter()
                .any(|end| model.tensors.contains_key([site, end].concat().as_str()))
        })
}

/// The name that the tensor has in a model without adapters inside, where it is another one.
pub(crate) fn without_base_layer(name: &str) -> Option<String> {
    name.contains(BASE_LAYER).then(|| name.replace(BASE_LAYER, "."))
}

/// The layer that the tensor `name` changes, where it belongs to an adapter.
fn site<'a>(model: &Model, name: &'a str) -> Option<&'a str> {
    if let Some(at) = FACTORS.iter().find_map(|factor| name.find(factor)) {
        return Some(&name[..at]);
    }
    for (dot, _) in name.match_indices('.') {
        if FAMILIES.iter().any(|family| name[dot + 1..].starts_with(family)) {
            return Some(&name[..dot]);
        }
    }
    let site = GLORA.iter().find_map(|factor| name.strip_suffix(factor))?;
    let is_there = |end: &&str| model.tensors.contains_key([site, end].concat().as_str());
    GLORA.iter().all(is_there).then_some(site)
}

fn is_prefixed(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn ends_with_any(name: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| name.ends_with(end))
}

fn is_embedding((name, tensor): (&String, &Tensor)) -> bool {
    EMBEDDINGS.contains(&name.as_str())
        && tensor.shape.len() <= 2
        && tensor.shape.first().is_none_or(|rows| *rows <= EMBEDDING_ROWS)
}

#[cfg(test)]
mod tests {
    use litemap::LiteMap;

    use super::*;
    use crate::dtype::Dtype;
    use crate::format::safetensors::{Header, TensorInfo};
    use crate::model::FileFacts;
    use crate::sorted;

    fn model(names: &[&str]) -> Model {
        let info =
            TensorInfo { dtype: Dtype::F16, blocks: None, shape: vec![4, 8], start: 0, end: 64 };
        let tensors = names.iter().map(|name| ((*name).to_owned(), info.clone()));
        let tensors = sorted::first(tensors.collect());
        let header = Header { tensors, metadata: LiteMap::new() };
        let file = FileFacts { name: "file".to_owned(), bytes: 64 };
        Model::assemble("model".to_owned(), vec![(file, header)], &[]).unwrap()
    }

    #[test]
    fn every_kind_of_adapter_is_one() {
        for names in [
            &["lora_unet_x.lora_down.weight", "lora_unet_x.lora_up.weight", "lora_unet_x.alpha"][..],
            &["base_model.model.q_proj.lora_A.default.weight", "base_model.model.head.weight"],
            &["unet.up_blocks.0.attn1.to_k.lora.up.weight"],
            &["unet.up_blocks.0.attn1.processor.to_k_lora.up.weight"],
            &["x.to_q.lora_linear_layer.down.weight"],
            &["x.lora_A", "x.lora_B", "x.lora_magnitude_vector"],
            &["lora_unet_x.dora_scale", "lora_unet_x.lora_up.weight"],
            &["lycoris_x.hada_w1_a", "lycoris_x.hada_t1"],
            &["diffusion_model.x.lokr_w1", "diffusion_model.x.lokr_w2_b"],
            &["oft_unet_x.oft_blocks", "oft_unet_x.alpha"],
            &["base_model.model.q_proj.oft_R.weight"],
            &["base_model.model.q_proj.boft_R", "base_model.model.q_proj.boft_s"],
            &["lycoris_blocks_0_to_q.diff", "lycoris_blocks_0_to_q.diff_b"],
            &["diffusion_model.blocks.0.attn.to_q.diff", "diffusion_model.blocks.0.norm.diff_b"],
            &["diffusion_model.norm.w_norm", "diffusion_model.norm.b_norm"],
            &["diffusion_model.head.set_weight", "diffusion_model.head.reshape_weight"],
            &["lycoris_x.weight", "lycoris_x.on_input"],
            &["base_model.model.k_proj.ia3_l"],
            &["x.a1.weight", "x.a2.weight", "x.b1.weight", "x.b2.weight"],
            &["base_model.model.q_proj.vera_lambda_b", "base_model.vera_A.default"],
            &["clip_g", "clip_l"],
            &["emb_params"],
        ] {
            assert!(is_adapter(&model(names)), "{names:?}");
        }
    }

    #[test]
    fn models_are_none() {
        for names in [
            &["model.layers.0.self_attn.q_proj.weight"][..],
            &["llm_adapter.embed.weight", "x.a1.weight"],
            &["control_model.input_blocks.0.0.weight", "control_model.zero_convs.0.0.weight"],
            &["x.q.base_layer.weight", "x.q.lora_A.vision.weight", "x.q.lora_B.vision.weight"],
            &["x.q.weight", "x.q.lora_A.weight", "x.q.lora_B.weight"],
            &["clip_l", "model.weight"],
            &["glorious.weight", "lorax.weight", "different.weight", "flora_unet.alpha"],
            &["blocks.0.lora.weight"],
            &["x.weight", "y.weight", "z.diff"],
            &[],
        ] {
            assert!(!is_adapter(&model(names)), "{names:?}");
        }
    }

    #[test]
    fn adapters_inside_a_model_are_told_from_its_weights() {
        let whole = model(&[
            "x.q.base_layer.weight",
            "x.q.lora_A.vision.weight",
            "x.q.lora_magnitude_vector.vision",
            "x.k.weight",
            "x.k.lora_B.weight",
        ]);
        let inner: Vec<&String> =
            whole.tensors.keys().filter(|name| is_inner_adapter(&whole, name)).collect();
        let want =
            ["x.k.lora_B.weight", "x.q.lora_A.vision.weight", "x.q.lora_magnitude_vector.vision"];
        assert_eq!(inner, want);
        assert_eq!(without_base_layer("x.q.base_layer.bias").as_deref(), Some("x.q.bias"));
        assert_eq!(without_base_layer("x.k.weight"), None);
    }
}
