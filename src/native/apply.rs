//! Checkpoints with adapters applied to them, on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use super::adapter::{mapped, module_error};
use super::output::{NewFile, check_target, failed};
use super::{NativeError, OpenAdapter, open_found, sha256_of};
use crate::canonical::CanonicalModel;
use crate::format::safetensors::{Header, HeaderError, HeaderHash, PREFIX_BYTES, json_bytes};
use crate::input::{AdapterModel, FullModel, Input};
use crate::lora::apply::{AppliedAdapter, Changed, Part, Patch, Rounding};
use crate::lora::{Strengths, Unplaced};
use crate::model::OpenError;
use crate::read::{ByteStream, Read, Source};
use crate::write::header_with_metadata;

/// Bytes that are worked out while those before them are written.
const WINDOW_BYTES: u64 = 64 << 20;
/// Unchanged bytes that are written at a time.
const COPY_BYTES: u64 = 8 << 20;

/// How a checkpoint is written.
#[derive(Debug, Clone, Copy)]
pub struct ApplyOptions {
    /// Whether to say in its metadata what it was made of.
    pub with_recipe: bool,
    /// Whether a file that is there may be replaced.
    pub replace: bool,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Bytes of all files.
    pub bytes: u64,
    /// Tensors that were changed.
    pub tensors: usize,
    /// Modules that changed them.
    pub modules: usize,
    /// Of each adapter, modules that have no place in the checkpoint.
    pub unplaced: Vec<Vec<Unplaced>>,
    /// Tensors that could not be changed; see [`Patch::unwritable`].
    pub unwritable: Vec<String>,
    /// What rounding left of the change.
    pub rounding: Rounding,
}

/// An open checkpoint that adapters are applied to.
pub struct Checkpoint {
    full: FullModel,
    paths: Vec<PathBuf>,
}

impl Checkpoint {
    /// Opens the model that `path` stands for.
    ///
    /// # Errors
    /// When a file cannot be read, its header is not valid, or it is a fingerprint.
    pub fn open(path: &Path) -> Result<Self, NativeError> {
        let opened = open_found(&super::find(path, None)?)?;
        match opened.input.as_ref() {
            // an adapter has no layer that an adapter changes, and that is said later
            Input::Full(full) | Input::Adapter(AdapterModel { full, .. }) => {
                Ok(Self { full: full.clone(), paths: opened.paths })
            }
            Input::Fingerprint(_) => {
                Err(NativeError::NoWeights { file: path.display().to_string() })
            }
        }
    }

    /// Its tensors under canonical names.
    pub fn canonical(&self) -> &CanonicalModel {
        &self.full.canonical
    }

    /// What is known of it.
    pub(super) fn full(&self) -> &FullModel {
        &self.full
    }

    /// Its files with their sizes.
    pub(super) fn files(&self) -> Vec<(PathBuf, u64)> {
        let sizes = self.full.model.files.iter().map(|file| file.bytes);
        self.paths.iter().cloned().zip(sizes).collect()
    }
}

