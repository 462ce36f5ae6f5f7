//! From matched tensors to work: which bytes of which file are read, in which order, in what
//! portions.
//!
//! A tensor is cut into [windows](Window), windows are put in the order that suits the files and
//! packed into batches; a batch turns into long contiguous [`Read`](crate::read::Read)s. Nothing here reads, and
//! nothing here affects a result: the order and size of batches only decide how fast it comes.

mod batch;
#[cfg(test)]
mod fixture;
mod order;
mod shares;
mod tensor;
mod window;

use thiserror::Error;

use crate::matching::{LeftOut, Matching};

pub use batch::{Batch, BlockJob, RowRange};
pub use shares::Shares;
pub use tensor::{PlannedTensor, TensorChange};
pub use window::{Grid, Window};

/// Most windows of one comparison. Real models stay far below: this is room for 35 trillion
/// parameters in matrices of ordinary width. Every window costs memory before and after it is
/// read, so a header that claims more is refused instead of planned.
pub const MAX_WINDOWS: u64 = 1 << 20;

/// Why a comparison cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// More work than memory has room for.
    #[error(
        "the models are too large: {windows} tensor blocks, at most {MAX_WINDOWS} can be planned"
    )]
    TooLarge {
        /// Windows that the tensors would be cut into.
        windows: u64,
    },
}

impl PlanError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
        }
    }
}

/// A file of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PlannedFile {
    /// Position of its model.
    pub model: usize,
    /// Position among that model's files.
    pub file: usize,
}

/// The work of one comparison.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Number of models.
    pub models: usize,
    /// All files of all models; every other place names files by their position here.
    pub files: Vec<PlannedFile>,
    /// Tensors to compare, by name.
    pub tensors: Vec<PlannedTensor>,
    /// Every other tensor, by name.
    pub left_out: Vec<LeftOut>,
    /// Windows in reading order.
    order: Vec<(u32, Window)>,
    /// Ends of the batches in `order`.
    cuts: Vec<usize>,
}

impl Plan {
    /// Plans the comparison of models as matched in `matching`; `file_counts` are the numbers of
    /// their files.
    ///
    /// # Errors
    /// [`PlanError::TooLarge`] when it would take more than [`MAX_WINDOWS`].
    pub fn new(file_counts: &[usize], matching: Matching) -> Result<Self, PlanError> {
        let files: Vec<PlannedFile> = file_counts
            .iter()
            .enumerate()
            .flat_map(|(model, &count)| (0..count).map(move |file| PlannedFile { model, file }))
            .collect();
        let first_file: Vec<usize> = file_counts
            .iter()
            .scan(0, |next, count| {
                let first = *next;
                *next += count;
                Some(first)
            })
            .collect();
        let tensors: Vec<PlannedTensor> = matching
            .matched
            .iter()
            .map(|matched| PlannedTensor {
                rows: matched.shape.first().copied().unwrap_or(1),
                // only the dimensions of an empty tensor can be too large
                cols: matched.shape.iter().skip(1).copied().fold(1, u64::saturating_mul),
                integer: matched.is_integer(),
                heights: matched.heights(),
                aligned: matched.aligned.clone(),
                role: matched.role.clone(),
                sources: matched
                    .tensors
                    .iter()
                    .zip(&first_file)
                    .map(|(tensor, first)| tensor.source.with_first_file(*first))
                    .collect(),
                changes: Vec::new(),
                name: matched.name.clone(),
                shape: matched.shape.clone(),
            })
            .collect();
        let windows =
            tensors.iter().map(|tensor| tensor.grid().window_count()).fold(0, u64::saturating_add);
        if windows > MAX_WINDOWS {
            return Err(PlanError::TooLarge { windows });
        }
        let order: Vec<(u32, Window)> = order::reading_order(&tensors, file_counts.len())
            .into_iter()
            .flat_map(|tensor| {
                tensors[tensor].grid().windows().map(move |window| (tensor as u32, window))
            })
            .collect();
        let cuts = order::cut(&tensors, &order);
        let left_out = matching.left_out;
        Ok(Self { models: file_counts.len(), files, tensors, left_out, order, cuts })
    }

    /// Number of batches.
    pub fn batches(&self) -> usize {
        self.cuts.len()
    }

    /// The batch at `index`, ready to be executed anywhere.
    pub fn batch(&self, index: usize) -> Batch {
        let start = if index == 0 { 0 } else { self.cuts[index - 1] };
        Batch::new(self.models, &self.tensors, &self.order[start..self.cuts[index]])
    }

    /// Bytes of all compared tensors in all models.
    pub fn bytes(&self) -> u64 {
        self.tensors
            .iter()
            .map(|tensor| (0..self.models).map(|model| tensor.bytes(model)).sum::<u64>())
            .sum()
    }

    /// Columns of all compared tensors.
    pub fn columns(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.cols).fold(0, u64::saturating_add)
    }
}
