//! Headers of files on disk.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::NativeError;
use crate::fingerprint::{Fingerprint, SUFFIX};
use crate::format::safetensors::{self, Header};
use crate::identify::{FILE_NAME, Index};
use crate::input::{FingerprintModel, FullModel, Input};
use crate::model::{FileFacts, Model, OpenError, SNIFF_BYTES, ShardIndex, group, is_section};

/// A model, or the fingerprint of one, and where its files are.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is known of it.
    pub input: Arc<Input>,
    /// Paths of the files, in the order of [`Model::files`]; or that of the fingerprint.
    pub paths: Vec<PathBuf>,
}

/// The model files `path` stands for: itself, its fellow shards, or the one model of a folder
/// (a diffusers folder is one model).
///
/// # Errors
/// When the path does not exist, or a folder holds no model or more than one.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, OpenError> {
    find_named(path).map(|(_, files)| files.into_iter().map(|(path, _)| path).collect())
}

/// A path for every model in `folder` and in the folders below it, fingerprints left out: its
/// only file, one of its shards, or its folder.
///
/// # Errors
/// When a folder cannot be read.
pub fn find_all(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut files = weights_in(folder)?;
    files.retain(|file| !is_fingerprint(file));
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let mut found: Vec<PathBuf> =
        group(&names).iter().map(|group| files[group.members[0]].clone()).collect();
    let folders = folders_in(folder)?;
    if folders.iter().any(|part| is_section(&file_name(part))) {
        found.push(folder.to_owned());
    } else {
        // a link may lead back up
        for folder in folders.into_iter().filter(|folder| !folder.is_symlink()) {
            found.extend(find_all(&folder)?);
        }
    }
    found.sort();
    Ok(found)
}

/// The fingerprints in `folder` and in the folders below it, by path.
///
/// # Errors
/// When a folder cannot be read.
pub fn find_fingerprints(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = weights_in(folder)?;
    found.retain(|file| is_fingerprint(file) && file_name(file) != FILE_NAME);
    // a link may lead back up
    for folder in folders_in(folder)?.into_iter().filter(|folder| !folder.is_symlink()) {
        found.extend(find_fingerprints(&folder)?);
    }
    found.sort();
    Ok(found)
}

