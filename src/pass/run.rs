//! Carries out a batch: streams in, blocks of rows to a kernel.

use weightkin_kernel::gram::{BLOCK_ROWS, Tile};

use super::plan::{Batch, BlockJob};
use crate::read::{ByteStream, Source};
use crate::tensor::RowReader;

/// What is computed from aligned rows of the models' tensors.
pub trait RowKernel {
    /// What comes of the rows of one job.
    type Output;

    /// Stored bytes of all models that are worth fetching before it starts on them.
    fn tile_bytes(&self) -> u64;

    /// Turns to the rows of `job`.
    fn begin(&mut self, job: &BlockJob);

    /// Takes the next rows: those of `block` in every model, one tile each, and behind them those of
    /// the job's changes.
    fn add(&mut self, tiles: &[Tile<'_>], block: Block);

    /// What came of the rows of `job`, which are all in.
    fn finish(&mut self, job: &BlockJob) -> Self::Output;
}

/// Some consecutive rows of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Position of the range that they belong to among [`BlockJob::ranges`].
    pub range: usize,
    /// Position of the first of them in that range.
    pub row: u64,
    /// How many they are.
    pub rows: u64,
}

/// How far a pass has come with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBytes {
    /// Stored bytes of its rows, in all models.
    pub rows: u64,
    /// Bytes that were read for it, gaps included.
    pub read: u64,
}

/// Streams the rows of `batch` from `source` into `kernel` and returns what came of its jobs, in
/// order.
///
/// `progress` is told the bytes of every block and the name of its tensor.
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// When the batch is not one of a plan: its dtypes must have decoders and its reads must cover its
/// rows.
pub async fn run<S: Source, K: RowKernel>(
    kernel: &mut K,
    batch: &Batch,
    source: &S,
    mut progress: impl FnMut(ReadBytes, &str),
) -> Result<Vec<K::Output>, <S::Stream as ByteStream>::Error> {
    let mut readers: Vec<RowReader<'_, S>> =
        batch.reads.iter().map(|reads| RowReader::new(source, reads)).collect();
    let mut outputs = Vec::with_capacity(batch.jobs.len());
    for job in &batch.jobs {
        kernel.begin(job);
        if job.ranges.is_empty() {
            outputs.push(kernel.finish(job));
            continue;
        }
        for (reader, tensor) in readers.iter_mut().zip(&job.sources) {
            reader.begin(tensor, job.region).await?;
        }
        let mut changes: Vec<RowReader<'_, S>> =
            job.changes.iter().map(|_| RowReader::new(source, &[])).collect();
        for (reader, change) in changes.iter_mut().zip(&job.changes) {
            reader.begin(&change.source, job.region).await?;
        }
        let row_bytes: u64 =
            job.sources.iter().map(|tensor| tensor.encoding.row_bytes(job.region.cols)).sum();
        let tile_row_bytes =
            job.sources.iter().map(|tensor| tensor.encoding.tile_row_bytes(job.region.cols)).sum();
        let tile_rows = tile_rows(tile_row_bytes, kernel.tile_bytes());
        for (range, of) in job.ranges.iter().enumerate() {
            let mut row = 0;
            while row < of.rows {
                let rows = tile_rows.min(of.rows - row);
                let mut read = 0;
                for (reader, tensor) in readers.iter_mut().zip(&job.sources) {
                    read += reader.fetch(tensor, job.region, of.first_row + row, rows).await?;
                }
                for (reader, change) in changes.iter_mut().zip(&job.changes) {
                    reader.fetch(&change.source, job.region, of.first_row + row, rows).await?;
                }
                let tiles: Vec<Tile<'_>> =
                    readers.iter().chain(&changes).map(RowReader::tile).collect();
                kernel.add(&tiles, Block { range, row, rows });
                progress(ReadBytes { rows: rows * row_bytes, read }, &job.name);
                row += rows;
            }
        }
        outputs.push(kernel.finish(job));
    }
    Ok(outputs)
}

/// Rows fetched at a time, of `row_bytes` in all models: whole blocks, about `tile_bytes` in all.
fn tile_rows(row_bytes: u64, tile_bytes: u64) -> u64 {
    let block_rows = BLOCK_ROWS as u64;
    (tile_bytes / row_bytes.max(1) / block_rows).max(1).saturating_mul(block_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_whole_blocks_and_about_as_large_as_asked() {
        assert_eq!(tile_rows(4 * 2560, 512 << 10), 32);
        assert_eq!(tile_rows(4 * 640, 512 << 10), 192);
        assert_eq!(tile_rows(4, 512 << 10), 131_072);
        // a block is the least there is, and empty rows take no room
        assert_eq!(tile_rows(1 << 30, 512 << 10), 32);
        assert_eq!(tile_rows(0, 512 << 10), 512 << 10);
        assert_eq!(tile_rows(1, u64::MAX), u64::MAX / 32 * 32);
    }
}
