//! A piece of work, complete in itself: what to read, and which rows a kernel is given.

use serde::{Deserialize, Serialize};

use super::{PlannedTensor, TensorChange, Window};
use crate::read::Read;
use crate::tensor::{Region, TensorSource};

/// Bytes of no tensor that are read through rather than reopening the file behind them.
const GAP_BYTES: u64 = 64 << 10;
/// Of the bytes a batch needs from a model, the share that may be read in vain: 1/64.
const GAP_SHARE: u64 = 64;

/// Work for one worker. Rows of many tensors whose bytes lie together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batch {
    /// Number of models.
    pub models: usize,
    /// Windows in reading order.
    pub jobs: Vec<BlockJob>,
    /// For each model, the reads that its spans of all jobs are taken from, in order.
    pub reads: Vec<Vec<Read>>,
}

/// Rows of one tensor, in all models.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlockJob {
    /// Position of the tensor in [`Plan::tensors`](super::Plan::tensors), or in the sample.
    pub tensor: usize,
    /// Name of the tensor, for progress and errors.
    pub name: String,
    /// Which window of the tensor.
    pub window: Window,
    /// The rectangle that the window is.
    pub region: Region,
    /// Rows that are taken, counted from the top of the region.
    pub ranges: Vec<RowRange>,
    /// Whether the window holds whole columns, so that it can be reduced to a record at once.
    pub whole_columns: bool,
    /// The tensor in each model.
    pub sources: Vec<TensorSource>,
    /// What adapters change of it.
    pub changes: Vec<TensorChange>,
}

/// Some consecutive rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRange {
    /// First row.
    pub first_row: u64,
    /// Number of rows.
    pub rows: u64,
}

impl Batch {
    pub(super) fn new(models: usize, tensors: &[PlannedTensor], windows: &[(u32, Window)]) -> Self {
        let jobs: Vec<BlockJob> =
            windows.iter().map(|&(tensor, window)| job(tensors, tensor as usize, window)).collect();
        let reads = (0..models).map(|model| coalesce(&jobs, model)).collect();
        Self { models, jobs, reads }
    }
}

fn job(tensors: &[PlannedTensor], index: usize, window: Window) -> BlockJob {
    let tensor = &tensors[index];
    let grid = tensor.grid();
    let (first_row, rows) = grid.rows_of(window);
    let (first_col, cols) = grid.cols_of(window);
    BlockJob {
        tensor: index,
        name: tensor.name.clone(),
        window,
        region: Region { first_row, rows, first_col, cols },
        ranges: vec![RowRange { first_row: 0, rows }],
        whole_columns: grid.bands() == 1,
        sources: tensor.sources.clone(),
        changes: tensor.changes.clone(),
    }
}

/// Joins the spans of one model over all jobs into reads as long as possible.
fn coalesce(jobs: &[BlockJob], model: usize) -> Vec<Read> {
    let spans = || jobs.iter().flat_map(|job| job.sources[model].spans(job.region));
    let mut gap_budget_bytes = spans().map(|span| span.bytes).sum::<u64>() / GAP_SHARE;
    let mut reads: Vec<Read> = Vec::new();
    for span in spans() {
        let end = span.start + span.bytes;
        if let Some(last) = reads.last_mut()
            && last.file == span.file
            && let Some(gap_bytes) = span.start.checked_sub(last.end)
            && gap_bytes <= GAP_BYTES.min(gap_budget_bytes)
        {
            gap_budget_bytes -= gap_bytes;
            last.end = end;
        } else {
            reads.push(Read { file: span.file, start: span.start, end });
        }
    }
    reads
}

#[cfg(test)]
mod tests;