/// Writes `checkpoint` with `adapters` applied to `target`: a file, or a folder for a model of
/// several. `started` is told how many bytes there are to write, and `progress` how many more have
/// been written.
///
/// # Errors
/// When the target would replace an input or is there, a file cannot be read or written or changes
/// meanwhile, the numbers of a module make no sense, or nothing would be changed. Nothing is at
/// `target` then that was not there before.
pub fn apply_adapters(
    checkpoint: &Checkpoint,
    adapters: &[(OpenAdapter, Strengths)],
    target: &Path,
    options: ApplyOptions,
    started: impl FnOnce(u64),
    progress: impl Fn(u64),
) -> Result<Applied, NativeError> {
    let mut files = checkpoint.files();
    let own_files = files.len();
    let mut applied = Vec::new();
    for (opened, strengths) in adapters {
        let (adapter, first_file) = (Arc::clone(&opened.adapter), files.len());
        applied.push(AppliedAdapter { adapter, first_file, strengths: strengths.clone() });
        files.extend(opened.files.iter().cloned());
    }
    let inputs: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    check_target(target, &inputs, options.replace)?;
    let patch = Patch::new(&checkpoint.full.canonical, applied);
    if patch.parts.is_empty() {
        let file = checkpoint.paths[0].display().to_string();
        return Err(NativeError::NothingToApply { file });
    }
    let before = times(&files)?;
    let source = mapped(&files)?;
    started(checkpoint.full.model.bytes());
    let recipe = if options.with_recipe { Some(recipe(checkpoint, adapters)?) } else { None };
    let write = |file: usize, target: &Path| {
        let header = header(&source, &files, file, recipe.as_deref())?;
        let job = FileJob { patch: &patch, source: &source, file, bytes: files[file].1 };
        job.write(&header, target, &progress).and_then(|done| {
            // a file that changed meanwhile may be half of one and half of another
            if times(&files)? == before {
                Ok(done)
            } else {
                Err(NativeError::Changed { file: files[file].0.display().to_string() })
            }
        })
    };
    let mut rounding = Rounding::default();
    if own_files == 1 {
        let (file, part) = write(0, target)?;
        rounding = part;
        file.finish()?;
    } else {
        // all or nothing: the folder gets its name when it is complete
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".part");
        let parts = builder.tempdir_in(folder.unwrap_or(Path::new("."))).map_err(failed(target))?;
        for file in 0..own_files {
            let path = parts.path().join(&checkpoint.full.model.files[file].name);
            fs::create_dir_all(path.parent().unwrap_or(parts.path())).map_err(failed(target))?;
            let (written, part) = write(file, &path)?;
            rounding = rounding.and(part);
            written.finish()?;
        }
        fs::rename(parts.keep(), target).map_err(failed(target))?;
    }
    Ok(Applied {
        bytes: checkpoint.full.model.bytes(),
        tensors: patch.tensors(),
        modules: patch.modules(),
        rounding,
        unplaced: patch.unplaced,
        unwritable: patch.unwritable,
    })
}

/// When each file was changed last, and its size.
fn times(
    files: &[(PathBuf, u64)],
) -> Result<Vec<(u64, Option<std::time::SystemTime>)>, NativeError> {
    let time = |(path, _): &(PathBuf, u64)| {
        let facts = fs::metadata(path).map_err(|source| unreadable(path, source))?;
        Ok((facts.len(), facts.modified().ok()))
    };
    files.iter().map(time).collect()
}

fn unreadable(path: &Path, source: io::Error) -> NativeError {
    NativeError::Map { file: path.display().to_string(), source }
}

/// Bytes of a file from its start to its data, and what is written in their place.
struct FirstBytes {
    old_bytes: u64,
    new: Vec<u8>,
}

/// The header of a file: as it is, or with `recipe` in its metadata.
fn header(
    source: &impl Source<Stream: ByteStream<Error = std::convert::Infallible>>,
    files: &[(PathBuf, u64)],
    file: usize,
    recipe: Option<&[(String, String)]>,
) -> Result<FirstBytes, NativeError> {
    let text = header_text(source, files, file)?;
    let old_bytes = PREFIX_BYTES + text.len() as u64;
    let new = match recipe {
        None => {
            let mut same = (text.len() as u64).to_le_bytes().to_vec();
            same.extend_from_slice(&text);
            same
        }
        Some(recipe) => {
            let header =
                Header::parse(&text, files[file].1).map_err(header_error(&files[file].0))?;
            header_with_metadata(&header, recipe)
        }
    };
    Ok(FirstBytes { old_bytes, new })
}

/// The name of a file in front of what is wrong with its header.
fn header_error(path: &Path) -> impl Fn(HeaderError) -> NativeError {
    move |source| NativeError::Open(OpenError::Header { file: path.display().to_string(), source })
}

/// The text of a file's header.
fn header_text(
    source: &impl Source<Stream: ByteStream<Error = std::convert::Infallible>>,
    files: &[(PathBuf, u64)],
    file: usize,
) -> Result<Vec<u8>, NativeError> {
    let (path, bytes) = &files[file];
    let read = |start: u64, end: u64| {
        let mut stream = source.open(&[Read { file, start, end }]);
        let Ok(()) = pollster::block_on(stream.fetch((end - start) as usize));
        stream.fetched().to_vec()
    };
    let text_bytes = json_bytes(&read(0, PREFIX_BYTES), *bytes).map_err(header_error(path))?;
    Ok(if text_bytes == 0 { Vec::new() } else { read(PREFIX_BYTES, PREFIX_BYTES + text_bytes) })
}

