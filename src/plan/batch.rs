//! A portion of work, complete in itself: what to read, and what to make of it.

use serde::{Deserialize, Serialize};

use super::{Plan, Window, element_bytes};
use crate::dtype::Dtype;
use crate::layout::{Piece, Scale};
use crate::source::Read;

/// Bytes of no tensor that are read through rather than reopening the file behind them.
const GAP_BYTES: u64 = 64 << 10;
/// Of the bytes a batch needs from a model, the share that may be read in vain: 1/64.
const GAP_SHARE: u64 = 64;

/// Work for one lane. Windows of many tensors whose bytes lie together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Batch {
    /// Number of models.
    pub models: usize,
    /// Windows in reading order.
    pub jobs: Vec<Job>,
    /// For each model, the reads that its spans of all jobs are taken from, in order.
    pub reads: Vec<Vec<Read>>,
}

/// One window of one tensor, in all models.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Position in [`Plan::tensors`].
    pub tensor: usize,
    /// Which part of the tensor.
    pub window: Window,
    /// Name of the tensor, for progress and errors.
    pub name: String,
    /// Rows of the window.
    pub rows: u64,
    /// Columns of the window.
    pub cols: u64,
    /// Whether the window holds whole columns, so that it can be reduced to a record at once.
    pub whole_columns: bool,
    /// The window's bytes in each model.
    pub operands: Vec<Operand>,
}

/// One model's bytes of a window.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operand {
    /// Number format.
    pub dtype: Dtype,
    /// The window's rows from the top; `start` is the first element inside the window.
    pub pieces: Vec<Piece>,
    /// Bytes of one row of the window.
    pub row_bytes: u64,
    /// Bytes from one row of the tensor to the next.
    pub stride_bytes: u64,
    /// Whether the file has rows and columns exchanged: the window is then the whole tensor.
    pub transposed: bool,
    /// What to multiply the stored numbers with.
    pub scale: Option<ScaleRead>,
}

/// The scale of an operand: `count` numbers, one for each row of the window or one for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleRead {
    /// Number format.
    pub dtype: Dtype,
    /// Where they are.
    pub read: Read,
}

/// A contiguous piece of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// File that holds it.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// Length.
    pub bytes: u64,
}

impl Operand {
    /// The contiguous pieces of `rows` rows from `first_row`, in order.
    pub fn spans(&self, first_row: u64, rows: u64) -> impl Iterator<Item = Span> + use<'_> {
        let mut top = 0;
        self.pieces.iter().flat_map(move |piece| {
            let skipped = first_row.saturating_sub(top).min(piece.rows);
            let end = (first_row + rows).saturating_sub(top).min(piece.rows);
            top += piece.rows;
            self.piece_spans(*piece, skipped, end.saturating_sub(skipped))
        })
    }

    fn piece_spans(
        &self,
        piece: Piece,
        first_row: u64,
        rows: u64,
    ) -> impl Iterator<Item = Span> + use<> {
        let contiguous = self.row_bytes == self.stride_bytes;
        let (count, bytes) =
            if contiguous { (1, rows * self.row_bytes) } else { (rows, self.row_bytes) };
        let start = piece.start + first_row * self.stride_bytes;
        let stride_bytes = self.stride_bytes;
        (0..count)
            .map(move |row| Span { file: piece.file, start: start + row * stride_bytes, bytes })
            .filter(|span| span.bytes > 0)
    }
}

impl Batch {
    pub(super) fn new(plan: &Plan, windows: &[(u32, Window)]) -> Self {
        let jobs: Vec<Job> =
            windows.iter().map(|&(tensor, window)| job(plan, tensor as usize, window)).collect();
        let reads = (0..plan.models).map(|model| coalesce(&jobs, model)).collect();
        Self { models: plan.models, jobs, reads }
    }
}

fn job(plan: &Plan, index: usize, window: Window) -> Job {
    let tensor = &plan.tensors[index];
    let grid = tensor.grid();
    let (first_row, rows) = grid.rows_of(window);
    let (first_col, cols) = grid.cols_of(window);
    let operands = tensor
        .places
        .iter()
        .map(|place| {
            let element_bytes = element_bytes(place.dtype);
            let stride_bytes = tensor.cols * element_bytes;
            Operand {
                dtype: place.dtype,
                pieces: clip(
                    &place.pieces,
                    first_row,
                    rows,
                    stride_bytes,
                    first_col * element_bytes,
                ),
                row_bytes: cols * element_bytes,
                stride_bytes,
                transposed: place.transposed,
                scale: place.scale.map(|scale| scale_read(scale, first_row, rows)),
            }
        })
        .collect();
    Job {
        tensor: index,
        window,
        name: tensor.name.clone(),
        rows,
        cols,
        whole_columns: grid.bands() == 1,
        operands,
    }
}

/// The part of `pieces` inside `rows` rows from `first_row`, moved right by `col_bytes`.
fn clip(
    pieces: &[Piece],
    first_row: u64,
    rows: u64,
    stride_bytes: u64,
    col_bytes: u64,
) -> Vec<Piece> {
    let mut top = 0;
    let mut clipped = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let skipped = first_row.saturating_sub(top).min(piece.rows);
        let end = (first_row + rows).saturating_sub(top).min(piece.rows);
        top += piece.rows;
        if end > skipped {
            let start = piece.start + skipped * stride_bytes + col_bytes;
            clipped.push(Piece { file: piece.file, start, rows: end - skipped });
        }
    }
    clipped
}

fn scale_read(scale: Scale, first_row: u64, rows: u64) -> ScaleRead {
    let bytes = element_bytes(scale.dtype);
    let (first, count) = if scale.per_row { (first_row, rows) } else { (0, 1) };
    let start = scale.start + first * bytes;
    ScaleRead {
        dtype: scale.dtype,
        read: Read { file: scale.file, start, end: start + count * bytes },
    }
}

/// Joins the spans of one model over all jobs into reads as long as possible.
fn coalesce(jobs: &[Job], model: usize) -> Vec<Read> {
    let spans = || jobs.iter().flat_map(|job| job.operands[model].spans(0, job.rows));
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
