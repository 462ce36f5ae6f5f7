//! What the names inside a checkpoint mean: its architecture, and for every tensor the component,
//! block and layer kind it belongs to.
//!
//! Each family of denoisers is one file: how it is known, its names in every layout, its blocks. Adding
//! one takes that file and its line in the registry below. Names are the canonical ones that
//! [`crate::canonical`] produces from them.

mod adapter;
mod anima;
mod auraflow;
mod chroma;
mod cogvideox;
mod cosmos1;
mod cosmos2;
mod dit;
mod ernie_image;
pub(crate) mod family;
mod flux;
mod flux2;
mod hidream;
mod hunyuan_dit;
mod hunyuan_video;
mod hunyuan_video15;
mod ideogram4;
mod kandinsky5;
mod krea2;
pub(crate) mod language;
mod ltx;
mod ltx2;
mod lumina2;
mod mochi;
mod pixart;
mod qwen_image;
mod qwen_image2;
mod sana;
mod sd3;
mod stable_cascade;
#[cfg(test)]
mod tests;
mod text_encoder;
mod unet;
mod vae;
mod wan;
mod z_image;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use adapter::is_adapter;
pub(crate) use adapter::{is_inner_adapter, without_base_layer};
use family::Family;
pub(crate) use text_encoder::{CLIP_L_PREFIXES, T5_PREFIX, UMT5_PREFIX, component as text_encoder};
pub(crate) use vae::PREFIX as VAE_PREFIX;

/// Prefix of a denoiser in a single-file checkpoint.
pub(crate) const DENOISER_PREFIX: &str = "model.diffusion_model.";

