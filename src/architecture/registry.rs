//! The registry of architectures.

use serde::{Deserialize, Serialize};

use super::family::Family;
use super::{
    anima, auraflow, chroma, cogvideox, cosmos1, cosmos2, ernie_image, flux, flux2, hidream,
    hunyuan_dit, hunyuan_video, hunyuan_video15, ideogram4, kandinsky5, krea2, ltx, ltx2, lumina2,
    mochi, pixart, qwen_image, qwen_image2, sana, sd3, stable_cascade, wan, z_image,
};

/// Lists the families: of each its name in programs and the constant that describes it, in the
/// order in which they are tried. One that has all that another is known by comes first.
macro_rules! registry {
    ($($(#[$doc:meta])* $name:ident = $file:ident::$family:ident,)*) => {
        /// A family of models with the same tensors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
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
            /// One or more text encoders, and what belongs to them.
            TextEncoder,
            /// A model that sees and nothing else.
            Vision,
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
                    Self::Vision => "vision model",
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
