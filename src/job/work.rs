//! Pieces of work, complete in themselves: a worker needs nothing else but the files.

use serde::{Deserialize, Serialize};

use crate::gram::{Arithmetic, GramKernel, WindowResult};
use crate::pass::plan::Batch;
use crate::pass::run;
use crate::read::{ByteStream, Source};
use crate::sample::{SampleBatch, SampleChunk, take};

/// A piece of work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Windows of tensors to be added up.
    Windows(Batch),
    /// Tensors of one model to be sampled.
    Sample(SampleBatch),
}

/// What came of a piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Done {
    /// The sums of windows.
    Windows(Vec<WindowResult>),
    /// A part of a model's sample.
    Sample(SampleChunk),
}

/// How far a job has come: pieces that are through, and all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Through {
    /// Tensors of a pass, or batches of a sample, that are through.
    pub done: usize,
    /// All there are.
    pub all: usize,
}

impl Work {
    /// Carries it out over the files of `source`. `arithmetic` is asked for who adds up the windows
    /// of so many models and changes. `progress` is told the bytes taken and the name of the tensor, a few times
    /// for each tensor.
    ///
    /// # Errors
    /// The source's own, from whichever stream fails first.
    ///
    /// # Panics
    /// When the work is not that of a job.
    pub async fn execute<S: Source, A: Arithmetic>(
        &self,
        arithmetic: impl Fn(usize) -> A,
        source: &S,
        mut progress: impl FnMut(u64, &str),
    ) -> Result<Done, <S::Stream as ByteStream>::Error> {
        match self {
            Self::Windows(batch) => {
                let mut kernel = GramKernel::new(batch.models, arithmetic);
                let told = |bytes: crate::pass::ReadBytes, name: &str| progress(bytes.rows, name);
                Ok(Done::Windows(run(&mut kernel, batch, source, told).await?))
            }
            Self::Sample(batch) => Ok(Done::Sample(take(batch, source, progress).await?)),
        }
    }
}
