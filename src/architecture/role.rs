//! What a tensor is: the component and block that it is in, and what it does there.

use std::fmt;

use serde::Serialize;

/// A large part of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
#[cfg_attr(test, derive(ts_rs::TS))]
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
    pub(super) fn new(component: Component, block: impl Into<String>, kind: Kind) -> Self {
        Self { component, block: block.into(), kind }
    }
}

/// SDXL's blocks closest to the middle, a scope that users of merge tools ask for.
pub const NEAR_MID: [&str; 6] = ["IN07", "IN08", "MID", "OUT00", "OUT01", "OUT02"];

/// `name` up to its first segment that is a number; the first segment where there is none.
pub(super) fn first_numbered(name: &str) -> String {
    let segments: Vec<&str> = name.split('.').collect();
    let numbered = segments.iter().position(|segment| segment.parse::<u32>().is_ok());
    segments[..numbered.map_or(1, |position| position + 1)].join(".")
}

/// The kind that the shape alone tells; `matrix` for a matrix.
pub(super) fn kind_by_shape(shape: &[u64], matrix: Kind) -> Kind {
    match shape {
        [] | [_] => Kind::OneDimensional,
        [_, _, 1, 1] => Kind::Convolution1x1,
        [_, _, _, _] => Kind::Convolution3x3,
        _ => matrix,
    }
}

/// The number that `text` starts with, up to the next dot, and the rest after it.
pub(super) fn numbered(text: &str) -> Option<(u32, &str)> {
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
