//! Adapters on disk.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::{MappedFiles, NativeError, open_model};
use crate::lora::compare::{AdapterComparison, Similarity};
use crate::lora::summary::{ModuleFacts, Summary, facts};
use crate::lora::{Adapter, AdapterConfig, LoadError, load};
use crate::model::Model;

/// Name of the settings beside the weights of a PEFT adapter.
const CONFIG_NAME: &str = "adapter_config.json";

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

/// The modules of `model`, an adapter whose files are `paths`.
pub(super) fn read_adapter(model: &Model, paths: &[PathBuf]) -> Result<Adapter, NativeError> {
    let folder = paths[0].parent().unwrap_or(Path::new(""));
    let config = match std::fs::read_to_string(folder.join(CONFIG_NAME)) {
        Ok(json) => {
            Some(AdapterConfig::parse(&json).map_err(|message| NativeError::AdapterConfig {
                file: folder.join(CONFIG_NAME).display().to_string(),
                message,
            })?)
        }
        // most adapters have none
        Err(_) => None,
    };
    let sizes = model.files.iter().map(|file| file.bytes);
    let files: Vec<(PathBuf, u64)> = paths.iter().cloned().zip(sizes).collect();
    let mut adapter = Adapter::from_model(model, config.as_ref());
    let source = mapped(&files)?;
    let Ok(()) = pollster::block_on(adapter.read_alphas(&source, 0));
    Ok(adapter)
}

/// Looks at the numbers of all modules of `adapter`, whose files are those of `source` from
/// `first_file` on.
pub(super) fn check_adapter(
    adapter: &Adapter,
    source: &MappedFiles,
    first_file: usize,
) -> Result<(), NativeError> {
    adapter
        .modules
        .par_iter()
        .try_for_each(|module| match (module.extent.rows, module.extent.cols) {
            (Some(rows), Some(cols)) => {
                pollster::block_on(load(source, first_file, module, (rows, cols))).map(drop)
            }
            // fits any model: what is wrong with it shows in the pass
            _ => Ok(()),
        })
        .map_err(|error| module_error(&adapter.name, error))
}

/// Maps `files`.
pub(super) fn mapped(files: &[(PathBuf, u64)]) -> Result<MappedFiles, NativeError> {
    MappedFiles::new(files.iter().map(|(path, bytes)| (path.as_path(), *bytes))).map_err(
        |(index, source)| NativeError::Map { file: files[index].0.display().to_string(), source },
    )
}

/// The error of a module of the adapter `name`.
pub(super) fn module_error(name: &str, error: LoadError<Infallible>) -> NativeError {
    match error {
        LoadError::Module { module, fault } => {
            NativeError::Module { adapter: name.to_owned(), module, fault }
        }
        LoadError::Read(never) => match never {},
    }
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
