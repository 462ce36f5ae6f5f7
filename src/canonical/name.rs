//! What a stored tensor is called in the canonical layout.

use crate::architecture::family::Rows;

/// A stored tensor's place in the canonical layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Canonical {
    pub name: String,
    /// How its rows become those of the canonical tensor.
    pub rows: Rows,
}

impl Canonical {
    pub(super) fn named(name: String) -> Self {
        Self { name, rows: Rows::Same }
    }
}
