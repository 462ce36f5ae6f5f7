//! The layers that a new adapter has modules for, and what files call them.

use crate::architecture::{Architecture, CLIP_L_PREFIXES, Component, DENOISER_PREFIX, Kind};
use crate::canonical::{CanonicalModel, CanonicalTensor};
use crate::model::Model;

/// How the modules of a new adapter are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileForm {
    /// Flat names, as the trainers of kohya write them.
    Kohya,
    /// Dotted names, as PEFT and diffusers write them.
    Peft,
    /// Dotted names, as `ComfyUI` writes them.
    Comfy,
}

/// A layer that gets a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What the file calls the module.
    pub name: String,
    /// Canonical name of the tensor.
    pub tensor: String,
    /// First of its rows in that tensor.
    pub first_row: u64,
    /// Number of rows.
    pub rows: u64,
    /// Number of inputs: columns, without those of a convolution's kernel.
    pub inputs: u64,
    /// Dimensions behind the second; none for a matrix.
    pub kernel: Vec<u64>,
    /// Whether it belongs to a text encoder.
    pub is_text_encoder: bool,
    /// Whether it is one of the layers outside the transformers of a U-Net, which most adapters
    /// leave alone.
    pub is_convolutional: bool,
}

impl Target {
    /// Columns of the weight as a matrix.
    pub fn cols(&self) -> u64 {
        self.inputs * self.kernel.iter().product::<u64>()
    }

    /// Whether its kernel is larger than one element.
    pub fn is_spatial(&self) -> bool {
        self.kernel.iter().any(|size| *size != 1)
    }
}

/// What a layer belongs to, and its path there.
enum Place {
    UNet(String),
    Transformer(String),
    TextL(String),
    TextG(String),
    TextT5(String),
    Language(String),
}

/// The layers of `model` that adapters for its architecture have modules for, by canonical name.
pub fn targets(
    model: &Model,
    canonical: &CanonicalModel,
    architecture: Architecture,
    form: FileForm,
) -> Vec<Target> {
    let mut targets = Vec::new();
    for (name, tensor) in &canonical.tensors {
        let source = &tensor.source;
        if source.shape.len() < 2 || source.encoding.is_integer() || !source.encoding.is_readable()
        {
            continue;
        }
        let Some((places, is_convolutional)) = places(name, tensor) else { continue };
        // 1×1 convolutions are matrices in the canonical layout
        let stored = tensor.stored_names.first().and_then(|name| model.tensors.get(name));
        let shape = stored.map_or(&source.shape, |stored| &stored.shape);
        let kernel = shape.get(2..).unwrap_or_default().to_vec();
        let inputs = source.cols() / kernel.iter().product::<u64>().max(1);
        let count = places.len() as u64;
        if inputs == 0 || !source.rows().is_multiple_of(count) {
            continue;
        }
        let rows = source.rows() / count;
        for (index, place) in (0..).zip(&places) {
            targets.push(Target {
                name: file_name(place, architecture, form),
                tensor: name.clone(),
                first_row: index * rows,
                rows,
                inputs,
                kernel: kernel.clone(),
                is_text_encoder: matches!(
                    place,
                    Place::TextL(_) | Place::TextG(_) | Place::TextT5(_)
                ),
                is_convolutional,
            });
        }
    }
    targets
}

