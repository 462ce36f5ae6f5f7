//! What a sample takes of a model: which rows of which tensors, in which order.
//!
//! Only runs of whole rows can be read. A model's tensors are visited in the order of its files, in
//! batches that workers can carry out on their own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rule::{Density, Pick};
use super::sampled::SampledTensor;
use crate::canonical::{CanonicalModel, CanonicalTensor};
use crate::pass::plan::{Batch, BlockJob, RowRange, Window};
use crate::read::Read;
use crate::sorted::sort_by;
use crate::tensor::{Region, TensorSource};

/// So many bytes that nobody wants are read through rather than starting another read behind them.
/// Making a fingerprint should read little of the file, which may be on a slow disk …
const GAP_BYTES_OF_MODEL: u64 = 16 << 10;
/// … and a comparison should be quick: in the time that a read takes to start, Chromium reads as
/// much as this.
const GAP_BYTES_OF_COMPARED: u64 = 192 << 10;
/// Spans of a batch: enough to keep a worker busy, few enough to share the work out evenly.
const BATCH_SPANS: usize = 256;

/// A tensor to be sampled.
#[derive(Debug, Clone)]
pub struct SampleRequest {
    /// Position among the tensors of the sample.
    pub tensor: usize,
    /// Canonical name.
    pub name: String,
    /// Where its rows are; files are positions in the [`Source`](crate::read::Source).
    pub source: TensorSource,
}

/// Work for one worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SampleBatch {
    /// Whose sample it is a part of: the position the model was given.
    pub model: usize,
    /// How much is taken.
    pub density: Density,
    /// Tensors in reading order, and what is read of them.
    pub batch: Batch,
}

/// The work of sampling one model.
#[derive(Debug, Clone)]
pub struct Sampling {
    model: usize,
    density: Density,
    gap_bytes: u64,
    /// In reading order.
    requests: Vec<SampleRequest>,
    /// Ends of the batches in `requests`.
    cuts: Vec<usize>,
}

impl SampleRequest {
    fn pick(&self, density: Density) -> Pick {
        Pick::new(&self.name, &self.source.shape, density)
    }

    fn job(self, density: Density) -> BlockJob {
        let kept = self.pick(density).kept_rows();
        let range = |&(rows, _): &(RowRange, u64)| rows;
        BlockJob {
            tensor: self.tensor,
            window: Window { stripe: 0, band: 0 },
            region: Region::whole(self.source.rows(), self.source.cols()),
            ranges: kept.iter().map(range).collect(),
            whole_columns: true,
            name: self.name,
            sources: vec![self.source],
            changes: Vec::new(),
        }
    }
}

/// The bytes that are read for `job`, contiguous ones together.
fn spans(job: &BlockJob) -> impl Iterator<Item = crate::read::Span> + use<'_> {
    let source = &job.sources[0];
    let region = job.region;
    // a tensor that is read whole is read once, whatever is taken of it
    let fetched = if source.is_read_whole() { job.ranges.len().min(1) } else { job.ranges.len() };
    let bands = job.ranges[..fetched].iter();
    bands.flat_map(move |range| source.spans(region.band(range.first_row, range.rows)))
}

/// Tensors of `model` that can be compared, by name.
pub fn comparable(model: &CanonicalModel) -> impl Iterator<Item = (&str, &CanonicalTensor)> {
    let can = |(_, tensor): &(&String, &CanonicalTensor)| tensor.source.encoding.is_readable();
    model.tensors.iter().filter(can).map(|(name, tensor)| (name.as_str(), tensor))
}

impl Sampling {
    /// Of everything in `model` that can be compared.
    pub fn of_model(model: &CanonicalModel, density: Density) -> Self {
        let requests = comparable(model).enumerate().map(|(position, (name, tensor))| {
            let (name, source) = (name.to_owned(), tensor.source.clone());
            SampleRequest { tensor: position, name, source }
        });
        Self::new(0, density, GAP_BYTES_OF_MODEL, requests.collect())
    }

