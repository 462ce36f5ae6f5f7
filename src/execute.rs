//! Carries out a batch: streams in, column sums out.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::decode::widen;
use crate::dtype::size_bytes;
use crate::gram::{Accumulator, BLOCK_ROWS, ColumnSums, Record, Tile};
use crate::plan::{Batch, Operand, Span, Window};
use crate::reader::Reader;
use crate::source::{ByteStream, Read, Source};

/// Stored bytes of all models that are fetched before one core's arithmetic starts on them. Small
/// enough to stay in its cache, large enough to make the calls cheap.
const TILE_BYTES: u64 = 512 << 10;

/// Who does the arithmetic of a batch.
pub trait Arithmetic {
    /// Stored bytes of all models that are worth fetching before it starts on them.
    fn tile_bytes(&self) -> u64;

    /// Adds `rows` rows of every model to `sums`; see [`Accumulator::add`].
    fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums);
}

/// The thread that also reads.
impl Arithmetic for Accumulator {
    fn tile_bytes(&self) -> u64 {
        TILE_BYTES
    }

    fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
        self.add(tiles, rows, sums);
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// One result for each job, in order.
    pub parts: Vec<Part>,
}

/// What became of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Position of the tensor in the plan.
    pub tensor: usize,
    /// Which window of it.
    pub window: Window,
    /// Its figures.
    pub figures: Figures,
}

/// The figures of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Figures {
    /// Of whole columns.
    Whole(Record),
    /// Of columns that go on in the windows below.
    Columns(ColumnSums),
}

/// Streams the bytes of `batch` from `source`, adds them up on this thread and returns the figures
/// of its windows. See [`execute_by`].
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// As [`execute_by`].
pub async fn execute<S: Source>(
    batch: &Batch,
    source: &S,
    progress: impl FnMut(u64, &str),
) -> Result<Outcome, <S::Stream as ByteStream>::Error> {
    execute_by(&mut Accumulator::new(batch.models), batch, source, progress).await
}

/// Streams the bytes of `batch` from `source`, has them added up by `arithmetic` and returns the
/// figures of its windows.
///
/// `progress` is told the bytes taken from all models and the name of the tensor, a few times for
/// each tensor.
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// When the batch is not one of a [`crate::plan::Plan`]: its dtypes must have decoders and its
/// reads must cover its spans.
pub async fn execute_by<S: Source>(
    arithmetic: &mut impl Arithmetic,
    batch: &Batch,
    source: &S,
    mut progress: impl FnMut(u64, &str),
) -> Result<Outcome, <S::Stream as ByteStream>::Error> {
    let mut cursors: Vec<Cursor<'_, S>> =
        batch.reads.iter().map(|reads| Cursor::new(source, reads)).collect();
    let mut parts = Vec::with_capacity(batch.jobs.len());
    for job in &batch.jobs {
        let mut sums = ColumnSums::zero(batch.models, job.cols as usize);
        let mut scales = Vec::with_capacity(job.operands.len());
        for operand in &job.operands {
            scales.push(read_scales(operand, source).await?);
        }
        let row_bytes = job.operands.iter().map(|operand| operand.row_bytes).sum();
        let tile_rows = tile_rows(row_bytes, arithmetic.tile_bytes());
        let mut row = 0;
        while row < job.rows {
            let rows = tile_rows.min(job.rows - row);
            let mut bytes = 0;
            for (cursor, operand) in cursors.iter_mut().zip(&job.operands) {
                cursor.fetch(operand, job.rows, row, rows).await?;
                bytes += rows * operand.row_bytes;
            }
            let tiles: Vec<Tile<'_>> = cursors
                .iter()
                .zip(&job.operands)
                .zip(&scales)
                .map(|((cursor, operand), scales)| Tile {
                    bytes: cursor.fetched(),
                    dtype: operand.dtype,
                    // one for all rows, or those of the tile
                    scales: match scales.len() as u64 {
                        0 | 1 => scales,
                        _ => &scales[row as usize..(row + rows) as usize],
                    },
                })
                .collect();
            arithmetic.add(&tiles, rows as usize, &mut sums);
            progress(bytes, &job.name);
            row += rows;
        }
        let figures = if job.whole_columns {
            Figures::Whole(Record::of(&sums))
        } else {
            Figures::Columns(sums)
        };
        parts.push(Part { tensor: job.tensor, window: job.window, figures });
    }
    Ok(Outcome { parts })
}