/// Where the tensor `name` belongs, in parts if it is several layers in one, and whether it is
/// outside the transformers of a U-Net.
fn places(name: &str, tensor: &CanonicalTensor) -> Option<(Vec<Place>, bool)> {
    let layer = name.strip_suffix(".weight");
    let component = tensor.role.component;
    let in_block = tensor.role.block.ends_with(|c: char| c.is_ascii_digit());
    let is_matrix = !matches!(tensor.role.kind, Kind::OneDimensional | Kind::Embedding);
    let one = |place| Some((vec![place], false));
    match component {
        Component::UNet => {
            let path = layer?.strip_prefix(DENOISER_PREFIX)?;
            let is_convolutional = unet_layer(path)?;
            Some((vec![Place::UNet(path.to_owned())], is_convolutional))
        }
        Component::TextEncoderL => {
            let path = CLIP_L_PREFIXES.iter().find_map(|prefix| layer?.strip_prefix(prefix))?;
            let path = if path.starts_with("text_model.") {
                path.to_owned()
            } else {
                format!("text_model.{path}")
            };
            is_clip_layer(&path).then(|| (vec![Place::TextL(path)], false))
        }
        Component::TextEncoderG | Component::TextEncoderH => {
            let (_, path) = name.split_once(".model.")?;
            let wrap =
                if component == Component::TextEncoderG { Place::TextG } else { Place::TextL };
            Some((openclip(path)?.into_iter().map(wrap).collect(), false))
        }
        Component::TextEncoderT5 | Component::TextEncoderUmt5 => {
            let path = layer?.strip_prefix("text_encoders.")?.split_once(".transformer.")?.1;
            (path.starts_with("encoder.block.") && is_matrix && !path.contains("relative"))
                .then(|| (vec![Place::TextT5(path.to_owned())], false))
        }
        Component::Transformer if in_block && is_matrix => one(Place::Transformer(
            layer?.strip_prefix(DENOISER_PREFIX).unwrap_or(layer?).to_owned(),
        )),
        // the first layers of some are stored with rows and columns exchanged
        Component::Language if in_block && is_matrix && !layer?.contains(".c_") => {
            one(Place::Language(layer?.to_owned()))
        }
        _ => None,
    }
}

/// Whether a layer of a U-Net is outside its transformers; `None` where no adapter has a module for
/// it.
fn unet_layer(path: &str) -> Option<bool> {
    let outside = ["in_layers.2", "out_layers.3", "emb_layers.1", "skip_connection", "op", "conv"];
    let (block, rest) = path.split_once('.')?;
    let rest = match block {
        "middle_block" => rest,
        "input_blocks" | "output_blocks" => {
            let (index, rest) = rest.split_once('.')?;
            // the first convolution
            if block == "input_blocks" && index == "0" {
                return None;
            }
            rest
        }
        _ => return None,
    };
    let (_, layer) = rest.split_once('.')?;
    if outside.contains(&layer) {
        return Some(true);
    }
    let in_block = layer.strip_prefix("transformer_blocks.").and_then(|rest| rest.split_once('.'));
    let is_inside = match in_block {
        None => matches!(layer, "proj_in" | "proj_out"),
        Some((_, layer)) => {
            let attention = layer.strip_prefix("attn1.").or_else(|| layer.strip_prefix("attn2."));
            matches!(attention, Some("to_q" | "to_k" | "to_v" | "to_out.0"))
                || matches!(layer, "ff.net.0.proj" | "ff.net.2")
        }
    };
    is_inside.then_some(false)
}

fn is_clip_layer(path: &str) -> bool {
    let ends = [
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.out_proj",
        "mlp.fc1",
        "mlp.fc2",
    ];
    path.starts_with("text_model.encoder.layers.") && ends.iter().any(|end| path.ends_with(end))
}

/// The layers that a tensor of `OpenCLIP` is, in the names of CLIP-L.
fn openclip(path: &str) -> Option<Vec<String>> {
    let (layer, rest) = path.strip_prefix("transformer.resblocks.")?.split_once('.')?;
    let layers: &[&str] = match rest {
        "attn.in_proj_weight" => &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        "attn.out_proj.weight" => &["self_attn.out_proj"],
        "mlp.c_fc.weight" => &["mlp.fc1"],
        "mlp.c_proj.weight" => &["mlp.fc2"],
        _ => return None,
    };
    let named = |name: &&str| format!("text_model.encoder.layers.{layer}.{name}");
    Some(layers.iter().map(named).collect())
}

/// The path of a U-Net's layer in the diffusers layout.
fn diffusers(path: &str) -> Option<String> {
    const BLOCKS_PER_LEVEL: usize = 3;
    let resnet = |layer: &str| match layer {
        "in_layers.2" => "conv1".to_owned(),
        "out_layers.3" => "conv2".to_owned(),
        "emb_layers.1" => "time_emb_proj".to_owned(),
        "skip_connection" => "conv_shortcut".to_owned(),
        other => other.to_owned(),
    };
    let (block, rest) = path.split_once('.')?;
    let (index, layer) = rest.split_once('.')?;
    let index: usize = index.parse().ok()?;
    if block == "middle_block" {
        return Some(if index == 1 {
            format!("mid_block.attentions.0.{layer}")
        } else {
            format!("mid_block.resnets.{}.{}", index / 2, resnet(layer))
        });
    }
    let (part, layer) = layer.split_once('.')?;
    let (side, level, position) = match block {
        "input_blocks" => {
            let index = index.checked_sub(1)?;
            ("down", index / BLOCKS_PER_LEVEL, index % BLOCKS_PER_LEVEL)
        }
        "output_blocks" => ("up", index / BLOCKS_PER_LEVEL, index % BLOCKS_PER_LEVEL),
        _ => return None,
    };
    Some(match layer {
        "op" => format!("down_blocks.{level}.downsamplers.0.conv"),
        "conv" => format!("up_blocks.{level}.upsamplers.0.conv"),
        _ if part == "0" => format!("{side}_blocks.{level}.resnets.{position}.{}", resnet(layer)),
        _ => format!("{side}_blocks.{level}.attentions.{position}.{layer}"),
    })
}

