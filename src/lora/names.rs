//! Which layer a name means, in adapters and in models alike.
//!
//! Trainers flatten names (dots become underscores), put prefixes in front and use the names of two
//! layouts. A flattened name cannot be taken apart again, so it never is: names of models are
//! flattened too, prefixes are taken off both, and what is left is compared. Names of the diffusers
//! layout have their counterpart in the single-file layout worked out on the flattened text.

use serde::{Deserialize, Serialize};

use crate::architecture::{Component, TensorRole, classify};

/// Which model of a checkpoint a layer belongs to: names repeat between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// The denoiser, or the whole model where there is only one.
    Main,
    /// The first text encoder of diffusion models: CLIP-L, or the only one.
    TextL,
    /// The second one: OpenCLIP bigG.
    TextG,
    /// T5.
    TextT5,
}

/// Which rows of a tensor a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// All of them.
    Whole,
    /// As many as the layer has, after so many times as many.
    Nth(u64),
    /// The last ones.
    Last,
}

/// A layer, as an adapter and a model both can name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// The model it belongs to.
    pub side: Side,
    /// Its flattened name without prefixes.
    pub key: String,
    /// Its rows of that layer.
    pub part: Part,
}

/// Prefixes and the side that they mean; longer ones before those that they begin with.
const PREFIXES: [(&str, Side); 46] = {
    use Side::{Main, TextG, TextL, TextT5};
    [
        ("conditioner.embedders.0.transformer.", TextL),
        ("conditioner.embedders.0.model.", TextG),
        ("conditioner.embedders.1.model.", TextG),
        ("cond_stage_model.transformer.", TextL),
        ("cond_stage_model.model.", TextL),
        ("text_encoders.clip_l.transformer.", TextL),
        ("text_encoders.clip_g.transformer.", TextG),
        ("text_encoders.t5xxl.transformer.", TextT5),
        ("clip_l.transformer.", TextL),
        ("clip_g.transformer.", TextG),
        ("t5xxl.transformer.", TextT5),
        ("text_encoder.base_model.model.", TextL),
        ("text_encoder_2.base_model.model.", TextG),
        ("text_encoder_3.base_model.model.", TextT5),
        ("text_encoder/", TextL),
        ("text_encoder_2/", TextG),
        ("text_encoder_3/", TextT5),
        ("text_encoder.", TextL),
        ("text_encoder_2.", TextG),
        ("text_encoder_3.", TextT5),
        ("lora_te1_", TextL),
        ("lora_te2_", TextG),
        ("lora_te3_", TextT5),
        ("lora_te_", TextL),
        ("oft_te1_", TextL),
        ("oft_te2_", TextG),
        ("oft_te_", TextL),
        ("lora_prior_te_", TextG),
        ("model.diffusion_model.", Main),
        ("unet.base_model.model.", Main),
        ("base_model.model.", Main),
        ("diffusion_model.", Main),
        ("lora_prior_unet_", Main),
        ("lora_transformer_", Main),
        ("lora_unet_", Main),
        ("oft_unet_", Main),
        ("lycoris_", Main),
        ("transformer.", Main),
        ("transformer/", Main),
        ("unet.", Main),
        ("unet/", Main),
        ("prior.", Main),
        ("prior/", Main),
        ("net.", Main),
        ("model.model.", Main),
        ("model.", Main),
    ]
};

/// Prefixes of learnt words and other things beside an adapter's modules.
pub(super) const EMBEDDING_PREFIX: &str = "bundle_emb.";

impl Site {
    /// The layer `name` as it is called, without its parameter.
    pub fn of(name: &str) -> Self {
        let mut side = Side::Main;
        let mut rest = name;
        // `base_model.model.` stands before a model's own `model.`; no prefix comes twice
        for _ in 0..3 {
            let found = PREFIXES.iter().find_map(|(prefix, side)| {
                let rest = rest.strip_prefix(prefix)?;
                (!rest.is_empty()).then_some((rest, *side))
            });
            let Some((stripped, of_prefix)) = found else { break };
            rest = stripped;
            if of_prefix != Side::Main {
                side = of_prefix;
                break;
            }
        }
        let mut key = rest.replace(['.', '/'], "_");
        // attention processors of early diffusers
        if key.contains("_processor_to_") {
            key = key.replace("_processor_to_", "_to_");
            if key.ends_with("_to_out") {
                key.push_str("_0");
            }
        }
        if side == Side::TextL && !key.starts_with("text_model_") && is_clip_body(&key) {
            key.insert_str(0, "text_model_");
        }
        Self { side, key, part: Part::Whole }
    }