/// What a checkpoint was made of, for its metadata.
fn recipe(
    checkpoint: &Checkpoint,
    adapters: &[(OpenAdapter, Strengths)],
) -> Result<Vec<(String, String)>, NativeError> {
    let files = checkpoint.files();
    let source = mapped(&files)?;
    let mut hash = HeaderHash::default();
    for file in 0..files.len() {
        let text = header_text(&source, &files, file)?;
        hash.add(&(text.len() as u64).to_le_bytes());
        hash.add(&text);
    }
    let mut parts = Vec::new();
    for (opened, strengths) in adapters {
        let digests = opened.files.iter().map(|(path, _)| sha256_of(path));
        parts.push(json!({
            "name": opened.adapter.name,
            "sha256": digests.collect::<Result<Vec<_>, _>>()?,
            "strength": strengths.main,
            "text_encoder_strength": strengths.text_encoder,
            "blocks": strengths.blocks.pairs(),
        }));
    }
    let base = json!({
        "name": checkpoint.full.model.name,
        "header_hash": hash.to_string(),
    });
    let recipe = json!({ "format": 1, "base": base, "adapters": parts });
    Ok(vec![("weightkin.recipe".to_owned(), recipe.to_string())])
}

/// One file of a checkpoint that is written.
struct FileJob<'a, S> {
    patch: &'a Patch,
    source: &'a S,
    file: usize,
    bytes: u64,
}

impl<S: Source<Stream: ByteStream<Error = std::convert::Infallible>> + Sync> FileJob<'_, S> {
    fn write(
        &self,
        header: &FirstBytes,
        target: &Path,
        progress: &impl Fn(u64),
    ) -> Result<(NewFile, Rounding), NativeError> {
        let mut file = NewFile::create(target)?;
        file.write(&header.new)?;
        progress(header.old_bytes);
        let parts: Vec<&Part> =
            self.patch.parts.iter().filter(|part| part.read.file == self.file).collect();
        let windows = windows(&parts);
        let mut at = header.old_bytes;
        let mut rounding = Rounding::default();
        let mut ready = self.work_out(windows.first().copied().unwrap_or(&[]))?;
        for (index, window) in windows.iter().enumerate() {
            let next = windows.get(index + 1).copied().unwrap_or(&[]);
            let worked_out = std::mem::take(&mut ready);
            let (written, next) = rayon::join(
                || -> Result<(), NativeError> {
                    for (part, changed) in window.iter().zip(&worked_out) {
                        self.copy(&mut file, at, part.read.start)?;
                        file.write(&changed.bytes)?;
                        at = part.read.end;
                    }
                    Ok(())
                },
                || self.work_out(next),
            );
            written?;
            for changed in &worked_out {
                rounding = rounding.and(changed.rounding);
            }
            progress(window.last().map_or(0, |part| part.read.end) - window[0].read.start);
            ready = next?;
        }
        self.copy(&mut file, at, self.bytes)?;
        Ok((file, rounding))
    }

    /// The new bytes of `parts`.
    fn work_out(&self, parts: &[&Part]) -> Result<Vec<Changed>, NativeError> {
        parts
            .par_iter()
            .map(|part| pollster::block_on(self.patch.changed(self.source, part)))
            .collect::<Result<_, _>>()
            .map_err(|error| module_error("adapter", error))
    }

    /// Writes the bytes from `start` to `end` as they are.
    fn copy(&self, file: &mut NewFile, start: u64, end: u64) -> Result<(), NativeError> {
        if start == end {
            return Ok(());
        }
        let mut stream = self.source.open(&[Read { file: self.file, start, end }]);
        let mut left = end - start;
        while left > 0 {
            let bytes = left.min(COPY_BYTES);
            let Ok(()) = pollster::block_on(stream.fetch(bytes as usize));
            file.write(stream.fetched())?;
            left -= bytes;
        }
        Ok(())
    }
}

/// `parts` in groups that are worked out together.
fn windows<'a>(parts: &'a [&'a Part]) -> Vec<&'a [&'a Part]> {
    let mut windows = Vec::new();
    let mut rest = parts;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |part: &&&Part| {
            bytes += part.read.bytes();
            bytes <= WINDOW_BYTES
        };
        let len = rest.iter().take_while(fits).count().max(1);
        let (window, others) = rest.split_at(len);
        windows.push(window);
        rest = others;
    }
    windows
}
