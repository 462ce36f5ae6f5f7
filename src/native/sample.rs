//! Fingerprints of files on disk, and comparisons with them, on all cores.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::MappedFiles;
use super::open::{OpenModel, open_model};
use super::run::{NativeError, compare, run_plan};
use crate::compare::Options;
use crate::fingerprint::{Collector, Density, Fingerprint, Look, Portion, Subject, Taken, take};
use crate::identify::Index;
use crate::model::Model;
use crate::report::Report;

/// What a path can stand for.
#[derive(Debug)]
pub enum Opened {
    /// A model that is there.
    Model(OpenModel),
    /// One that is not.
    Fingerprint(Box<Fingerprint>),
}

impl Opened {
    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Model(open) => Subject::Model(&open.model),
            Self::Fingerprint(fingerprint) => Subject::Fingerprint(fingerprint),
        }
    }
}

/// Opens what `path` stands for: a fingerprint, or a model as [`open_model`] finds it.
///
/// # Errors
/// As [`open_model`], or when a fingerprint is damaged or too new.
pub fn open(path: &Path) -> Result<Opened, NativeError> {
    let open = open_model(path)?;
    if Index::is_in(&open.model) {
        return Err(NativeError::NotAModel { file: open.paths[0].display().to_string() });
    }
    if !Fingerprint::is_in(&open.model) {
        return Ok(Opened::Model(open));
    }
    let file = open.paths[0].display().to_string();
    let bytes = fs::read(&open.paths[0])
        .map_err(|source| NativeError::Map { file: file.clone(), source })?;
    Fingerprint::from_bytes(&bytes)
        .map(|fingerprint| Opened::Fingerprint(Box::new(fingerprint)))
        .map_err(|source| NativeError::Fingerprint { file, source })
}

/// Makes the fingerprint of `open`. `started` is told the bytes that will be read, `progress` those
/// taken since it was last told, from any thread.
///
/// # Errors
/// When a file cannot be mapped or has changed since its header was read.
pub fn make_fingerprint(
    open: &OpenModel,
    density: Density,
    sha256: Option<String>,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Fingerprint, NativeError> {
    let sampling = Fingerprint::sampling(&open.model, density);
    started(sampling.bytes());
    let files = map(&[open])?;
    let portions: Vec<Portion> =
        (0..sampling.portions()).map(|index| sampling.portion(index)).collect();
    let mut collector = Collector::new(&sampling);
    for taken in take_all(&portions, &files, progress) {
        collector.accept(taken);
    }
    Ok(Fingerprint::new(&open.model, collector.finish(), sha256))
}

/// Compares `opened`: exactly where all of them are models that are there, unless `quick` asks for
/// estimates; otherwise as [`look`] does.
///
/// # Errors
/// When the models have nothing in common or a file cannot be mapped.
pub fn compare_opened(
    opened: Vec<Opened>,
    options: &Options,
    quick: bool,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Report, NativeError> {
    let is_there = |opened: &Opened| matches!(opened, Opened::Model(_));
    if quick || !opened.iter().all(is_there) {
        return look(&opened, options, quick, started, progress);
    }
    let there = |opened| match opened {
        Opened::Model(open) => Some(open),
        Opened::Fingerprint(_) => None,
    };
    let models: Vec<OpenModel> = opened.into_iter().filter_map(there).collect();
    compare(&models, options, |plan| started(plan.bytes()), progress)
}

/// Compares models, some of which are known by fingerprints, or all of them by samples only, where
/// `quick` asks for it.
///
/// # Errors
/// When the models have nothing in common or a file cannot be mapped.
pub fn look(
    opened: &[Opened],
    options: &Options,
    quick: bool,
    started: impl FnOnce(u64),
    progress: impl Fn(u64) + Sync,
) -> Result<Report, NativeError> {
    let subjects: Vec<Subject<'_>> = opened.iter().map(Opened::subject).collect();
    let mut look = Look::new(&subjects, options, quick)?;
    started(look.bytes());
    let there: Vec<&OpenModel> = opened
        .iter()
        .filter_map(|opened| match opened {
            Opened::Model(open) => Some(open),
            Opened::Fingerprint(_) => None,
        })
        .collect();
    let files = map(&there)?;
    let portions: Vec<Portion> = look.portions().collect();
    for taken in take_all(&portions, &files, &progress) {
        look.accept(taken);
    }
    let tally = look.exact().map(|plan| run_plan(plan, &files, &progress));
    Ok(look.finish(tally.as_ref()))
}

/// SHA-256 of the only file of `open`, in hexadecimal digits; `None` for a model of several files.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(open: &OpenModel) -> Result<Option<String>, NativeError> {
    let [path] = open.paths.as_slice() else { return Ok(None) };
    let failed = |source| NativeError::Map { file: path.display().to_string(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            bytes => hash.update(&buffer[..bytes]),
        }
    }
    let mut digits = String::new();
    for byte in hash.finalize() {
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Some(digits))
}

fn take_all(
    portions: &[Portion],
    files: &MappedFiles,
    progress: impl Fn(u64) + Sync,
) -> Vec<Taken> {
    let done = Mutex::new(Vec::with_capacity(portions.len()));
    portions.into_par_iter().with_max_len(1).for_each(|portion| {
        let Ok(taken) = pollster::block_on(take(portion, files, |bytes, _| progress(bytes)));
        done.lock().expect("no thread panics while holding it").push(taken);
    });
    done.into_inner().expect("no thread panicked")
}

fn map(models: &[&OpenModel]) -> Result<MappedFiles, NativeError> {
    let paths: Vec<&Path> =
        models.iter().flat_map(|open| &open.paths).map(std::path::PathBuf::as_path).collect();
    let facts: Vec<&Model> = models.iter().map(|open| &open.model).collect();
    super::run::map(&facts, &paths)
}
