//! What a checkpoint is, from its header alone.

mod kin;
mod support;

use kin::{headers, names};
use support::comparison::match_models;
use weightkin::architecture::{Architecture, Component};
use weightkin::canonical::CanonicalModel;
use weightkin::canonical::{Recognition, recognize};
use weightkin::matching::{MatchError, Options};
use weightkin::model::Model;
use weightkin_family::{Dtype, Manifest, TensorList};

fn recognition(model: &Model) -> Recognition {
    recognize(model, &CanonicalModel::from_model(model))
}

/// Architecture and components with their tensors of a model of one file.
fn parts(tensors: &TensorList) -> (Architecture, Vec<(Component, u64)>) {
    summary(&headers(&[("model.safetensors", tensors)]))
}

fn summary(model: &Model) -> (Architecture, Vec<(Component, u64)>) {
    let found = recognition(model);
    let components = found.components.iter().map(|share| (share.component, share.tensors));
    (found.architecture, components.collect())
}

fn renamed(tensors: &TensorList, from: &str, to: &str) -> TensorList {
    let rename = |name: &String| match name.strip_prefix(from) {
        Some(rest) => format!("{to}{rest}"),
        None => name.clone(),
    };
    tensors.iter().map(|(name, tensor)| (rename(name), tensor.clone())).collect()
}

fn only(tensors: &TensorList, prefix: &str) -> TensorList {
    let kept = tensors.iter().filter(|(name, _)| name.starts_with(prefix));
    kept.map(|(name, tensor)| (name.clone(), tensor.clone())).collect()
}

#[test]
fn sdxl_with_its_parts() {
    let tensors = Manifest::Sdxl.tensors(1).unwrap();
    let found = recognition(&headers(&[("xl.safetensors", &tensors)]));
    assert_eq!(found.architecture, Architecture::Sdxl);
    assert_eq!(found.title, "Stable Diffusion XL");
    let shares: Vec<(Component, u64, u64)> =
        found.components.iter().map(|one| (one.component, one.tensors, one.parameters)).collect();
    assert_eq!(
        shares,
        [
            (Component::UNet, 1680, 2_567_463_684),
            // 196 and the position ids
            (Component::TextEncoderL, 197, 123_060_480 + 77),
            (Component::TextEncoderG, 390, 694_659_841),
            (Component::Vae, 248, 83_653_863),
        ]
    );
    assert_eq!((found.ema_tensors, found.bookkeeping_tensors), (0, 0));
    assert!(found.absent.is_empty());
}

#[test]
fn prefixes_do_not_matter() {
    for (manifest, architecture) in
        [(Manifest::Sdxl, Architecture::Sdxl), (Manifest::Sd15, Architecture::Sd1)]
    {
        let unet = only(&manifest.tensors(64).unwrap(), "model.diffusion_model.");
        for prefix in ["model.diffusion_model.", "diffusion_model.", ""] {
            let tensors = renamed(&unet, "model.diffusion_model.", prefix);
            let model = headers(&[("unet.safetensors", &tensors)]);
            let (found, components) = summary(&model);
            assert_eq!(found, architecture, "{prefix:?}");
            assert_eq!(components, [(Component::UNet, unet.len() as u64)], "{prefix:?}");
            let absent = recognition(&model).absent;
            assert!(absent.contains(&Component::Vae) && absent.contains(&Component::TextEncoderL));
        }
    }
}

#[test]
fn sd1_with_and_without_the_names_of_the_nai_leak() {
    let tensors = Manifest::Sd15.tensors(1).unwrap();
    let nai = renamed(
        &tensors,
        "cond_stage_model.transformer.text_model.",
        "cond_stage_model.transformer.",
    );
    assert!(nai.contains_key("cond_stage_model.transformer.final_layer_norm.bias"));
    for tensors in [&tensors, &nai] {
        let (architecture, components) = parts(tensors);
        assert_eq!(architecture, Architecture::Sd1);
        let text = tensors.keys().filter(|name| name.starts_with("cond_stage_model.")).count();
        assert_eq!(
            components,
            [(Component::UNet, 686), (Component::TextEncoderL, text as u64), (Component::Vae, 248)]
        );
    }
    let views = [&tensors, &nai].map(|tensors| {
        let view = CanonicalModel::from_model(&headers(&[("sd.safetensors", tensors)]));
        view.tensors.keys().cloned().collect::<Vec<String>>()
    });
    assert_eq!(views[0], views[1]);
}