fn file_name(place: &Place, architecture: Architecture, form: FileForm) -> String {
    let flat = |prefix: &str, path: &str| format!("{prefix}{}", path.replace('.', "_"));
    let is_sdxl = architecture == Architecture::Sdxl;
    match (place, form) {
        (Place::UNet(path), FileForm::Kohya) => match diffusers(path) {
            // the trainers name the layers of each family as their own code does
            Some(path) if matches!(architecture, Architecture::Sd1 | Architecture::Sd2) => {
                flat("lora_unet_", &path)
            }
            _ => flat("lora_unet_", path),
        },
        (Place::UNet(path), FileForm::Peft) => diffusers(path)
            .map_or_else(|| format!("diffusion_model.{path}"), |path| format!("unet.{path}")),
        (Place::Transformer(path), FileForm::Kohya) => flat("lora_unet_", path),
        (Place::UNet(path) | Place::Transformer(path), _) => format!("diffusion_model.{path}"),
        (Place::TextL(path), FileForm::Kohya) if is_sdxl => flat("lora_te1_", path),
        (Place::TextL(path), FileForm::Kohya) => flat("lora_te_", path),
        (Place::TextL(path), FileForm::Peft) => format!("text_encoder.{path}"),
        (Place::TextL(path), FileForm::Comfy) => format!("text_encoders.clip_l.transformer.{path}"),
        (Place::TextG(path), FileForm::Kohya) => flat("lora_te2_", path),
        (Place::TextG(path), FileForm::Peft) => format!("text_encoder_2.{path}"),
        (Place::TextG(path), FileForm::Comfy) => format!("text_encoders.clip_g.transformer.{path}"),
        (Place::TextT5(path), FileForm::Kohya) => flat("lora_te3_", path),
        (Place::TextT5(path), FileForm::Peft) => format!("text_encoder_3.{path}"),
        (Place::TextT5(path), FileForm::Comfy) => {
            format!("text_encoders.t5xxl.transformer.{path}")
        }
        (Place::Language(path), _) => format!("base_model.model.{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_a_unet_have_names_in_both_layouts() {
        for (path, is_convolutional, name) in [
            ("input_blocks.4.1.proj_in", Some(false), "down_blocks.1.attentions.0.proj_in"),
            ("input_blocks.3.0.op", Some(true), "down_blocks.0.downsamplers.0.conv"),
            ("middle_block.2.out_layers.3", Some(true), "mid_block.resnets.1.conv2"),
            ("output_blocks.5.2.conv", Some(true), "up_blocks.1.upsamplers.0.conv"),
            (
                "output_blocks.3.0.skip_connection",
                Some(true),
                "up_blocks.1.resnets.0.conv_shortcut",
            ),
            (
                "middle_block.1.transformer_blocks.9.attn2.to_out.0",
                Some(false),
                "mid_block.attentions.0.transformer_blocks.9.attn2.to_out.0",
            ),
        ] {
            assert_eq!(unet_layer(path), is_convolutional, "{path}");
            assert_eq!(diffusers(path).as_deref(), Some(name));
            // what is written is read as the same layer
            let site = |name: &str| super::super::Site::of(name).candidates().pop().unwrap();
            assert!(
                super::super::Site::of(&format!("unet.{name}"))
                    .candidates()
                    .contains(&site(&format!("model.diffusion_model.{path}"))),
                "{name}"
            );
        }
        for path in ["input_blocks.0.0", "time_embed.0", "out.2", "input_blocks.1.0.in_layers.0"] {
            assert_eq!(unet_layer(path), None, "{path}");
        }
    }
}
