//! Carries out a plan on all cores.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;
use thiserror::Error;

use super::MappedFiles;
use super::open::OpenModel;
use crate::compare::{CompareError, Options, match_models};
use crate::execute::execute;
use crate::fingerprint::FingerprintError;
use crate::identify::{IndexError, SearchError};
use crate::model::{Model, OpenError};
use crate::plan::Plan;
use crate::report::Report;
use crate::shown::Shown;
use crate::tally::Tally;

/// Why a comparison of files failed.
#[derive(Debug, Error)]
pub enum NativeError {
    /// The models cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A model could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A fingerprint is damaged or too new.
    #[error("{file}: {source}")]
    Fingerprint {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: FingerprintError,
    },
    /// An index is damaged or too new.
    #[error("{}: {source}", Shown(file))]
    Index {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: IndexError,
    },
    /// An index is not a model.
    #[error("{}: this is an index of fingerprints, not a model", Shown(file))]
    NotAModel {
        /// Path of the file.
        file: String,
    },
    /// A fingerprint that an index names is of no use.
    #[error("{}: {source}", Shown(file))]
    Search {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: SearchError,
    },
    /// A file could not be mapped into memory, or has changed since its header was read.
    #[error("{}: {source}", Shown(file))]
    Map {
        /// Path of the file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
}

/// Compares `models`. `progress` is told the bytes taken since it was last told, from any thread.
///
/// # Errors
/// When the models have nothing in common or a file cannot be mapped.
pub fn compare(
    models: &[OpenModel],
    options: &Options,
    started: impl FnOnce(&Plan),
    progress: impl Fn(u64) + Sync,
) -> Result<Report, NativeError> {
    let facts: Vec<&Model> = models.iter().map(|open| &open.model).collect();
    let plan = Plan::new(&facts, match_models(&facts, options)?)?;
    started(&plan);
    let paths: Vec<&Path> =
        models.iter().flat_map(|open| &open.paths).map(std::path::PathBuf::as_path).collect();
    let files = map(&facts, &paths)?;
    let tally = run_plan(&plan, &files, progress);
    Ok(Report::new(&facts, &plan, &tally, options.ancestor))
}

/// Maps the files at `paths`, those of `models` in order.
pub(super) fn map(models: &[&Model], paths: &[&Path]) -> Result<MappedFiles, NativeError> {
    let sizes = models.iter().flat_map(|model| &model.files).map(|file| file.bytes);
    MappedFiles::new(paths.iter().copied().zip(sizes)).map_err(|(index, source)| NativeError::Map {
        file: paths[index].display().to_string(),
        source,
    })
}

/// Carries out `plan` over `files`.
pub(super) fn run_plan(plan: &Plan, files: &MappedFiles, progress: impl Fn(u64) + Sync) -> Tally {
    let tally = Mutex::new(Tally::new(plan));
    (0..plan.batches()).into_par_iter().with_max_len(1).for_each(|index| {
        let batch = plan.batch(index);
        let Ok(outcome) = pollster::block_on(execute(&batch, files, |bytes, _| progress(bytes)));
        tally.lock().expect("no thread panics while holding it").accept(outcome);
    });
    tally.into_inner().expect("no thread panicked")
}