/// Lists the families: of each its name in programs and the constant that describes it, in the
/// order in which they are tried. One that has all that another is known by comes first.
macro_rules! registry {
    ($($(#[$doc:meta])* $name:ident = $file:ident::$family:ident,)*) => {
        /// A family of models with the same tensors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Architecture {
            /// Stable Diffusion 1.x.
            Sd1,
            /// Stable Diffusion 2.x.
            Sd2,
            /// Stable Diffusion XL.
            Sdxl,
            /// Stable Video Diffusion.
            Svd,
            $($(#[$doc])* $name,)*
            /// A language model.
            Language,
            /// One or more text encoders and nothing else.
            TextEncoder,
            /// A VAE and nothing else.
            Vae,
            /// A difference to be added to a checkpoint, not a checkpoint.
            Lora,
            /// None of these.
            Unknown,
        }

        /// Families of transformers that denoise.
        pub(crate) const FAMILIES: &[(Architecture, Family)] =
            &[$((Architecture::$name, $file::$family),)*];

        impl Architecture {
            /// Its usual name.
            pub fn title(self) -> &'static str {
                match self {
                    Self::Sd1 => "Stable Diffusion 1.x",
                    Self::Sd2 => "Stable Diffusion 2.x",
                    Self::Sdxl => "Stable Diffusion XL",
                    Self::Svd => "Stable Video Diffusion",
                    $(Self::$name => $file::$family.title,)*
                    Self::Language => "language model",
                    Self::TextEncoder => "text encoder",
                    Self::Vae => "VAE",
                    Self::Lora => "LoRA",
                    Self::Unknown => "unknown architecture",
                }
            }
        }
    };
}

registry! {
    /// Flux.2: dev and Klein.
    Flux2 = flux2::FLUX2,
    /// Chroma: Flux with a guidance layer in place of its modulation.
    Chroma = chroma::CHROMA,
    /// HunyuanVideo 1.5.
    HunyuanVideo15 = hunyuan_video15::HUNYUAN_VIDEO15,
    /// HunyuanVideo.
    HunyuanVideo = hunyuan_video::HUNYUAN_VIDEO,
    /// Cosmos 1.
    Cosmos1 = cosmos1::COSMOS1,
    /// Anima: Cosmos-Predict2 with an adapter of its own for text.
    Anima = anima::ANIMA,
    /// Cosmos-Predict2.
    Cosmos2 = cosmos2::COSMOS2,
    /// Stable Diffusion 3 and 3.5.
    Sd3 = sd3::SD3,
    /// Flux.1: dev, schnell, fill and what descends from them.
    Flux = flux::FLUX,
    /// AuraFlow, and Pony V7, which descends from it.
    AuraFlow = auraflow::AURA_FLOW,
    /// Z-Image.
    ZImage = z_image::Z_IMAGE,
    /// Lumina Image 2.
    Lumina2 = lumina2::LUMINA2,
    /// Wan 2.1 and 2.2.
    Wan = wan::WAN,
    /// Qwen-Image 2.1.
    QwenImage2 = qwen_image2::QWEN_IMAGE2,
    /// Qwen-Image and its Edit versions, whose names are the same in both layouts.
    QwenImage = qwen_image::QWEN_IMAGE,
    /// Krea 2.
    Krea2 = krea2::KREA2,
    /// LTX-Video 2, with sound.
    Ltx2 = ltx2::LTX2,
    /// LTX-Video.
    Ltx = ltx::LTX,
    /// PixArt-α and PixArt-Σ.
    PixArt = pixart::PIXART,
    /// HiDream.
    HiDream = hidream::HIDREAM,
    /// Ernie-Image, whose names are the same in both layouts.
    ErnieImage = ernie_image::ERNIE_IMAGE,
    /// HunyuanDiT.
    HunyuanDit = hunyuan_dit::HUNYUAN_DIT,
    /// Stable Cascade: its prior (stage C) and its decoder (stage B).
    StableCascade = stable_cascade::STABLE_CASCADE,
    /// Mochi 1.
    Mochi = mochi::MOCHI,
    /// CogVideoX.
    CogVideoX = cogvideox::COG_VIDEO_X,
    /// Sana.
    Sana = sana::SANA,
    /// Ideogram 4.
    Ideogram4 = ideogram4::IDEOGRAM4,
    /// Kandinsky 5.
    Kandinsky5 = kandinsky5::KANDINSKY5,
}

/// A large part of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Component {
    /// The denoiser of SD 1.x, SD 2.x and SDXL.
    #[serde(rename = "U-Net")]
    UNet,
    /// A denoiser that is a transformer.
    #[serde(rename = "DiT")]
    Transformer,
    /// CLIP-L.
    #[serde(rename = "TE-L")]
    TextEncoderL,
    /// OpenCLIP bigG.
    #[serde(rename = "TE-G")]
    TextEncoderG,
    /// OpenCLIP ViT-H of SD 2.x.
    #[serde(rename = "TE-H")]
    TextEncoderH,
    /// T5.
    #[serde(rename = "TE-T5")]
    TextEncoderT5,
    /// UMT5.
    #[serde(rename = "TE-UMT5")]
    TextEncoderUmt5,
    /// The image autoencoder.
    #[serde(rename = "VAE")]
    Vae,
    /// A language model.
    #[serde(rename = "LLM")]
    Language,
    /// A model that sees: alone, or a part of another.
    #[serde(rename = "vision")]
    Vision,
    /// Unknown names.
    #[serde(rename = "other")]
    Other,
}

/// What a tensor does in its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Kind {
    /// Attention of a sequence to itself.
    #[serde(rename = "self-attention")]
    SelfAttention,
    /// Attention to the text.
    #[serde(rename = "cross-attention")]
    CrossAttention,
    /// Query projection of a language model.
    #[serde(rename = "q_proj")]
    QProj,
    /// Key projection of a language model.
    #[serde(rename = "k_proj")]
    KProj,
    /// Value projection of a language model.
    #[serde(rename = "v_proj")]
    VProj,
    /// Output projection of a language model's attention.
    #[serde(rename = "o_proj")]
    OProj,
    /// Gate of a language model's feed-forward layer.
    #[serde(rename = "gate_proj")]
    GateProj,
    /// Entry of a language model's feed-forward layer.
    #[serde(rename = "up_proj")]
    UpProj,
    /// Exit of a language model's feed-forward layer.
    #[serde(rename = "down_proj")]
    DownProj,
    /// Feed-forward layers.
    #[serde(rename = "feed-forward")]
    FeedForward,
    /// Attention and feed-forward in one matrix, as in Flux's single blocks.
    #[serde(rename = "attention + feed-forward")]
    Fused,
    /// Scale and shift made from the time step.
    #[serde(rename = "modulation")]
    Modulation,
    /// Matrices at the edges of transformers.
    #[serde(rename = "projection")]
    Projection,
    /// 3×3 convolutions.
    #[serde(rename = "convolution 3×3")]
    Convolution3x3,
    /// 1×1 convolutions.
    #[serde(rename = "convolution 1×1")]
    Convolution1x1,
    /// Tokens, positions, time and labels.
    #[serde(rename = "embedding")]
    Embedding,
    /// Everything with one dimension or none: norms, biases, scales.
    #[serde(rename = "norms and biases")]
    OneDimensional,
    /// Matrices with unknown names.
    #[serde(rename = "other")]
    Other,
}

