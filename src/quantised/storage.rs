//! How one tensor of a model is stored.

use crate::tensor::{Scale, TensorSource};

/// What a tensor of a model is, where it is not stored as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// The stored numbers times a scale.
    Scaled(Scale),
    /// Codes that stand for the weight of this name.
    Weight(String, Box<TensorSource>),
    /// Scales, tables and settings of a quantisation.
    Bookkeeping,
    /// Codes that are not undone here.
    Quantised,
}
