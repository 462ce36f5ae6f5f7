//! How one tensor of a model is stored.

use crate::tensor::{Scale, TensorSource};

/// What a tensor of a model is, where it is not stored as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// The stored numbers times a scale.
    Scaled(Scale),
    /// As it is meant, under another name.
    Named(String),
    /// Codes that stand for the weights of these names: more than one where experts are together.
    Weights(Vec<(String, TensorSource)>),
    /// Scales, tables and settings of a quantisation.
    Bookkeeping,
    /// Codes that are not undone here.
    Quantised,
}
