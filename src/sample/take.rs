//! Takes the sample of a model: keeps the picked columns of the rows that a pass reads.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use weightkin_kernel::gram::Tile;

use super::plan::{SampleBatch, Sampling};
use super::rule::{Density, Pick};
use super::sampled::Sample;
use crate::decode::widen;
use crate::dtype::{Dtype, size_bytes};
use crate::pass::plan::BlockJob;
use crate::pass::{Block, RowKernel, run};
use crate::read::{ByteStream, Source};

/// What came of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleChunk {
    /// Whose sample it is a part of.
    pub model: usize,
    /// The tensors, in the order of the batch.
    pub tensors: Vec<ChunkTensor>,
}

/// The sample of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChunkTensor {
    /// Position among the tensors of the sample.
    pub tensor: usize,
    /// The picked elements, rows one after the other, in the format that
    /// [`Encoding::sampled_dtype`](crate::tensor::Encoding::sampled_dtype) says.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// Puts a sample together from batches that come in any order.
#[derive(Debug)]
pub struct Collector {
    sample: Sample,
    missing: usize,
}

impl Collector {
    /// Nothing in yet.
    pub fn new(sampling: &Sampling) -> Self {
        let sample = Sample { density: sampling.density(), tensors: sampling.to_come() };
        Self { sample, missing: sampling.batches() }
    }

    /// Takes in what came of a batch.
    pub fn accept(&mut self, taken: SampleChunk) {
        self.missing = self.missing.saturating_sub(1);
        for tensor in taken.tensors {
            if let Some(kept) = self.sample.tensors.get_mut(tensor.tensor) {
                kept.bytes = Arc::new(tensor.bytes);
            }
        }
    }

    /// Batches that are not in.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The sample.
    pub fn finish(self) -> Sample {
        self.sample
    }
}

/// Reads `batch` from `source` and keeps what the rule picks.
///
/// `progress` is told the bytes read and the name of the tensor they belong to.
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// When the batch is not one of a [`Sampling`](super::Sampling).
pub async fn take<S: Source>(
    batch: &SampleBatch,
    source: &S,
    mut progress: impl FnMut(u64, &str),
) -> Result<SampleChunk, <S::Stream as ByteStream>::Error> {
    let mut kernel = SampleKernel::new(batch.density);
    let tensors =
        run(&mut kernel, &batch.batch, source, |bytes, name| progress(bytes.read, name)).await?;
    Ok(SampleChunk { model: batch.model, tensors })
}

/// Keeps what the rule picks of the rows of one model.
struct SampleKernel {
    density: Density,
    pick: Pick,
    /// For each range of rows, the position of its first among the rows that are kept.
    kept: Vec<usize>,
    dtype: Dtype,
    sampled_dtype: Dtype,
    bytes: Vec<u8>,
}

impl SampleKernel {
    fn new(density: Density) -> Self {
        Self {
            density,
            pick: Pick::new("", &[0], density),
            kept: Vec::new(),
            dtype: Dtype::F32,
            sampled_dtype: Dtype::F32,
            bytes: Vec::new(),
        }
    }
}

impl RowKernel for SampleKernel {
    type Output = ChunkTensor;

    /// A run of rows is a few, or all of a small tensor: it is fetched at once.
    fn tile_bytes(&self) -> u64 {
        u64::MAX
    }

    fn begin(&mut self, job: &BlockJob) {
        let source = &job.sources[0];
        self.pick = Pick::new(&job.name, &source.shape, self.density);
        self.kept = self.pick.kept_rows().into_iter().map(|(_, kept)| kept as usize).collect();
        self.dtype = source.encoding.tile_dtype();
        self.sampled_dtype = source.encoding.sampled_dtype();
        let element_bytes = size_bytes(self.sampled_dtype).expect("compared");
        self.bytes = vec![0; (self.pick.elements() * element_bytes) as usize];
    }

    fn add(&mut self, tiles: &[Tile<'_>], block: Block) {
        let Tile { bytes, scales, .. } = tiles[0];
        let element_bytes = size_bytes(self.dtype).expect("compared") as usize;
        let first = self.kept[block.range] + block.row as usize;
        let cols = self.pick.cols.len();
        if self.sampled_dtype == self.dtype {
            let to = &mut self.bytes[first * cols * element_bytes..];
            return keep_columns(bytes, &self.pick, element_bytes, to);
        }
        let mut kept = vec![0; block.rows as usize * cols * element_bytes];
        keep_columns(bytes, &self.pick, element_bytes, &mut kept);
        let values = widened(&kept, self.dtype, cols, scales);
        let to = &mut self.bytes[first * cols * size_of::<f32>()..];
        for (value, to) in values.into_iter().zip(to.chunks_exact_mut(size_of::<f32>())) {
            to.copy_from_slice(&value.to_le_bytes());
        }
    }

    fn finish(&mut self, job: &BlockJob) -> ChunkTensor {
        ChunkTensor { tensor: job.tensor, bytes: std::mem::take(&mut self.bytes) }
    }
}

/// Keeps the picked columns of whole rows.
fn keep_columns(rows: &[u8], pick: &Pick, element_bytes: usize, to: &mut [u8]) {
    // copies of a known length need no call
    match element_bytes {
        1 => keep_columns_of::<1>(rows, pick, to),
        2 => keep_columns_of::<2>(rows, pick, to),
        4 => keep_columns_of::<4>(rows, pick, to),
        8 => keep_columns_of::<8>(rows, pick, to),
        other => unreachable!("no element has {other} bytes"),
    }
}

fn keep_columns_of<const ELEMENT_BYTES: usize>(rows: &[u8], pick: &Pick, to: &mut [u8]) {
    let row_bytes = pick.all_cols as usize * ELEMENT_BYTES;
    let kept_bytes = pick.cols.len() * ELEMENT_BYTES;
    for (row, to) in rows.chunks_exact(row_bytes).zip(to.chunks_exact_mut(kept_bytes)) {
        let (row, _) = row.as_chunks::<ELEMENT_BYTES>();
        let (to, _) = to.as_chunks_mut::<ELEMENT_BYTES>();
        for (col, to) in pick.cols.iter().zip(to) {
            *to = row[*col as usize];
        }
    }
}

/// Numbers of another format, multiplied with nothing, one scale, or one for each row.
fn widened(bytes: &[u8], dtype: Dtype, cols: usize, scales: &[f32]) -> Vec<f32> {
    let element_bytes = size_bytes(dtype).expect("compared") as usize;
    let mut values = vec![0.0; bytes.len() / element_bytes];
    widen(dtype, bytes, &mut values);
    if !scales.is_empty() {
        for (row, values) in values.chunks_mut(cols).enumerate() {
            let scale = if scales.len() == 1 { scales[0] } else { scales[row] };
            for value in values {
                *value *= scale;
            }
        }
    }
    values
}