#[test]
fn sd2_by_its_text_encoder_or_by_the_width_of_its_text() {
    let unet = only(&Manifest::Sd15.tensors(1).unwrap(), "model.diffusion_model.");
    let mut whole = unet.clone();
    whole.extend(names(&["cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight"]));
    let (architecture, components) = parts(&whole);
    assert_eq!(architecture, Architecture::Sd2);
    assert_eq!(components[1], (Component::TextEncoderH, 1));

    let mut wide = unet.clone();
    for (name, (_, shape)) in &mut wide {
        if name.ends_with("attn2.to_k.weight") || name.ends_with("attn2.to_v.weight") {
            shape[1] = 1024;
        }
    }
    assert_eq!(parts(&wide).0, Architecture::Sd2);
    let absent = recognition(&headers(&[("model.safetensors", &wide)])).absent;
    assert_eq!(absent, [Component::TextEncoderH, Component::Vae]);
    assert_eq!(parts(&unet).0, Architecture::Sd1);
}

#[test]
fn transformers_with_and_without_prefix() {
    let flux = [
        "double_blocks.0.img_attn.qkv.weight",
        "double_blocks.18.txt_mlp.2.weight",
        "single_blocks.37.linear1.weight",
        "img_in.weight",
        "time_in.in_layer.weight",
        "vector_in.out_layer.weight",
        "guidance_in.in_layer.weight",
        "txt_in.weight",
        "final_layer.linear.weight",
    ];
    let sd3 = [
        "joint_blocks.0.x_block.attn.qkv.weight",
        "joint_blocks.23.context_block.adaLN_modulation.1.weight",
        "x_embedder.proj.weight",
        "context_embedder.weight",
        "t_embedder.mlp.0.weight",
        "y_embedder.mlp.2.weight",
        "pos_embed",
        "final_layer.linear.weight",
    ];
    for (list, architecture) in [(&flux[..], Architecture::Flux), (&sd3, Architecture::Sd3)] {
        for prefix in ["model.diffusion_model.", "diffusion_model.", ""] {
            let prefixed = renamed(&names(list), "", prefix);
            let (found, components) = parts(&prefixed);
            assert_eq!(found, architecture, "{prefix:?}");
            // a table of positions is no weight
            let weights = list.iter().filter(|name| **name != "pos_embed").count();
            assert_eq!(components, [(Component::Transformer, weights as u64)], "{prefix:?}");
        }
    }
    let mut with_text = renamed(&names(&sd3), "", "model.diffusion_model.");
    with_text.extend(names(&[
        "text_encoders.clip_l.transformer.text_model.final_layer_norm.bias",
        "text_encoders.clip_g.transformer.text_model.final_layer_norm.bias",
        "text_encoders.t5xxl.transformer.shared.weight",
        "first_stage_model.decoder.conv_in.weight",
    ]));
    let (architecture, components) = parts(&with_text);
    assert_eq!(architecture, Architecture::Sd3);
    let present: Vec<Component> = components.into_iter().map(|(component, _)| component).collect();
    assert_eq!(
        present,
        [
            Component::Transformer,
            Component::TextEncoderL,
            Component::TextEncoderG,
            Component::TextEncoderT5,
            Component::Vae
        ]
    );
}

#[test]
fn language_models() {
    let qwen = Manifest::Qwen2.tensors(1).unwrap();
    assert_eq!(parts(&qwen), (Architecture::Language, vec![(Component::Language, 290)]));
    let llama = [
        "model.embed_tokens.weight",
        "model.layers.0.input_layernorm.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.31.mlp.down_proj.weight",
        "model.norm.weight",
        "lm_head.weight",
    ];
    assert_eq!(parts(&names(&llama)), (Architecture::Language, vec![(Component::Language, 6)]));
    // as embedding models are stored: the body without its head
    let body = renamed(&qwen, "model.", "");
    assert_eq!(parts(&body), (Architecture::Language, vec![(Component::Language, 290)]));
}

