//! Indices of fingerprints on disk, and searches in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::NativeError;
use super::find::{find_fingerprints, relative_name};
use super::open::open_model;
use crate::fingerprint::Fingerprint;
use crate::identify::{FILE_NAME, Identification, Index, IndexError, Indexed, Search};

/// An index, and the folder that its paths start from.
#[derive(Debug)]
pub struct OpenIndex {
    /// The index.
    pub index: Index,
    /// The folder.
    pub folder: PathBuf,
    /// Why fingerprints of the folder are not in it.
    pub failed: Vec<NativeError>,
}

/// Indexes all fingerprints in `folder` and in the folders below it, by the order of their paths.
/// `started` is told their number, `progress` of each that is done, from any thread.
///
/// # Errors
/// When a folder cannot be read. A fingerprint that cannot be read is left out, and said so.
pub fn index_folder(
    folder: &Path,
    started: impl FnOnce(usize),
    progress: impl Fn() + Sync,
) -> Result<OpenIndex, NativeError> {
    let files = find_fingerprints(folder)?;
    started(files.len());
    Ok(OpenIndex::of(Index::default(), folder, &files, progress))
}

/// Opens the index at `path`; or that of the folder `path`, brought up to date in memory with the
/// fingerprints that are there now.
///
/// # Errors
/// When it cannot be read, or is damaged or too new.
pub fn open_index(path: &Path) -> Result<OpenIndex, NativeError> {
    if !path.is_dir() {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        return Ok(OpenIndex { index: read_index(path)?, folder, failed: Vec::new() });
    }
    let mut files = find_fingerprints(path)?;
    let mut index = Index::default();
    let made = path.join(FILE_NAME);
    if made.exists() {
        let Index { models, layouts } = read_index(&made)?;
        for entry in models {
            let is_it = |file: &PathBuf| {
                let bytes = fs::metadata(file).map(|metadata| metadata.len());
                relative_name(path, file) == entry.facts.file
                    && bytes.is_ok_and(|bytes| bytes == entry.facts.bytes)
            };
            if let Some(position) = files.iter().position(is_it) {
                files.remove(position);
                index.models.push(entry);
            }
        }
        index.layouts = layouts;
    }
    Ok(OpenIndex::of(index, path, &files, || {}))
}

impl OpenIndex {
    /// `index` with the fingerprints at `files` added.
    fn of(mut index: Index, folder: &Path, files: &[PathBuf], progress: impl Fn() + Sync) -> Self {
        let read: Vec<Result<Indexed, NativeError>> = files
            .par_iter()
            .map(|path| {
                let bytes = read(path)?;
                let fingerprint = Fingerprint::from_bytes(&bytes).map_err(|source| {
                    NativeError::Fingerprint { file: path.display().to_string(), source }
                })?;
                progress();
                Ok(Indexed::new(relative_name(folder, path), &bytes, &fingerprint))
            })
            .collect();
        let mut failed = Vec::new();
        for indexed in read {
            match indexed {
                Ok(indexed) => index.push(indexed),
                Err(error) => failed.push(error),
            }
        }
        Self { index, folder: folder.to_owned(), failed }
    }
}

/// The nearest relatives of `probe` in `open`; the fingerprints of the nearest `top`, and of those
/// that may be the nearest, are read. Second, why some of them could not be.
pub fn identify(
    probe: Arc<Fingerprint>,
    open: &OpenIndex,
    top: usize,
) -> (Identification, Vec<NativeError>) {
    let mut search = Search::new(probe, &open.index);
    let mut failed = Vec::new();
    for model in search.wanted(top) {
        let path = open.folder.join(&open.index.models[model].facts.file);
        let refined = read(&path).and_then(|bytes| {
            search
                .refine(model, &bytes)
                .map_err(|source| NativeError::Search { file: path.display().to_string(), source })
        });
        failed.extend(refined.err());
    }
    (search.finish(), failed)
}

fn read_index(path: &Path) -> Result<Index, NativeError> {
    let invalid = |source| NativeError::Index { file: path.display().to_string(), source };
    // a checkpoint in its place is too large to read
    if !Index::is_in(&open_model(path)?.0) {
        return Err(invalid(IndexError::NotOne));
    }
    Index::from_bytes(&read(path)?).map_err(invalid)
}

fn read(path: &Path) -> Result<Vec<u8>, NativeError> {
    let file = || path.display().to_string();
    fs::read(path).map_err(|source| NativeError::Map { file: file(), source })
}
