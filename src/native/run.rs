//! Carries out jobs over files on disk, on all cores.

use std::sync::{Arc, Mutex, OnceLock};

use super::adapter::check_adapter;
use super::{Files, MappedFiles, NativeError, Opened, Reading};
use crate::fingerprint::{Fingerprint, FingerprintError};
use crate::gram::Accumulator;
use crate::input::{AdapterModel, Input, models_first};
use crate::job::{Job, Product, SizeLimit};
use crate::matching::Options;
use crate::report::Report;

/// Compares `models`: exactly where all of them are there, unless `quick` asks for estimates;
/// otherwise by samples of those that are there and by the fingerprints of the others. Adapters among
/// them are compared with the others. `started` is
/// told the bytes that will be read, `progress` those taken since it was last told, from any thread.
///
/// # Errors
/// When the models have nothing in common or a file cannot be mapped.
pub fn compare(
    models: &[Opened],
    options: &Options,
    quick: bool,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Report, NativeError> {
    let mut options = options.clone();
    let models = models_first(models.to_vec(), |opened| &opened.input, &mut options);
    let inputs: Vec<Arc<Input>> = models.iter().map(|opened| Arc::clone(&opened.input)).collect();
    let job = Job::compare(&inputs, &options, quick, workers()).map_err(NativeError::Compare)?;
    check_adapters(&models)?;
    match drive(job, &models, started, progress)? {
        Product::Report(report) => Ok(*report),
        Product::Fingerprint(_) => unreachable!("a comparison makes a report"),
    }
}

/// Looks at the numbers of all adapters among `models`.
fn check_adapters(models: &[Opened]) -> Result<(), NativeError> {
    for opened in models {
        if let Input::Adapter(AdapterModel { adapter, .. }) = opened.input.as_ref() {
            check_adapter(adapter, &MappedFiles::of(std::slice::from_ref(opened))?, 0)?;
        }
    }
    Ok(())
}

/// Makes the file of the fingerprint of `model`. `started` and `progress` as in [`compare`].
///
/// # Errors
/// When the model has none, or a file cannot be mapped or has changed since its header was read.
pub fn make_fingerprint(
    model: &Opened,
    limit: SizeLimit,
    sha256: Option<String>,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Vec<u8>, NativeError> {
    let job = Job::fingerprint(&model.input, limit, sha256)?;
    match drive(job, std::slice::from_ref(model), started, progress)? {
        Product::Fingerprint(bytes) => Ok(bytes),
        Product::Report(_) => unreachable!("a fingerprint is made"),
    }
}

/// The fingerprint of `model`, made now if the model is there. `started` and `progress` as in
/// [`compare`].
///
/// # Errors
/// As [`make_fingerprint`].
pub fn fingerprint_of(
    model: &Opened,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Arc<Fingerprint>, NativeError> {
    if let Input::Fingerprint(known) = model.input.as_ref() {
        return Ok(Arc::clone(&known.fingerprint));
    }
    let bytes = make_fingerprint(model, SizeLimit::default(), None, started, progress)?;
    let invalid = |source: FingerprintError| NativeError::Fingerprint {
        file: model.input.name().to_owned(),
        source,
    };
    Fingerprint::from_bytes(&bytes).map(Arc::new).map_err(invalid)
}

/// Carries out `job` over the files of `models`.
fn drive(
    job: Job,
    models: &[Opened],
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Product, NativeError> {
    started(job.bytes());
    let reading = READING.get().copied().unwrap_or_default();
    let files = Files::of(models, reading, workers(), job.bytes())?;
    let job = Mutex::new(job);
    let lock = || job.lock().expect("no thread panics while holding it");
    let failure = OnceLock::new();
    rayon::scope(|scope| {
        let (lock, files, progress, failure) = (&lock, &files, &progress, &failure);
        for worker in 0..workers() {
            scope.spawn(move |_| {
                while failure.get().is_none() {
                    let Some(work) = lock().next(worker) else { break };
                    let done = work.execute(Accumulator::new, files, |bytes, _| progress(bytes));
                    match pollster::block_on(done) {
                        Ok(done) => lock().accept(done),
                        // the first failure is the one that is told
                        Err(error) => drop(failure.set(error)),
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    let product = job.into_inner().expect("no thread panicked").finish()?;
    Ok(product.expect("a job is complete when all of its work is done"))
}

static READING: OnceLock<Reading> = OnceLock::new();

/// Fixes how this process reads files from now on; the first call counts. By default it is
/// [`Reading::Measured`].
pub fn set_reading(reading: Reading) {
    let _ = READING.set(reading);
}

fn workers() -> usize {
    rayon::current_num_threads()
}