    /// Of the tensors of a comparison, by canonical name, in the model at position `model`, whose
    /// first file is at position `first_file` of the source.
    pub fn of_compared<'a>(
        tensors: impl Iterator<Item = (&'a str, &'a TensorSource)>,
        model: usize,
        first_file: usize,
        density: Density,
    ) -> Self {
        let requests = tensors.enumerate().map(|(position, (name, source))| SampleRequest {
            tensor: position,
            name: name.to_owned(),
            source: source.with_first_file(first_file),
        });
        Self::new(model, density, GAP_BYTES_OF_COMPARED, requests.collect())
    }

    fn new(
        model: usize,
        density: Density,
        gap_bytes: u64,
        mut requests: Vec<SampleRequest>,
    ) -> Self {
        sort_by(&mut requests, |a, b| a.source.position().cmp(&b.source.position()));
        let mut cuts = Vec::new();
        let mut count = 0;
        for (index, request) in requests.iter().enumerate() {
            count += spans(&request.clone().job(density)).count();
            if count >= BATCH_SPANS {
                cuts.push(index + 1);
                count = 0;
            }
        }
        if cuts.last().copied().unwrap_or(0) < requests.len() {
            cuts.push(requests.len());
        }
        Self { model, density, gap_bytes, requests, cuts }
    }

    /// Number of batches.
    pub fn batches(&self) -> usize {
        self.cuts.len()
    }

    /// The batch at `index`, ready to be carried out anywhere.
    pub fn batch(&self, index: usize) -> SampleBatch {
        let start = if index == 0 { 0 } else { self.cuts[index - 1] };
        let requests = self.requests[start..self.cuts[index]].iter().cloned();
        let jobs: Vec<BlockJob> = requests.map(|request| request.job(self.density)).collect();
        let reads = vec![reads(&jobs, self.gap_bytes)];
        let batch = Batch { models: 1, jobs, reads };
        SampleBatch { model: self.model, density: self.density, batch }
    }

    /// The tensors of the sample in their order, still without bytes.
    pub(crate) fn to_come(&self) -> Vec<SampledTensor> {
        let mut tensors: Vec<(usize, SampledTensor)> = self
            .requests
            .iter()
            .map(|request| {
                let sampled = SampledTensor {
                    name: request.name.clone(),
                    shape: request.source.shape.clone(),
                    dtype: request.source.encoding.sampled_dtype(),
                    bytes: Arc::default(),
                };
                (request.tensor, sampled)
            })
            .collect();
        sort_by(&mut tensors, |(a, _), (b, _)| a.cmp(b));
        tensors.into_iter().map(|(_, sampled)| sampled).collect()
    }

    /// How much is taken.
    pub fn density(&self) -> Density {
        self.density
    }

    /// Bytes that all batches read, without those of scales.
    pub fn bytes(&self) -> u64 {
        (0..self.batches()).map(|index| self.batch(index).bytes()).sum()
    }
}

impl SampleBatch {
    /// Bytes that are read, without those of scales.
    pub fn bytes(&self) -> u64 {
        self.batch.reads.iter().flatten().map(Read::bytes).sum()
    }
}

/// The contiguous ranges that are read for `jobs`, in order, gaps of `gap_bytes` and less included.
fn reads(jobs: &[BlockJob], gap_bytes: u64) -> Vec<Read> {
    let mut reads: Vec<Read> = Vec::new();
    for span in jobs.iter().flat_map(spans) {
        let end = span.start + span.bytes;
        match reads.last_mut() {
            Some(last)
                if last.file == span.file
                    && span.start >= last.end
                    && span.start - last.end <= gap_bytes =>
            {
                last.end = end;
            }
            _ => reads.push(Read { file: span.file, start: span.start, end }),
        }
    }
    reads
}

#[cfg(test)]
mod tests;