#[test]
fn diffusers_folders() {
    let unet = [
        "conv_in.weight",
        "down_blocks.0.resnets.0.conv1.weight",
        "mid_block.attentions.0.proj_in.weight",
        "up_blocks.0.attentions.2.transformer_blocks.0.attn2.to_k.weight",
        "up_blocks.0.upsamplers.0.conv.weight",
        "time_embedding.linear_1.weight",
        "conv_out.weight",
    ];
    let mut wide = names(&unet);
    wide.extend(names(&["add_embedding.linear_1.weight"]));
    let clip = names(&["text_model.encoder.layers.11.mlp.fc1.weight"]);
    let openclip = names(&["text_model.encoder.layers.22.mlp.fc1.weight"]);
    let t5 = names(&["encoder.block.23.layer.0.SelfAttention.q.weight", "shared.weight"]);
    let vae = names(&["encoder.conv_in.weight", "decoder.mid_block.resnets.0.conv1.weight"]);
    let narrow = names(&unet);

    let file = "unet/diffusion_pytorch_model.safetensors";
    let folder = [
        (file, &wide),
        ("text_encoder/model.safetensors", &clip),
        ("text_encoder_2/model.safetensors", &clip),
        ("vae/diffusion_pytorch_model.safetensors", &vae),
    ];
    let complete = headers(&folder);
    assert_eq!(
        summary(&complete),
        (
            Architecture::Sdxl,
            vec![
                (Component::UNet, 8),
                (Component::TextEncoderL, 1),
                (Component::TextEncoderG, 1),
                (Component::Vae, 2)
            ]
        )
    );
    assert!(recognition(&complete).absent.is_empty());
    let absent = recognition(&headers(&folder[..2])).absent;
    assert_eq!(absent, [Component::TextEncoderG, Component::Vae]);

    let alone = |tensors: &TensorList| parts(tensors).0;
    assert_eq!(alone(&wide), Architecture::Sdxl);
    assert_eq!(alone(&narrow), Architecture::Sd1);
    let with_text = |text: &TensorList| {
        let text = ("text_encoder/model.safetensors", text);
        summary(&headers(&[(file, &narrow), text]))
    };
    let of_sd1 = vec![(Component::UNet, 7), (Component::TextEncoderL, 1)];
    assert_eq!(with_text(&clip), (Architecture::Sd1, of_sd1));
    // one layer up to the thirteenth is not enough to tell, so give it one that CLIP-L lacks
    let mut sd2 = openclip.clone();
    sd2.extend(names(&["text_model.encoder.layers.12.mlp.fc1.weight"]));
    let of_sd2 = vec![(Component::UNet, 7), (Component::TextEncoderH, 2)];
    assert_eq!(with_text(&sd2), (Architecture::Sd2, of_sd2));
    let absent = |parts: &[(&str, &TensorList)]| recognition(&headers(parts)).absent;
    let text = "text_encoder/model.safetensors";
    assert_eq!(absent(&[(file, &narrow), (text, &sd2)]), [Component::Vae]);
    assert_eq!(absent(&[(file, &narrow)]), [Component::TextEncoderL, Component::Vae]);
    // Flux has T5 where SDXL has OpenCLIP
    let flux = headers(&[("text_encoder_2/model.safetensors", &t5)]);
    assert_eq!(summary(&flux), (Architecture::TextEncoder, vec![(Component::TextEncoderT5, 2)]));
}

