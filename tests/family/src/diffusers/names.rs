//! Where the tensors of a single-file Stable Diffusion checkpoint lie in a diffusers folder.

/// The U-Net's file.
pub(super) const UNET: &str = "unet/diffusion_pytorch_model.safetensors";
/// The first text encoder's file.
pub(super) const TEXT_ENCODER: &str = "text_encoder/model.safetensors";
/// The second text encoder's file.
pub(super) const TEXT_ENCODER_2: &str = "text_encoder_2/model.safetensors";

/// The place of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The same tensor under another name.
    Named(String),
    /// The 1×1 projection before or after a transformer, stored as matrix or as convolution.
    Projection(String),
    /// The transposed matrix.
    Transposed(String),
    /// A third of the rows each.
    Thirds([String; 3]),
}

/// The file and the place of a tensor; [`None`] if the folder has none for it.
pub(super) fn place(tensor: &str) -> Option<(&'static str, Place)> {
    if let Some(path) = tensor.strip_prefix("model.diffusion_model.") {
        let name = unet_name(path)?;
        let is_projection = name.ends_with(".proj_in.weight") || name.ends_with(".proj_out.weight");
        let place = if is_projection { Place::Projection(name) } else { Place::Named(name) };
        return Some((UNET, place));
    }
    let clip_l = ["conditioner.embedders.0.transformer.", "cond_stage_model.transformer."];
    if let Some(name) = clip_l.iter().find_map(|prefix| tensor.strip_prefix(prefix)) {
        return Some((TEXT_ENCODER, Place::Named(name.to_owned())));
    }
    let path = tensor.strip_prefix("conditioner.embedders.1.model.")?;
    Some((TEXT_ENCODER_2, clip_g_place(path)?))
}

fn unet_name(path: &str) -> Option<String> {
    let (part, rest) = path.split_once('.')?;
    let numbered = |rest: &str| -> Option<(usize, usize, String)> {
        let (block, rest) = rest.split_once('.')?;
        let (module, rest) = rest.split_once('.')?;
        Some((block.parse().ok()?, module.parse().ok()?, rest.to_owned()))
    };
    match part {
        "time_embed" => Some(format!("time_embedding.{}", linear(rest)?)),
        "label_emb" => Some(format!("add_embedding.{}", linear(rest.strip_prefix("0.")?)?)),
        "out" => renamed(rest, &[("0", "conv_norm_out"), ("2", "conv_out")]),
        "middle_block" => {
            let (module, rest) = rest.split_once('.')?;
            match module {
                "0" => Some(format!("mid_block.resnets.0.{}", resnet(rest)?)),
                "1" => Some(format!("mid_block.attentions.0.{rest}")),
                "2" => Some(format!("mid_block.resnets.1.{}", resnet(rest)?)),
                _ => None,
            }
        }
        "input_blocks" => match numbered(rest)? {
            (0, 0, rest) => Some(format!("conv_in.{rest}")),
            (0, ..) => None,
            (block, module, rest) => {
                let (level, step) = ((block - 1) / 3, (block - 1) % 3);
                if let Some(rest) = rest.strip_prefix("op.") {
                    return Some(format!("down_blocks.{level}.downsamplers.0.conv.{rest}"));
                }
                Some(format!("down_blocks.{level}.{}", layer(step, module, &rest)?))
            }
        },
        "output_blocks" => {
            let (block, module, rest) = numbered(rest)?;
            let (level, step) = (block / 3, block % 3);
            if let Some(rest) = rest.strip_prefix("conv.") {
                return Some(format!("up_blocks.{level}.upsamplers.0.conv.{rest}"));
            }
            Some(format!("up_blocks.{level}.{}", layer(step, module, &rest)?))
        }
        _ => None,
    }
}

/// A block holds a resnet as its module 0 and a transformer, if any, as module 1.
fn layer(step: usize, module: usize, rest: &str) -> Option<String> {
    match module {
        0 => Some(format!("resnets.{step}.{}", resnet(rest)?)),
        1 => Some(format!("attentions.{step}.{rest}")),
        _ => None,
    }
}

fn resnet(path: &str) -> Option<String> {
    let modules = [
        ("in_layers.0", "norm1"),
        ("in_layers.2", "conv1"),
        ("emb_layers.1", "time_emb_proj"),
        ("out_layers.0", "norm2"),
        ("out_layers.3", "conv2"),
        ("skip_connection", "conv_shortcut"),
    ];
    renamed(path, &modules)
}

