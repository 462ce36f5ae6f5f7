//! Adapters on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::adapter::{mapped, module_error, read_adapter};
use super::{NativeError, open_model};
use crate::lora::compare::{AdapterComparison, Similarity};
use crate::lora::summary::{ModuleFacts, Summary, facts};
use crate::lora::{Adapter, load};

/// An adapter, and where its files are.
#[derive(Debug, Clone)]
pub struct OpenAdapter {
    /// What its header and its alphas say.
    pub adapter: Arc<Adapter>,
    /// Its files and their sizes.
    pub files: Vec<(PathBuf, u64)>,
}

/// Opens the adapter at `path`: a file, or a folder of PEFT.
///
/// # Errors
/// When a file cannot be read, its header is not valid, or it holds no adapter.
pub fn open_adapter(path: &Path) -> Result<OpenAdapter, NativeError> {
    let (model, paths) = open_model(path)?;
    let adapter = read_adapter(&model, &paths)?;
    if adapter.modules.is_empty() {
        let reason = adapter.skipped.first().map_or_else(
            || "the file is empty".to_owned(),
            |first| format!("{}: {}", crate::escape::EscapedQuoted(&first.name), first.why),
        );
        return Err(NativeError::NotAnAdapter { file: path.display().to_string(), reason });
    }
    let sizes = model.files.iter().map(|file| file.bytes);
    Ok(OpenAdapter { adapter: Arc::new(adapter), files: paths.into_iter().zip(sizes).collect() })
}

/// What `opened` is.
///
/// # Errors
/// When a file cannot be mapped, or a module's numbers make no sense.
pub fn summarize_adapter(opened: &OpenAdapter) -> Result<Summary, NativeError> {
    let source = mapped(&opened.files)?;
    let adapter = &opened.adapter;
    let facts: Vec<ModuleFacts> = adapter
        .modules
        .par_iter()
        .map(|module| {
            if module.needs_model() {
                return Ok(ModuleFacts::default());
            }
            let size = (module.extent.rows.unwrap_or(0), module.extent.cols.unwrap_or(0));
            pollster::block_on(load(&source, 0, module, size)).map(|delta| facts(module, &delta))
        })
        .collect::<Result<_, _>>()
        .map_err(|error| module_error(&adapter.name, error))?;
    Ok(Summary::new(adapter, &facts))
}

/// How alike `adapters` are.
///
/// # Errors
/// When a file cannot be mapped, or a module's numbers make no sense.
pub fn compare_adapters(adapters: &[OpenAdapter]) -> Result<Similarity, NativeError> {
    let files: Vec<(PathBuf, u64)> =
        adapters.iter().flat_map(|opened| opened.files.iter().cloned()).collect();
    let source = mapped(&files)?;
    let all = adapters.iter().map(|opened| (Arc::clone(&opened.adapter), opened.files.len()));
    let comparison = AdapterComparison::new(all.collect());
    let sums = (0..comparison.layers())
        .into_par_iter()
        .map(|layer| pollster::block_on(comparison.measure(&source, layer)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| module_error("adapter", error))?;
    Ok(comparison.finish(sums))
}