    /// Every way to name the layer: as it is, and in the single-file layout.
    pub fn candidates(&self) -> Vec<Self> {
        let mut all = vec![self.clone()];
        let site = |key: String, part| Self { side: self.side, key, part };
        match self.side {
            Side::Main => {
                all.extend(unet(&self.key).into_iter().map(|key| site(key, Part::Whole)));
                all.extend(joint(&self.key).into_iter().map(|(key, part)| site(key, part)));
            }
            Side::TextL | Side::TextG => {
                all.extend(openclip(&self.key).map(|(key, part)| site(key, part)));
            }
            Side::TextT5 => {}
        }
        all
    }

    /// Component and block, as far as the name alone tells.
    pub fn role(&self) -> TensorRole {
        let last = self.candidates().pop().unwrap_or_else(|| self.clone());
        let dotted = dotted(&last.key);
        let name = match self.side {
            Side::Main if dotted.starts_with("layers.") => format!("model.{dotted}"),
            Side::Main => format!("model.diffusion_model.{dotted}"),
            Side::TextL => format!("conditioner.embedders.0.transformer.{dotted}"),
            Side::TextG => format!("conditioner.embedders.1.model.{dotted}"),
            Side::TextT5 => format!("text_encoders.t5xxl.transformer.{dotted}"),
        };
        let mut role = classify(&name, &[2, 2]);
        if role.component == Component::Other {
            role.block = first_numbered(&dotted);
        }
        role
    }
}

/// A flattened name with dots around its numbers, which is all that classes of layers need.
fn dotted(key: &str) -> String {
    let mut dotted = String::with_capacity(key.len());
    for (index, segment) in key.split('_').enumerate() {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let before = dotted.rsplit(['.', '_']).next().unwrap_or_default();
        if index > 0 {
            let around = is_number(segment) || (!before.is_empty() && is_number(before));
            dotted.push(if around { '.' } else { '_' });
        }
        dotted.push_str(segment);
    }
    for (flat, name) in [
        (".attn1_", ".attn1."),
        (".attn2_", ".attn2."),
        (".ff_net.", ".ff.net."),
        (".self_attn_", ".self_attn."),
        (".mlp_", ".mlp."),
        ("text_model_encoder_", "text_model.encoder."),
        ("transformer_resblocks.", "transformer.resblocks."),
    ] {
        dotted = dotted.replace(flat, name);
    }
    dotted
}

/// `name` up to its first number.
fn first_numbered(name: &str) -> String {
    let mut end = 0;
    for segment in name.split('.') {
        end += segment.len() + usize::from(end > 0);
        if !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()) {
            return name[..end].to_owned();
        }
    }
    name.split('.').next().unwrap_or(name).to_owned()
}

/// SD 1.x checkpoints of one lineage lack `text_model.`.
fn is_clip_body(key: &str) -> bool {
    ["embeddings_", "encoder_layers_", "final_layer_norm"].iter().any(|part| key.starts_with(part))
}

/// The number that `text` starts with, and what follows its underscore.
fn numbered(text: &str) -> Option<(usize, &str)> {
    let end = text.find('_').unwrap_or(text.len());
    let number = text[..end].parse::<u16>().ok()?;
    Some((usize::from(number), text.get(end + 1..).unwrap_or_default()))
}