/// Where a tensor belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorRole {
    /// The large part.
    pub component: Component,
    /// The block, under the name merge tools use (`IN00` … `OUT11`, `MID`), or as near to that as
    /// the architecture allows.
    pub block: String,
    /// What it does there.
    pub kind: Kind,
}

impl TensorRole {
    fn new(component: Component, block: impl Into<String>, kind: Kind) -> Self {
        Self { component, block: block.into(), kind }
    }
}

/// SDXL's blocks closest to the middle, a scope that users of merge tools ask for.
pub const NEAR_MID: [&str; 6] = ["IN07", "IN08", "MID", "OUT00", "OUT01", "OUT02"];

/// Where the tensor `name` of `shape` belongs. Total: names without meaning are
/// [`Component::Other`], in a block up to their first number.
pub fn classify(name: &str, shape: &[u64]) -> TensorRole {
    // a second part of a kind has the name of its folder in front
    if let Some((folder, rest)) = name.split_once('/') {
        let TensorRole { component, block, kind } = classify(rest, shape);
        return TensorRole { component, block: format!("{block} ({folder})"), kind };
    }
    unet::classify(name, shape)
        .or_else(|| dit::classify(name, shape))
        .or_else(|| text_encoder::classify(name, shape))
        .or_else(|| vae::classify(name, shape))
        .or_else(|| language::classify(name, shape))
        .unwrap_or_else(|| {
            let kind = kind_by_shape(shape, Kind::Other);
            TensorRole::new(Component::Other, first_numbered(name), kind)
        })
}

/// Whether the canonical `name` is a table of positions: computed, not learnt, and the same in all
/// models.
pub fn is_position_table(name: &str) -> bool {
    name.strip_prefix(DENOISER_PREFIX)
        .is_some_and(|rest| FAMILIES.iter().any(|(_, family)| family.is_position_table(rest)))
}

/// `name` up to its first segment that is a number; the first segment where there is none.
fn first_numbered(name: &str) -> String {
    let segments: Vec<&str> = name.split('.').collect();
    let numbered = segments.iter().position(|segment| segment.parse::<u32>().is_ok());
    segments[..numbered.map_or(1, |position| position + 1)].join(".")
}

/// The kind that the shape alone tells; `matrix` for a matrix.
fn kind_by_shape(shape: &[u64], matrix: Kind) -> Kind {
    match shape {
        [] | [_] => Kind::OneDimensional,
        [_, _, 1, 1] => Kind::Convolution1x1,
        [_, _, _, _] => Kind::Convolution3x3,
        _ => matrix,
    }
}

/// The number that `text` starts with, up to the next dot, and the rest after it.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.split_once('.').unwrap_or((text, ""));
    Some((number.parse().ok()?, rest))
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}
