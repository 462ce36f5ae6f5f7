//! One tensor of a plan.

use serde::{Deserialize, Serialize};

use super::Grid;
use crate::architecture::TensorRole;
#[cfg(not(target_arch = "wasm32"))]
use crate::tensor::Encoding;
use crate::tensor::TensorSource;

/// A tensor of the plan. As a matrix it has `rows` × `cols` elements, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTensor {
    /// Name in all models.
    pub name: String,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// First dimension; 1 for a scalar.
    pub rows: u64,
    /// Product of the other dimensions; 1 for a vector or a scalar.
    pub cols: u64,
    /// Whether a model stores whole numbers here: such tensors count in the column cosine only.
    pub integer: bool,
    /// Rows in each model, where they differ and only the first `rows` are compared.
    pub heights: Option<Vec<u64>>,
    /// Its name in every model, where the names have nothing in common but their ends.
    pub aligned: Option<Vec<String>>,
    /// Component, block and kind.
    pub role: TensorRole,
    /// Where each model keeps it. Files are positions in [`Plan::files`](super::Plan::files).
    pub sources: Vec<TensorSource>,
    /// What adapters change of it, in the order of the adapters; those that change nothing have none.
    pub changes: Vec<TensorChange>,
}

/// What an adapter changes of a tensor of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorChange {
    /// Position of the adapter.
    pub adapter: usize,
    /// Position of the model that it is added to.
    pub target: usize,
    /// Rows of the change.
    pub source: TensorSource,
}

impl TensorChange {
    /// Whether it is worked out from the target's own weights.
    pub fn is_of_target(&self) -> bool {
        #[cfg(not(target_arch = "wasm32"))]
        if let Encoding::Change(change) = &self.source.encoding {
            return change.of.is_some();
        }
        false
    }
}

impl PlannedTensor {
    /// How it is cut.
    pub fn grid(&self) -> Grid {
        Grid::new(self.rows, self.cols)
    }

    pub(super) fn bytes(&self, model: usize) -> u64 {
        self.rows * self.sources[model].encoding.row_bytes(self.cols)
    }
}