#[test]
fn parts_alone() {
    let layers = |count: usize| -> TensorList {
        let names: Vec<String> = (0..count)
            .map(|layer| format!("text_model.encoder.layers.{layer}.mlp.fc1.bias"))
            .collect();
        kin::names(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (count, component) in [
        (12, Component::TextEncoderL),
        (23, Component::TextEncoderH),
        (32, Component::TextEncoderG),
    ] {
        let (architecture, components) = parts(&layers(count));
        assert_eq!(architecture, Architecture::TextEncoder);
        assert_eq!(components.len(), 1);
        assert_eq!(components[0].0, component, "{count} layers");
    }
    // a projection does not make CLIP-L an OpenCLIP
    let mut projected = layers(12);
    projected.extend(names(&["text_projection.weight"]));
    assert_eq!(parts(&projected).1, [(Component::TextEncoderL, 13)]);
    let t5 = names(&["encoder.block.0.layer.0.SelfAttention.q.weight", "shared.weight"]);
    assert_eq!(parts(&t5), (Architecture::TextEncoder, vec![(Component::TextEncoderT5, 2)]));
    let prefixed = only(&Manifest::Sdxl.tensors(64).unwrap(), "conditioner.embedders.1.");
    assert_eq!(parts(&prefixed), (Architecture::TextEncoder, vec![(Component::TextEncoderG, 390)]));

    let vae = only(&Manifest::Sdxl.tensors(64).unwrap(), "first_stage_model.");
    for prefix in ["first_stage_model.", ""] {
        let tensors = renamed(&vae, "first_stage_model.", prefix);
        assert_eq!(parts(&tensors), (Architecture::Vae, vec![(Component::Vae, 248)]));
    }
    let diffusers = names(&[
        "encoder.conv_in.weight",
        "encoder.down_blocks.0.resnets.0.conv1.weight",
        "decoder.conv_in.weight",
        "decoder.up_blocks.3.resnets.2.conv2.weight",
        "quant_conv.weight",
    ]);
    assert_eq!(parts(&diffusers), (Architecture::Vae, vec![(Component::Vae, 5)]));
}

#[test]
fn loras_are_named_and_refused() {
    let checkpoint = headers(&[("xl.safetensors", &Manifest::Sdxl.tensors(64).unwrap())]);
    for name in [
        "lora_unet_down_blocks_1_attentions_0_proj_in.lora_up.weight",
        "lora_te1_text_model_encoder_layers_0_mlp_fc1.alpha",
        "lora_unet_input_blocks_4_1_proj_in.hada_w1_a",
        "lora_unet_input_blocks_4_1_proj_in.lokr_w1",
        "lycoris_unet_mid_block.lokr_w1_a",
        "lora_unet_input_blocks_4_1_proj_in.diff",
        "lycoris_unet_mid_block_attentions_0_proj_in.oft_blocks",
        "unet.mid_block.attentions.0.proj_in.lora_A.weight",
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora.down.weight",
        "unet.mid_block.attentions.0.processor.to_q_lora.up.weight",
        "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight",
    ] {
        let lora = headers(&[("lora.safetensors", &names(&[name]))]);
        assert_eq!(recognition(&lora).architecture, Architecture::Lora, "{name}");
        let error = match_models(&[&checkpoint, &lora], &Options::default()).unwrap_err();
        assert_eq!(error, MatchError::Lora { model: "model".to_owned() });
        assert!(error.to_string().contains("is a LoRA"), "{error}");
    }
    let not = names(&["blocks.0.lora.weight", "lorax.weight", "flora_unet.alpha"]);
    assert_eq!(parts(&not).0, Architecture::Unknown);
}

#[test]
fn the_unknown_is_said_to_be() {
    let tensors = names(&["backbone.stages.3.blocks.0.mlp.weight", "head.weight", "7.bias"]);
    assert_eq!(parts(&tensors), (Architecture::Unknown, vec![(Component::Other, 3)]));
    assert_eq!(parts(&TensorList::new()), (Architecture::Unknown, vec![]));
    // a complete part and something strange beside it
    let mut vae = only(&Manifest::Sdxl.tensors(64).unwrap(), "first_stage_model.");
    vae.extend(names(&["strange.weight"]));
    assert_eq!(parts(&vae).0, Architecture::Unknown);
}

#[test]
fn averages_and_bookkeeping_are_counted_apart() {
    let mut tensors = Manifest::Sd15.tensors(64).unwrap();
    let before = recognition(&headers(&[("sd.safetensors", &tensors)]));
    let extra = [
        ("model_ema.diffusion_modelinput_blocks00weight", Dtype::F16, vec![4]),
        ("model_ema.decay", Dtype::F32, vec![]),
        ("model_ema.num_updates", Dtype::I32, vec![]),
        ("scaled_fp8", Dtype::F8_E4M3, vec![2]),
        ("model.diffusion_model.out.2.scale_weight", Dtype::F32, vec![]),
    ];
    tensors.extend(extra.map(|(name, dtype, shape)| (name.to_owned(), (dtype, shape))));
    let found = recognition(&headers(&[("sd.safetensors", &tensors)]));
    assert_eq!((found.ema_tensors, found.bookkeeping_tensors), (3, 2));
    assert_eq!(found.architecture, Architecture::Sd1);
    assert_eq!(found.components, before.components);
}
