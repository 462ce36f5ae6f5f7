//! What there is to do, piece by piece, on whatever executes it.
//!
//! A [`Job`] is planned from [inputs](crate::input::Input), hands out [`Work`], takes in what was
//! [`Done`] in any order, and is finished into a [`Product`]. It knows no files, threads or
//! browsers: the command line and the page drive the same jobs.

mod error;
mod exact;
mod fingerprint;
mod limit;
mod sampled;
mod work;

use std::sync::Arc;

pub use error::CompareError;
pub use exact::{ExactComparison, ExactPass};
pub use fingerprint::FingerprintMaking;
pub use limit::{MakeError, SizeLimit};
pub use sampled::SampledComparison;
pub use work::{Done, Work};

use crate::gram::GramRecord;
use crate::input::Input;
use crate::matching::Options;
use crate::report::Report;

/// A job of one kind.
#[derive(Debug)]
pub enum Job {
    /// All models are there and are compared exactly.
    Exact(ExactComparison),
    /// Some models, or all of them, are known by samples.
    Sampled(Box<SampledComparison>),
    /// The fingerprint of a model is made.
    Fingerprint(FingerprintMaking),
}

/// What comes of a job.
#[derive(Debug)]
pub enum Product {
    /// The report of a comparison.
    Report(Box<Report>),
    /// The file of a fingerprint.
    Fingerprint(Vec<u8>),
}

/// Compares two fingerprints: nothing has to be read for it.
///
/// # Errors
/// When they cannot be compared.
///
/// # Panics
/// When one of them is a full model.
pub fn compare_fingerprints(a: Arc<Input>, b: Arc<Input>) -> Result<Report, CompareError> {
    let mut comparison = SampledComparison::new(&[a, b], &Options::default(), true, 1)?;
    Ok(comparison.report().expect("fingerprints need no reads"))
}

/// How far a job has come: pieces that are through, and all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Through {
    /// Tensors of a pass, or batches of a sample, that are through.
    pub done: usize,
    /// All there are.
    pub all: usize,
}

impl Job {
    /// The comparison of `inputs`, on `workers` workers: exact where all of them are full models,
    /// unless `quick` asks for estimates from samples.
    ///
    /// # Errors
    /// When the models cannot be compared.
    pub fn compare(
        inputs: Vec<Arc<Input>>,
        options: &Options,
        quick: bool,
        workers: usize,
    ) -> Result<Self, CompareError> {
        if quick || !inputs.iter().all(|input| input.is_full()) {
            let comparison = SampledComparison::new(&inputs, options, quick, workers)?;
            return Ok(Self::Sampled(Box::new(comparison)));
        }
        Ok(Self::Exact(ExactComparison::new(inputs, options, workers)?))
    }

    /// The making of the fingerprint of `input`, as large as `limit` allows. `sha256` is that of the
    /// model's file, where it is known.
    ///
    /// # Errors
    /// When the model has none.
    pub fn fingerprint(
        input: &Input,
        limit: SizeLimit,
        sha256: Option<String>,
    ) -> Result<Self, MakeError> {
        Ok(Self::Fingerprint(FingerprintMaking::new(input, limit, sha256)?))
    }

    /// Bytes that are going to be read.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Exact(job) => job.pass().plan().bytes(),
            Self::Sampled(job) => job.bytes(),
            Self::Fingerprint(job) => job.bytes(),
        }
    }

    /// The next piece of work for `worker`; `None` when all are handed out.
    pub fn next(&mut self, worker: usize) -> Option<Work> {
        match self {
            Self::Exact(job) => job.next(worker),
            Self::Sampled(job) => job.next(worker),
            Self::Fingerprint(job) => job.next(),
        }
    }

    /// Takes in what came of a piece of work. An answer to what was never asked is passed over.
    pub fn accept(&mut self, done: Done) {
        match (self, done) {
            (Self::Exact(job), Done::Windows(results)) => job.accept(results),
            (Self::Sampled(job), done) => job.accept(done),
            (Self::Fingerprint(job), Done::Sample(chunk)) => job.accept(chunk),
            _ => {}
        }
    }

    /// Whether everything is in.
    pub fn is_complete(&self) -> bool {
        match self {
            Self::Exact(job) => job.pass().is_complete(),
            Self::Sampled(job) => job.is_complete(),
            Self::Fingerprint(job) => job.is_complete(),
        }
    }

    /// How far it has come.
    pub fn through(&self) -> Through {
        match self {
            Self::Exact(job) => job.pass().through(),
            Self::Sampled(job) => job.through(),
            Self::Fingerprint(job) => job.through(),
        }
    }

    /// The sum of the records of an exact comparison so far.
    pub fn running(&self) -> Option<&GramRecord> {
        match self {
            Self::Exact(job) => Some(job.pass().running()),
            _ => None,
        }
    }

    /// What came of the job. An exact comparison that is not complete gives a report on the tensors
    /// that are; of anything else `None` comes before its time, and a second time.
    ///
    /// # Errors
    /// When a fingerprint is larger than asked for.
    pub fn finish(&mut self) -> Result<Option<Product>, MakeError> {
        let product = match self {
            Self::Exact(job) => job.report().map(Box::new).map(Product::Report),
            Self::Sampled(job) => job.report().map(Box::new).map(Product::Report),
            Self::Fingerprint(job) => job.file()?.map(Product::Fingerprint),
        };
        Ok(product)
    }
}