/// A layer of a diffusers U-Net in the single-file layout; two where the upsampler's place depends
/// on whether its level has attention.
fn unet(key: &str) -> Vec<String> {
    const BLOCKS_PER_LEVEL: usize = 3;
    let at_level = |rest: &str| {
        let (level, rest) = numbered(rest)?;
        let (layer, rest) = rest.split_once('_')?;
        let (index, rest) = numbered(rest)?;
        Some((level, layer.to_owned(), index, rest.to_owned()))
    };
    let found: Option<Vec<String>> = (|| {
        if let Some(rest) = key.strip_prefix("down_blocks_") {
            let (level, layer, index, rest) = at_level(rest)?;
            let block = BLOCKS_PER_LEVEL * level + index + 1;
            return Some(vec![match layer.as_str() {
                "resnets" => format!("input_blocks_{block}_0_{}", resnet(&rest)),
                "attentions" => format!("input_blocks_{block}_1_{rest}"),
                "downsamplers" => format!("input_blocks_{}_0_op", BLOCKS_PER_LEVEL * (level + 1)),
                _ => return None,
            }]);
        }
        if let Some(rest) = key.strip_prefix("up_blocks_") {
            let (level, layer, index, rest) = at_level(rest)?;
            let block = BLOCKS_PER_LEVEL * level + index;
            let last = BLOCKS_PER_LEVEL * (level + 1) - 1;
            return Some(match layer.as_str() {
                "resnets" => vec![format!("output_blocks_{block}_0_{}", resnet(&rest))],
                "attentions" => vec![format!("output_blocks_{block}_1_{rest}")],
                "upsamplers" => {
                    vec![
                        format!("output_blocks_{last}_1_conv"),
                        format!("output_blocks_{last}_2_conv"),
                    ]
                }
                _ => return None,
            });
        }
        if let Some(rest) = key.strip_prefix("mid_block_") {
            let (layer, rest) = rest.split_once('_')?;
            let (index, rest) = numbered(rest)?;
            return Some(vec![match layer {
                "resnets" => format!("middle_block_{}_{}", 2 * index, resnet(rest)),
                "attentions" => format!("middle_block_{}_{rest}", 2 * index + 1),
                _ => return None,
            }]);
        }
        let name = match key {
            "time_embedding_linear_1" => "time_embed_0",
            "time_embedding_linear_2" => "time_embed_2",
            "add_embedding_linear_1" | "class_embedding_linear_1" => "label_emb_0_0",
            "add_embedding_linear_2" | "class_embedding_linear_2" => "label_emb_0_2",
            "conv_in" => "input_blocks_0_0",
            "conv_norm_out" => "out_0",
            "conv_out" => "out_2",
            _ => return None,
        };
        Some(vec![name.to_owned()])
    })();
    found.unwrap_or_default()
}

fn resnet(rest: &str) -> &str {
    match rest {
        "norm1" => "in_layers_0",
        "conv1" => "in_layers_2",
        "norm2" => "out_layers_0",
        "conv2" => "out_layers_3",
        "time_emb_proj" => "emb_layers_1",
        "conv_shortcut" => "skip_connection",
        other => other,
    }
}

/// A layer of CLIP in diffusers' names in those of OpenCLIP, whose attention is one matrix.
fn openclip(key: &str) -> Option<(String, Part)> {
    let body = key.strip_prefix("text_model_")?;
    let name = match body {
        "embeddings_token_embedding" => "token_embedding",
        "embeddings_position_embedding" => "positional_embedding",
        "final_layer_norm" => "ln_final",
        _ => {
            let (layer, rest) = numbered(body.strip_prefix("encoder_layers_")?)?;
            let (name, part) = match rest {
                "self_attn_q_proj" => ("attn_in_proj", Part::Nth(0)),
                "self_attn_k_proj" => ("attn_in_proj", Part::Nth(1)),
                "self_attn_v_proj" => ("attn_in_proj", Part::Nth(2)),
                "self_attn_out_proj" => ("attn_out_proj", Part::Whole),
                "mlp_fc1" => ("mlp_c_fc", Part::Whole),
                "mlp_fc2" => ("mlp_c_proj", Part::Whole),
                "layer_norm1" => ("ln_1", Part::Whole),
                "layer_norm2" => ("ln_2", Part::Whole),
                _ => return None,
            };
            return Some((format!("transformer_resblocks_{layer}_{name}"), part));
        }
    };
    Some((name.to_owned(), Part::Whole))
}

