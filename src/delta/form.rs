//! The forms by name.

use serde::{Deserialize, Serialize};

/// A form of adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Form {
    /// A product of two thin matrices.
    #[serde(rename = "LoRA")]
    Lora,
    /// A Kronecker product.
    #[serde(rename = "LoKr")]
    Lokr,
    /// An elementwise product of two products of thin matrices.
    #[serde(rename = "LoHa")]
    Loha,
    /// The change itself.
    #[serde(rename = "full difference")]
    Diff,
    /// The new weight itself.
    #[serde(rename = "replacement")]
    Set,
    /// Rotations of blocks of rows.
    #[serde(rename = "OFT")]
    Oft,
    /// Rotations in butterfly order.
    #[serde(rename = "BOFT")]
    Boft,
    /// A product of thin matrices, and another one behind the weight.
    #[serde(rename = "GLoRA")]
    Glora,
    /// A factor for each row or column.
    #[serde(rename = "IA3")]
    Ia3,
}

impl Form {
    /// Its usual name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Lora => "LoRA",
            Self::Lokr => "LoKr",
            Self::Loha => "LoHa",
            Self::Diff => "full difference",
            Self::Set => "replacement",
            Self::Oft => "OFT",
            Self::Boft => "BOFT",
            Self::Glora => "GLoRA",
            Self::Ia3 => "IA3",
        }
    }

    /// Whether the change can only be worked out with the model's own weights.
    pub fn needs_model(self, is_decomposed: bool) -> bool {
        is_decomposed
            || matches!(self, Self::Set | Self::Oft | Self::Boft | Self::Glora | Self::Ia3)
    }

    /// Whether the strength makes no difference: a replacement replaces.
    pub fn ignores_strength(self) -> bool {
        self == Self::Set
    }
}
