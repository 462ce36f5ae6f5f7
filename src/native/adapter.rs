//! Adapters as they are read from disk.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{MappedFiles, NativeError};
use crate::lora::{Adapter, AdapterConfig, LoadError, load};
use crate::model::Model;

/// Name of the settings beside the weights of a PEFT adapter.
const CONFIG_NAME: &str = "adapter_config.json";

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
