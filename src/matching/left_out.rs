//! Tensors that take no part, each with its reason.

use serde::Serialize;

/// A tensor that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LeftOut {
    /// Name of the tensor.
    pub name: String,
    /// Why it is left out.
    #[serde(flatten)]
    pub reason: Reason,
}

/// Why a tensor is not compared. Model numbers are positions in the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It belongs to the VAE, which is left out by default.
    Vae,
    /// Some models do not have it.
    Missing {
        /// Models without it.
        missing_in: Vec<usize>,
    },
    /// It is a table of positions: computed, not learnt, and the same in all models.
    Positions {
        /// Models that have it.
        models: Vec<usize>,
    },
    /// Its shape differs among the models.
    Shape {
        /// Shape in each model.
        shapes: Vec<Vec<u64>>,
    },
    /// It is an average kept by a training run.
    Ema {
        /// Models that have it.
        models: Vec<usize>,
    },
    /// It belongs to an adapter that a model carries beside its weights.
    Adapter {
        /// Models that have it.
        models: Vec<usize>,
    },
    /// It serves a quantisation and is no weight.
    Bookkeeping {
        /// Models that have it.
        models: Vec<usize>,
    },
    /// It is quantised in blocks or packed, so the stored numbers are not the weights.
    Quantised {
        /// Models that store it so.
        models: Vec<usize>,
    },
    /// A model stores it in a format that cannot be compared on its own.
    Dtype {
        /// Dtype in each model.
        dtypes: Vec<String>,
    },
}

impl Reason {
    /// The word of the JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vae => "vae",
            Self::Missing { .. } => "missing",
            Self::Shape { .. } => "shape",
            Self::Positions { .. } => "positions",
            Self::Ema { .. } => "ema",
            Self::Adapter { .. } => "adapter",
            Self::Bookkeeping { .. } => "bookkeeping",
            Self::Quantised { .. } => "quantised",
            Self::Dtype { .. } => "dtype",
        }
    }

    /// Whether the tensor is left out by choice, or is no weight of the model: then nothing is
    /// missing from the comparison.
    pub fn is_by_choice(&self) -> bool {
        match self {
            Self::Vae
            | Self::Positions { .. }
            | Self::Ema { .. }
            | Self::Adapter { .. }
            | Self::Bookkeeping { .. } => true,
            Self::Missing { .. }
            | Self::Shape { .. }
            | Self::Quantised { .. }
            | Self::Dtype { .. } => false,
        }
    }

    /// A few words, in English.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Vae => "VAE",
            Self::Missing { .. } => "not in every model",
            Self::Shape { .. } => "different shapes",
            Self::Positions { .. } => "fixed positions",
            Self::Ema { .. } => "training average",
            Self::Adapter { .. } => "adapter inside a model",
            Self::Bookkeeping { .. } => "quantisation data",
            Self::Quantised { .. } => "quantised in blocks",
            Self::Dtype { .. } => "format not comparable",
        }
    }
}