fn linear(path: &str) -> Option<String> {
    renamed(path, &[("0", "linear_1"), ("2", "linear_2")])
}

/// Replaces the module at the start of a path.
fn renamed(path: &str, modules: &[(&str, &str)]) -> Option<String> {
    modules.iter().find_map(|(from, to)| {
        let rest = path.strip_prefix(from)?.strip_prefix('.')?;
        Some(format!("{to}.{rest}"))
    })
}

fn clip_g_place(path: &str) -> Option<Place> {
    let Some(path) = path.strip_prefix("transformer.resblocks.") else {
        return match path {
            "token_embedding.weight" => {
                Some(Place::Named("text_model.embeddings.token_embedding.weight".into()))
            }
            "positional_embedding" => {
                Some(Place::Named("text_model.embeddings.position_embedding.weight".into()))
            }
            "text_projection" => Some(Place::Transposed("text_projection.weight".into())),
            _ => renamed(path, &[("ln_final", "text_model.final_layer_norm")]).map(Place::Named),
        };
    };
    let (layer, rest) = path.split_once('.')?;
    let layer = format!("text_model.encoder.layers.{layer}");
    if let Some(kind) = rest.strip_prefix("attn.in_proj_") {
        let third = |letter| format!("{layer}.self_attn.{letter}_proj.{kind}");
        return Some(Place::Thirds(['q', 'k', 'v'].map(third)));
    }
    let modules = [
        ("ln_1", "layer_norm1"),
        ("ln_2", "layer_norm2"),
        ("attn.out_proj", "self_attn.out_proj"),
        ("mlp.c_fc", "mlp.fc1"),
        ("mlp.c_proj", "mlp.fc2"),
    ];
    Some(Place::Named(format!("{layer}.{}", renamed(rest, &modules)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unet_names() {
        for (ldm, diffusers) in [
            ("input_blocks.0.0.bias", "conv_in.bias"),
            ("input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"),
            (
                "input_blocks.4.0.skip_connection.weight",
                "down_blocks.1.resnets.0.conv_shortcut.weight",
            ),
            (
                "input_blocks.8.1.transformer_blocks.9.attn2.to_out.0.bias",
                "down_blocks.2.attentions.1.transformer_blocks.9.attn2.to_out.0.bias",
            ),
            ("middle_block.2.emb_layers.1.weight", "mid_block.resnets.1.time_emb_proj.weight"),
            ("middle_block.1.norm.weight", "mid_block.attentions.0.norm.weight"),
            ("output_blocks.2.2.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"),
            ("output_blocks.8.0.out_layers.3.weight", "up_blocks.2.resnets.2.conv2.weight"),
            // SD 1.x: an upsampler without a transformer before it
            ("output_blocks.2.1.conv.bias", "up_blocks.0.upsamplers.0.conv.bias"),
            ("time_embed.2.weight", "time_embedding.linear_2.weight"),
            ("label_emb.0.0.bias", "add_embedding.linear_1.bias"),
            ("out.0.weight", "conv_norm_out.weight"),
        ] {
            let place = place(&format!("model.diffusion_model.{ldm}"));
            assert_eq!(place, Some((UNET, Place::Named(diffusers.into()))), "{ldm}");
        }
        let projection = place("model.diffusion_model.output_blocks.5.1.proj_out.weight");
        let name = "up_blocks.1.attentions.2.proj_out.weight".to_owned();
        assert_eq!(projection, Some((UNET, Place::Projection(name))));
    }

    #[test]
    fn text_encoder_names() {
        let clip_g = |path: &str| place(&format!("conditioner.embedders.1.model.{path}"));
        let layer = "text_model.encoder.layers.31";
        let thirds = ["q", "k", "v"].map(|letter| format!("{layer}.self_attn.{letter}_proj.bias"));
        assert_eq!(
            clip_g("transformer.resblocks.31.attn.in_proj_bias"),
            Some((TEXT_ENCODER_2, Place::Thirds(thirds)))
        );
        let projection = Place::Transposed("text_projection.weight".into());
        assert_eq!(clip_g("text_projection"), Some((TEXT_ENCODER_2, projection)));
        assert_eq!(clip_g("logit_scale"), None);
        let name = "text_model.final_layer_norm.bias".to_owned();
        let clip_l = place("conditioner.embedders.0.transformer.text_model.final_layer_norm.bias");
        assert_eq!(clip_l, Some((TEXT_ENCODER, Place::Named(name))));
    }
}
