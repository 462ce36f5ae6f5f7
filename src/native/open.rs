//! Headers of files on disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::header::{self, Header};
use crate::model::{FileFacts, Model, OpenError, ShardIndex, group, stem};

/// A model and where its files are, in the order of [`Model::files`].
#[derive(Debug)]
pub struct OpenModel {
    /// What the headers say.
    pub model: Model,
    /// Paths of the files.
    pub paths: Vec<PathBuf>,
}

/// The model files `path` stands for: itself, its fellow shards, or the one model of a folder.
///
/// # Errors
/// When the path does not exist, or a folder holds no model or more than one.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let unreadable = |error: io::Error| read_error(path, &error);
    let kind = fs::metadata(path).map_err(unreadable)?;
    let folder = if kind.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    if !kind.is_dir() && !is_index(path) && !path.to_string_lossy().contains("-of-") {
        return Ok(vec![path.to_owned()]);
    }
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut files: Vec<PathBuf> = fs::read_dir(listed)
        .map_err(unreadable)?
        .filter_map(|entry| Some(folder.join(entry.ok()?.file_name())))
        .filter(|file| is_index(file) || file.extension().is_some_and(|end| end == "safetensors"))
        .collect();
    files.sort();
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let groups = group(&names);
    let chosen = if kind.is_dir() {
        match groups.as_slice() {
            [only] => Some(only),
            [] => None,
            _ => {
                return Err(OpenError::Read {
                    file: path.display().to_string(),
                    message: format!(
                        "folder holds {} models; name one of them: {}",
                        groups.len(),
                        groups.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join(", ")
                    ),
                });
            }
        }
    } else {
        groups.iter().find(|group| group.members.iter().any(|&member| files[member] == path))
    };
    let chosen =
        chosen.ok_or_else(|| OpenError::NoFiles { model: path.display().to_string() })?;
    Ok(chosen.members.iter().map(|&member| files[member].clone()).collect())
}

/// Opens the model that `path` stands for; see [`find`].
///
/// # Errors
/// When a file cannot be read or its header is not valid; see [`OpenError`].
pub fn open_model(path: &Path) -> Result<OpenModel, OpenError> {
    let found = find(path)?;
    let named: Vec<String> = found.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let suggested = group(&named).first().map(|group| group.name.clone()).unwrap_or_default();
    // a folder is called what the user called it
    let name = if path.is_dir() {
        path.file_name().map_or(suggested, |name| name.to_string_lossy().into_owned())
    } else {
        suggested
    };
    let mut index = None;
    let mut parts = Vec::new();
    let mut paths = Vec::new();
    for file in found {
        if is_index(&file) {
            let json = fs::read(&file).map_err(|error| read_error(&file, &error))?;
            index = Some(ShardIndex::parse(&file_name(&file), &json)?);
        } else {
            parts.push(open_file(&file)?);
            paths.push(file);
        }
    }
    if parts.is_empty() {
        return Err(OpenError::NoFiles { model: name });
    }
    let model = Model::assemble(name, parts, index.as_ref())?;
    Ok(OpenModel { model, paths })
}

fn open_file(path: &Path) -> Result<(FileFacts, Header), OpenError> {
    let unreadable = |error: io::Error| read_error(path, &error);
    let invalid = |source| OpenError::Header { file: file_name(path), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let mut prefix = Vec::new();
    file.by_ref().take(header::PREFIX_BYTES).read_to_end(&mut prefix).map_err(unreadable)?;
    let json_bytes = header::json_bytes(&prefix, bytes).map_err(invalid)?;
    let mut json = Vec::with_capacity(json_bytes as usize);
    file.take(json_bytes).read_to_end(&mut json).map_err(unreadable)?;
    let header = Header::parse(&json, bytes).map_err(invalid)?;
    Ok((FileFacts { name: file_name(path), bytes }, header))
}

fn is_index(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".safetensors.index.json")
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| stem(&path.to_string_lossy()).to_owned(), |name| {
        name.to_string_lossy().into_owned()
    })
}

fn read_error(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Read { file: path.display().to_string(), message: error.to_string() }
}