/// A layer of a diffusers transformer of the Flux or the SD 3 kind in the single-file layout.
fn joint(key: &str) -> Vec<(String, Part)> {
    let mut found = Vec::new();
    if let Some(rest) = key.strip_prefix("single_transformer_blocks_")
        && let Some((block, rest)) = numbered(rest)
    {
        let single = match rest {
            "attn_to_q" => Some(("linear1", Part::Nth(0))),
            "attn_to_k" => Some(("linear1", Part::Nth(1))),
            "attn_to_v" => Some(("linear1", Part::Nth(2))),
            "proj_mlp" => Some(("linear1", Part::Last)),
            "proj_out" => Some(("linear2", Part::Whole)),
            "norm_linear" => Some(("modulation_lin", Part::Whole)),
            _ => None,
        };
        found.extend(single.map(|(name, part)| (format!("single_blocks_{block}_{name}"), part)));
    }
    if let Some(rest) = key.strip_prefix("transformer_blocks_")
        && let Some((block, rest)) = numbered(rest)
    {
        let double = match rest {
            "attn_to_q" => Some(("img_attn_qkv", Part::Nth(0))),
            "attn_to_k" => Some(("img_attn_qkv", Part::Nth(1))),
            "attn_to_v" => Some(("img_attn_qkv", Part::Nth(2))),
            "attn_add_q_proj" => Some(("txt_attn_qkv", Part::Nth(0))),
            "attn_add_k_proj" => Some(("txt_attn_qkv", Part::Nth(1))),
            "attn_add_v_proj" => Some(("txt_attn_qkv", Part::Nth(2))),
            "attn_to_out_0" => Some(("img_attn_proj", Part::Whole)),
            "attn_to_add_out" => Some(("txt_attn_proj", Part::Whole)),
            "ff_net_0_proj" => Some(("img_mlp_0", Part::Whole)),
            "ff_net_2" => Some(("img_mlp_2", Part::Whole)),
            "ff_context_net_0_proj" => Some(("txt_mlp_0", Part::Whole)),
            "ff_context_net_2" => Some(("txt_mlp_2", Part::Whole)),
            "norm1_linear" => Some(("img_mod_lin", Part::Whole)),
            "norm1_context_linear" => Some(("txt_mod_lin", Part::Whole)),
            _ => None,
        };
        found.extend(double.map(|(name, part)| (format!("double_blocks_{block}_{name}"), part)));
        let joint = match rest {
            "attn_to_q" => Some(("x_block_attn_qkv", Part::Nth(0))),
            "attn_to_k" => Some(("x_block_attn_qkv", Part::Nth(1))),
            "attn_to_v" => Some(("x_block_attn_qkv", Part::Nth(2))),
            "attn2_to_q" => Some(("x_block_attn2_qkv", Part::Nth(0))),
            "attn2_to_k" => Some(("x_block_attn2_qkv", Part::Nth(1))),
            "attn2_to_v" => Some(("x_block_attn2_qkv", Part::Nth(2))),
            "attn_add_q_proj" => Some(("context_block_attn_qkv", Part::Nth(0))),
            "attn_add_k_proj" => Some(("context_block_attn_qkv", Part::Nth(1))),
            "attn_add_v_proj" => Some(("context_block_attn_qkv", Part::Nth(2))),
            "attn_to_out_0" => Some(("x_block_attn_proj", Part::Whole)),
            "attn2_to_out_0" => Some(("x_block_attn2_proj", Part::Whole)),
            "attn_to_add_out" => Some(("context_block_attn_proj", Part::Whole)),
            "ff_net_0_proj" => Some(("x_block_mlp_fc1", Part::Whole)),
            "ff_net_2" => Some(("x_block_mlp_fc2", Part::Whole)),
            "ff_context_net_0_proj" => Some(("context_block_mlp_fc1", Part::Whole)),
            "ff_context_net_2" => Some(("context_block_mlp_fc2", Part::Whole)),
            "norm1_linear" => Some(("x_block_adaLN_modulation_1", Part::Whole)),
            "norm1_context_linear" => Some(("context_block_adaLN_modulation_1", Part::Whole)),
            "attn_norm_q" => Some(("x_block_attn_ln_q", Part::Whole)),
            "attn_norm_k" => Some(("x_block_attn_ln_k", Part::Whole)),
            "attn2_norm_q" => Some(("x_block_attn2_ln_q", Part::Whole)),
            "attn2_norm_k" => Some(("x_block_attn2_ln_k", Part::Whole)),
            "attn_norm_added_q" => Some(("context_block_attn_ln_q", Part::Whole)),
            "attn_norm_added_k" => Some(("context_block_attn_ln_k", Part::Whole)),
            _ => None,
        };
        found.extend(joint.map(|(name, part)| (format!("joint_blocks_{block}_{name}"), part)));
    }
    let name = match key {
        "x_embedder" => Some("img_in"),
        "context_embedder" => Some("txt_in"),
        "time_text_embed_timestep_embedder_linear_1" => Some("time_in_in_layer"),
        "time_text_embed_timestep_embedder_linear_2" => Some("time_in_out_layer"),
        "time_text_embed_text_embedder_linear_1" => Some("vector_in_in_layer"),
        "time_text_embed_text_embedder_linear_2" => Some("vector_in_out_layer"),
        "time_text_embed_guidance_embedder_linear_1" => Some("guidance_in_in_layer"),
        "time_text_embed_guidance_embedder_linear_2" => Some("guidance_in_out_layer"),
        "proj_out" => Some("final_layer_linear"),
        _ => None,
    };
    let of_sd3 = match key {
        "pos_embed_proj" => Some("x_embedder_proj"),
        "time_text_embed_timestep_embedder_linear_1" => Some("t_embedder_mlp_0"),
        "time_text_embed_timestep_embedder_linear_2" => Some("t_embedder_mlp_2"),
        "time_text_embed_text_embedder_linear_1" => Some("y_embedder_mlp_0"),
        "time_text_embed_text_embedder_linear_2" => Some("y_embedder_mlp_2"),
        _ => None,
    };
    // the last one stands for the layer
    found.extend(of_sd3.into_iter().chain(name).map(|name| (name.to_owned(), Part::Whole)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(name: &str) -> Vec<(String, Part)> {
        Site::of(name).candidates().into_iter().map(|site| (site.key, site.part)).collect()
    }

    #[test]
    fn every_spelling_of_a_layer_means_the_same() {
        let block = "input_blocks_4_1_transformer_blocks_0_attn1_to_q";
        for name in [
            "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
            "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q",
            "diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q",
            "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
            "lycoris_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q",
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
            "unet/down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
            "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_q",
            "unet.base_model.model.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
        ] {
            assert_eq!(candidates(name).pop(), Some((block.to_owned(), Part::Whole)), "{name}");
        }
        let processor = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out";
        assert!(
            candidates(processor)[1]
                .0
                .ends_with("middle_block_1_transformer_blocks_0_attn1_to_out_0")
        );
    }

    #[test]
    fn parts_of_fused_layers_are_rows_of_them() {
        let fused = |key: &str, part| (key.to_owned(), part);
        assert_eq!(
            candidates("lora_te2_text_model_encoder_layers_3_self_attn_k_proj")[1],
            fused("transformer_resblocks_3_attn_in_proj", Part::Nth(1))
        );
        let flux = candidates("transformer.single_transformer_blocks.7.proj_mlp");
        assert_eq!(flux[1], fused("single_blocks_7_linear1", Part::Last));
        let both = candidates("lora_transformer_transformer_blocks_2_attn_add_v_proj");
        assert_eq!(both[1], fused("double_blocks_2_txt_attn_qkv", Part::Nth(2)));
        assert_eq!(both[2], fused("joint_blocks_2_context_block_attn_qkv", Part::Nth(2)));
    }

    #[test]
    fn sides_keep_equal_names_apart() {
        let side = |name| Site::of(name).side;
        assert_eq!(side("lora_te1_text_model_encoder_layers_0_mlp_fc1"), Side::TextL);
        assert_eq!(side("lora_te2_text_model_encoder_layers_0_mlp_fc1"), Side::TextG);
        assert_eq!(side("text_encoder_2.text_model.encoder.layers.0.mlp.fc1"), Side::TextG);
        assert_eq!(side("base_model.model.model.layers.0.self_attn.q_proj"), Side::Main);
        assert_eq!(
            Site::of("base_model.model.model.layers.0.self_attn.q_proj"),
            Site::of("model.layers.0.self_attn.q_proj")
        );
        assert_eq!(
            Site::of("cond_stage_model.transformer.encoder.layers.0.mlp.fc1"),
            Site::of("lora_te_text_model_encoder_layers_0_mlp_fc1")
        );
    }

    #[test]
    fn blocks_are_known_from_flattened_names() {
        for (name, component, block) in [
            ("lora_unet_output_blocks_3_1_proj_in", Component::UNet, "OUT03"),
            ("unet.mid_block.attentions.0.proj_in", Component::UNet, "MID"),
            ("lora_unet_double_blocks_12_img_attn_qkv", Component::Transformer, "D12"),
            ("transformer.single_transformer_blocks.7.attn.to_q", Component::Transformer, "S07"),
            ("lora_te2_text_model_encoder_layers_3_mlp_fc1", Component::TextEncoderG, "TE-G"),
            ("base_model.model.model.layers.5.mlp.up_proj", Component::Language, "L05"),
            ("diffusion_model.blocks.9.cross_attn.q", Component::Transformer, "B09"),
        ] {
            let role = Site::of(name).role();
            assert_eq!((role.component, role.block.as_str()), (component, block), "{name}");
        }
    }
}
