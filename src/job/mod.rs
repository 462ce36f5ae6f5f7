//! What there is to do, piece by piece, on whatever executes it.
//!
//! A [`Job`] is planned from [inputs](crate::input::Input), hands out [`Work`], takes in what was
//! [`Done`] in any order, and is finished into a [`Product`]. It knows no files, threads or
//! browsers: the command line and the page drive the same jobs.
//!
//! ```
//! use std::sync::Arc;
//! use weightkin::format::safetensors::{Header, PREFIX_BYTES};
//! use weightkin::gram::Accumulator;
//! use weightkin::input::{FullModel, Input};
//! use weightkin::job::{Job, Product};
//! use weightkin::matching::Options;
//! use weightkin::model::{FileFacts, Model};
//! use weightkin::read::{ByteStream, Read, Source};
//!
//! /// Files in memory.
//! struct Files(Vec<Vec<u8>>);
//!
//! /// The bytes of some reads that are still to come, and those of the last fetch.
//! struct Stream(Vec<u8>, Vec<u8>);
//!
//! impl Source for Files {
//!     type Stream = Stream;
//!     fn open(&self, reads: &[Read]) -> Stream {
//!         let bytes = |read: &Read| &self.0[read.file][read.start as usize..read.end as usize];
//!         Stream(reads.iter().flat_map(bytes).copied().collect(), Vec::new())
//!     }
//! }
//!
//! impl ByteStream for Stream {
//!     type Error = std::convert::Infallible;
//!     async fn fetch(&mut self, len: usize) -> Result<(), Self::Error> {
//!         self.1 = self.0.drain(..len).collect();
//!         Ok(())
//!     }
//!     fn fetched(&self) -> &[u8] {
//!         &self.1
//!     }
//!     async fn skip(&mut self, len: u64) -> Result<(), Self::Error> {
//!         self.0.drain(..len as usize);
//!         Ok(())
//!     }
//! }
//!
//! // two models of one tensor, 2 rows × 2 columns of F32
//! let header = br#"{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}       "#;
//! let file = |weights: [f32; 4]| {
//!     let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
//!     bytes.extend_from_slice(header);
//!     bytes.extend(weights.into_iter().flat_map(f32::to_le_bytes));
//!     bytes
//! };
//! let files = Files(vec![file([1.0, 0.0, 0.0, 2.0]), file([1.0, 3.0, 0.0, 0.0])]);
//! let mut inputs = Vec::new();
//! for (name, bytes) in ["a", "b"].into_iter().zip(&files.0) {
//!     let json = &bytes[PREFIX_BYTES as usize..][..header.len()];
//!     let facts = FileFacts { name: format!("{name}.safetensors"), bytes: bytes.len() as u64 };
//!     let header = Header::parse(json, facts.bytes)?;
//!     let model = Model::assemble(name.to_owned(), vec![(facts, header)], &[])?;
//!     inputs.push(Arc::new(Input::Full(FullModel::new(model))));
//! }
//!
//! let mut job = Job::compare(&inputs, &Options::default(), false, 1)?;
//! while let Some(work) = job.next(0) {
//!     let done = work.execute(Accumulator::new, &files, |_bytes, _tensor| {});
//!     job.accept(pollster::block_on(done)?);
//! }
//! let Some(Product::Report(report)) = job.finish()? else { panic!("it is a comparison") };
//! // the first columns are alike, the second ones have nothing in common
//! assert_eq!(report.pairs[0].figures.column_cosine, Some(0.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use work::{Done, Through, Work};

use crate::gram::GramRecord;
use crate::input::Input;
use crate::matching::{MatchError, Options};
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

impl Job {
    /// The comparison of `inputs`, on `workers` workers: exact where all of them are full models,
    /// unless `quick` asks for estimates from samples. Adapters, which come behind the models, are
    /// compared with them and have no part in their figures; see [`models_first`].
    ///
    /// [`models_first`]: crate::input::models_first
    ///
    /// # Errors
    /// When the models cannot be compared.
    pub fn compare(
        inputs: &[Arc<Input>],
        options: &Options,
        quick: bool,
        workers: usize,
    ) -> Result<Self, CompareError> {
        let adapter = inputs.iter().find(|input| input.is_adapter());
        let is_sampled = |input: &Arc<Input>| !input.is_full() && !input.is_adapter();
        if quick || inputs.iter().any(is_sampled) {
            if let Some(adapter) = adapter {
                let adapter = adapter.name().to_owned();
                return Err(MatchError::AdapterOfSamples { adapter }.into());
            }
            let comparison = SampledComparison::new(inputs, options, quick, workers)?;
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