/// The path of `file` from `folder`, with `/` between the parts on any system.
pub(super) fn relative_name(folder: &Path, file: &Path) -> String {
    let parts = file.strip_prefix(folder).unwrap_or(file).components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// A model's name, and its files with what to call them inside the model.
type Named = (String, Vec<(PathBuf, String)>);

fn find_named(path: &Path) -> Result<Named, OpenError> {
    let is_dir = fs::metadata(path).map_err(|error| read_error(path, &error))?.is_dir();
    let files = if is_dir {
        without_fingerprints(weights_below(path)?)
    } else if is_index(path) || path.to_string_lossy().contains("-of-") {
        weights_in(path.parent().unwrap_or(Path::new("")))?
    } else {
        vec![path.to_owned()]
    };
    let names: Vec<String> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let groups = group(&names);
    let chosen = if is_dir {
        if groups.len() > 1 {
            let found: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            return Err(OpenError::Read {
                file: path.display().to_string(),
                message: format!("folder holds {} models: {}", found.len(), found.join(", ")),
            });
        }
        groups.first()
    } else {
        groups.iter().find(|group| group.members.iter().any(|&member| files[member] == path))
    };
    let chosen = chosen.ok_or_else(|| OpenError::NoFiles { model: path.display().to_string() })?;
    // a folder is called what the user called it
    let name = match path.canonicalize().ok().as_deref().and_then(Path::file_name) {
        Some(name) if is_dir => name.to_string_lossy().into_owned(),
        _ => chosen.name.clone(),
    };
    let members = chosen.members.iter().map(|&member| files[member].clone());
    Ok((name, members.zip(chosen.files.iter().cloned()).collect()))
}

/// Weight and index files of a folder.
fn weights_in(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut files: Vec<PathBuf> = fs::read_dir(listed)
        .map_err(|error| read_error(listed, &error))?
        .filter_map(|entry| Some(folder.join(entry.ok()?.file_name())))
        .filter(|file| is_index(file) || file.extension().is_some_and(|end| end == "safetensors"))
        .collect();
    files.sort();
    Ok(files)
}

/// As [`weights_in`]; for a diffusers folder, those of its parts.
fn weights_below(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut parts = folders_in(folder)?;
    parts.retain(|part| is_section(&file_name(part)));
    if parts.is_empty() {
        return weights_in(folder);
    }
    let files = parts.iter().map(|part| weights_in(part)).collect::<Result<Vec<_>, _>>()?;
    Ok(files.concat())
}

/// Folders in `folder`, by name.
fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| read_error(folder, &error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

/// Models only, where there are any: their fingerprints often lie beside them.
fn without_fingerprints(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let (fingerprints, models): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| is_fingerprint(file));
    if models.is_empty() { fingerprints } else { models }
}

/// Opens what `path` stands for: a fingerprint, or a model as [`find`] finds it.
///
/// # Errors
/// When a file cannot be read or its header is not valid, or a fingerprint is damaged or too new.
pub fn open(path: &Path) -> Result<Opened, NativeError> {
    let (model, paths) = open_model(path)?;
    if Index::is_in(&model) {
        return Err(NativeError::NotAModel { file: paths[0].display().to_string() });
    }
    if !Fingerprint::is_in(&model) {
        return Ok(Opened { input: Arc::new(Input::Full(FullModel::new(model))), paths });
    }
    let file = paths[0].display().to_string();
    let bytes =
        fs::read(&paths[0]).map_err(|source| NativeError::Map { file: file.clone(), source })?;
    let fingerprint = Fingerprint::from_bytes(&bytes)
        .map_err(|source| NativeError::Fingerprint { file, source })?;
    let known = FingerprintModel::new(Arc::new(fingerprint));
    Ok(Opened { input: Arc::new(Input::Fingerprint(known)), paths })
}

/// SHA-256 of the only file of `model`, in hexadecimal digits; `None` for a model of several files.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(model: &Opened) -> Result<Option<String>, NativeError> {
    let [path] = model.paths.as_slice() else { return Ok(None) };
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

/// The headers of the model that `path` stands for, and the paths of its files; see [`find`].
///
/// # Errors
/// When a file cannot be read or its header is not valid; see [`OpenError`].
pub fn open_model(path: &Path) -> Result<(Model, Vec<PathBuf>), OpenError> {
    let (name, files) = find_named(path)?;
    let mut indices = Vec::new();
    let mut parts = Vec::new();
    let mut paths = Vec::new();
    for (file, file_name) in files {
        if is_index(&file) {
            let unreadable = |error| read_error(&file, &error);
            ShardIndex::check_size(&file_name, fs::metadata(&file).map_err(unreadable)?.len())?;
            let json = fs::read(&file).map_err(unreadable)?;
            indices.push(ShardIndex::parse(&file_name, &json)?);
        } else {
            parts.push(open_file(&file, file_name)?);
            paths.push(file);
        }
    }
    if parts.is_empty() {
        return Err(OpenError::NoFiles { model: name });
    }
    let model = Model::assemble(name, parts, &indices)?;
    Ok((model, paths))
}

fn open_file(path: &Path, name: String) -> Result<(FileFacts, Header), OpenError> {
    let unreadable = |error: io::Error| read_error(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let start = read(&file, SNIFF_BYTES).map_err(unreadable)?;
    let invalid = |source| OpenError::of_header(&name, &start, source);
    let prefix = &start[..start.len().min(safetensors::PREFIX_BYTES as usize)];
    let json_bytes = safetensors::json_bytes(prefix, bytes).map_err(invalid)?;
    let json = read(&file, safetensors::PREFIX_BYTES + json_bytes).map_err(unreadable)?;
    let json = json.get(safetensors::PREFIX_BYTES as usize..).unwrap_or_default();
    let header = Header::parse(json, bytes).map_err(invalid)?;
    Ok((FileFacts { name, bytes }, header))
}

/// Up to `bytes` bytes from the start of `file`.
fn read(mut file: &File, bytes: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.rewind()?;
    file.take(bytes).read_to_end(&mut start)?;
    Ok(start)
}

fn is_fingerprint(path: &Path) -> bool {
    path.to_string_lossy().ends_with(SUFFIX)
}

fn is_index(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".safetensors.index.json")
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_error(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Read { file: path.display().to_string(), message: error.to_string() }
}