/// Rows fetched at a time, of `row_bytes` in all models: whole blocks, about `tile_bytes` in all.
fn tile_rows(row_bytes: u64, tile_bytes: u64) -> u64 {
    let block_rows = BLOCK_ROWS as u64;
    (tile_bytes / row_bytes.max(1) / block_rows).max(1) * block_rows
}

/// The scales of an operand; none where it is stored as it is.
async fn read_scales<S: Source>(
    operand: &Operand,
    source: &S,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let Some(scale) = operand.scale else { return Ok(Vec::new()) };
    let mut stream = source.open(&[scale.read]);
    stream.fetch(scale.read.bytes() as usize).await?;
    let count = scale.read.bytes() / size_bytes(scale.dtype).expect("a scale is a float");
    let mut scales = vec![0.0; count as usize];
    widen(scale.dtype, stream.fetched(), &mut scales);
    Ok(scales)
}

/// A matrix of `rows` × `cols` from one stored as `cols` × `rows`.
fn turn(stored: &[u8], rows: usize, cols: usize, element_bytes: usize) -> Vec<u8> {
    let mut turned = Vec::with_capacity(stored.len());
    for row in 0..rows {
        for col in 0..cols {
            let at = (col * rows + row) * element_bytes;
            turned.extend_from_slice(&stored[at..at + element_bytes]);
        }
    }
    turned
}

/// One model's side of the jobs.
struct Cursor<'a, S: Source> {
    reader: Reader<'a, S>,
    fetched: Fetched,
}

/// Where the bytes of the last fetch are.
enum Fetched {
    InStream,
    Joined(Vec<u8>),
    /// A part of a whole matrix that had to be turned round.
    Turned {
        matrix: Vec<u8>,
        part: Range<usize>,
    },
}

impl<'a, S: Source> Cursor<'a, S> {
    fn new(source: &'a S, reads: &[Read]) -> Self {
        let fetched = Fetched::Joined(Vec::new());
        Self { reader: Reader::new(source, reads.iter().copied()), fetched }
    }

    /// Fetches `rows` rows of `operand`, which has `all_rows`, from `first_row`.
    async fn fetch(
        &mut self,
        operand: &Operand,
        all_rows: u64,
        first_row: u64,
        rows: u64,
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        if !operand.transposed {
            return self.join(operand.spans(first_row, rows), rows * operand.row_bytes).await;
        }
        if first_row == 0 {
            self.join(operand.spans(0, all_rows), all_rows * operand.row_bytes).await?;
            let element_bytes = size_bytes(operand.dtype).expect("compared") as usize;
            let cols = operand.row_bytes as usize / element_bytes;
            let matrix = turn(self.fetched(), all_rows as usize, cols, element_bytes);
            self.fetched = Fetched::Turned { matrix, part: 0..0 };
        }
        if let Fetched::Turned { part, .. } = &mut self.fetched {
            let start = (first_row * operand.row_bytes) as usize;
            *part = start..start + (rows * operand.row_bytes) as usize;
        }
        Ok(())
    }

    /// Takes `spans`, which are `bytes` long in all.
    async fn join(
        &mut self,
        mut spans: impl Iterator<Item = Span>,
        bytes: u64,
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        let Some(first) = spans.next() else {
            self.fetched = Fetched::Joined(Vec::new());
            return Ok(());
        };
        if first.bytes == bytes {
            self.reader.advance(first).await?;
            self.fetched = Fetched::InStream;
            return Ok(());
        }
        let mut joined = Vec::with_capacity(bytes as usize);
        for span in std::iter::once(first).chain(spans) {
            self.reader.advance(span).await?;
            joined.extend_from_slice(self.reader.fetched());
        }
        self.fetched = Fetched::Joined(joined);
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        match &self.fetched {
            Fetched::InStream => self.reader.fetched(),
            Fetched::Joined(bytes) => bytes,
            Fetched::Turned { matrix, part } => &matrix[part.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_whole_blocks_and_about_as_large_as_asked() {
        assert_eq!(Accumulator::new(4).tile_bytes(), 512 << 10);
        assert_eq!(tile_rows(4 * 2560, 512 << 10), 32);
        assert_eq!(tile_rows(4 * 640, 512 << 10), 192);
        assert_eq!(tile_rows(4, 512 << 10), 131_072);
        // a block is the least there is, and empty rows take no room
        assert_eq!(tile_rows(1 << 30, 512 << 10), 32);
        assert_eq!(tile_rows(0, 512 << 10), 512 << 10);
    }
}
