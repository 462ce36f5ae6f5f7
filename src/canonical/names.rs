//! Which families of names a model uses, and what each name is called in the canonical layout.

use super::{clip, unet, vae};
use crate::architecture::diffusion::PREFIX as DENOISER_PREFIX;
use crate::model::Model;
use crate::sorted;

/// Prefix of T5 in a single-file checkpoint.
const T5: &str = "text_encoders.t5xxl.transformer.";
/// What T5 is known by.
const T5_BLOCKS: &str = "encoder.block.";

/// Which families of names a model uses, found once for the whole model.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dialect {
    /// Part of a model of the SDXL family.
    sdxl: bool,
    /// OpenCLIP in `text_encoder/`, as in SD 2.x.
    openclip: bool,
    /// What names without any prefix belong to.
    bare: Bare,
}

/// What names without a prefix are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Bare {
    /// As they are.
    #[default]
    Canonical,
    /// A denoiser in the layout of single-file checkpoints.
    Denoiser,
    /// A denoiser whose names begin with `diffusion_model.`.
    DiffusionModel,
    /// A U-Net in the layout of diffusers.
    DiffusersUNet,
    /// CLIP-L.
    ClipL,
    /// OpenCLIP bigG with the names of diffusers.
    OpenClipG,
    /// OpenCLIP ViT-H with the names of diffusers.
    OpenClipH,
    /// T5.
    T5,
    /// A language model without its head.
    Language,
    /// A VAE.
    Vae,
}

impl Dialect {
    pub(super) fn of(model: &Model) -> Self {
        let has = |name: &str| has_prefix(model, name);
        let bare = if has("down_blocks.0.") && has("conv_in.") {
            Bare::DiffusersUNet
        } else if has("input_blocks.0.") || has("double_blocks.0.") || has("joint_blocks.0.") {
            Bare::Denoiser
        } else if has("diffusion_model.") {
            Bare::DiffusionModel
        } else if has("text_model.encoder.") {
            // CLIP-L has 12 layers, ViT-H 24 or 23, bigG 32
            match ["24", "12"].map(|layer| has(&format!("text_model.encoder.layers.{layer}."))) {
                [true, _] => Bare::OpenClipG,
                [false, true] => Bare::OpenClipH,
                [false, false] => Bare::ClipL,
            }
        } else if has(T5_BLOCKS) {
            Bare::T5
        } else if has("layers.0.self_attn.") {
            Bare::Language
        } else if has("encoder.conv_in.") && has("decoder.conv_in.") {
            Bare::Vae
        } else {
            Bare::Canonical
        };
        let sdxl = has("text_encoder_2/")
            || has("unet/add_embedding.")
            || has("add_embedding.")
            || has("label_emb.")
            || has("model.diffusion_model.label_emb.")
            || has("conditioner.");
        // SD 1.x has twelve layers of width 768, SD 2.x more and wider
        let openclip = !sdxl && has("text_encoder/text_model.encoder.layers.12.");
        Self { sdxl, openclip, bare }
    }

    /// `name` in the canonical layout.
    pub(super) fn canonical(self, model: &Model, name: &str) -> Canonical {
        if let Some((section, rest)) = name.split_once('/') {
            return match section {
                "unet" => unet::canonical(model, "unet/", rest),
                "vae" => vae::canonical(rest),
                "text_encoder" if self.openclip => clip::openclip(clip::SD2_H, rest),
                "text_encoder" => clip::clip_l(self.sdxl, rest),
                "text_encoder_2" | "text_encoder_3"
                    if has_prefix(model, &format!("{section}/{T5_BLOCKS}")) =>
                {
                    Canonical::named(format!("{T5}{rest}"))
                }
                "text_encoder_2" => clip::openclip(clip::SDXL_G, rest),
                _ => Canonical::same(name),
            };
        }
        match self.bare {
            Bare::Canonical => {
                clip::nai(name).map_or_else(|| Canonical::same(name), Canonical::named)
            }
            Bare::Denoiser => Canonical::named(format!("{DENOISER_PREFIX}{name}")),
            Bare::DiffusionModel if name.starts_with("diffusion_model.") => {
                Canonical::named(format!("model.{name}"))
            }
            Bare::DiffusersUNet => unet::canonical(model, "", name),
            Bare::ClipL => clip::clip_l(true, name),
            Bare::OpenClipG => clip::openclip(clip::SDXL_G, name),
            Bare::OpenClipH => clip::openclip(clip::SD2_H, name),
            Bare::T5 => Canonical::named(format!("{T5}{name}")),
            Bare::Language => Canonical::named(format!("model.{name}")),
            Bare::Vae => vae::canonical(name),
            Bare::DiffusionModel => Canonical::same(name),
        }
    }
}

/// Whether any tensor's name starts with `prefix`.
pub(super) fn has_prefix(model: &Model, prefix: &str) -> bool {
    sorted::has_prefix(&model.tensors, prefix)
}

/// A tensor's place in the canonical layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Canonical {
    pub name: String,
    /// Which part of a fused query-key-value tensor it is: 0 query, 1 key, 2 value.
    pub qkv_index: Option<usize>,
    /// Stored with rows and columns exchanged.
    pub transposed: bool,
}

impl Canonical {
    pub(super) fn named(name: String) -> Self {
        Self { name, qkv_index: None, transposed: false }
    }

    pub(super) fn same(name: &str) -> Self {
        Self::named(name.to_owned())
    }
}
