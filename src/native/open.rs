//! Headers of files on disk.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::NativeError;
use super::adapter::read_adapter;
use super::find::{Found, find, read_error};
use crate::architecture::Architecture;
use crate::fingerprint::Fingerprint;
use crate::format::gguf;
use crate::format::safetensors::{self, Header};
use crate::identify::Index;
use crate::input::{AdapterModel, FingerprintModel, FullModel, Input};
use crate::lora::Adapter;
use crate::model::{
    FileFacts, Group, ListKind, Model, OpenError, SNIFF_BYTES, ShardIndex, list_kind, told_apart,
};
use crate::quantised;
use crate::sorted;

/// A model, or the fingerprint of one, and where its files are.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is known of it.
    pub input: Arc<Input>,
    /// Paths of the files, in the order of [`Model::files`]; or that of the fingerprint.
    pub paths: Vec<PathBuf>,
    /// The path that stands for it, which tells it from others of its name.
    pub place: String,
}

/// Gives models of one name names that tell them apart; see [`told_apart`].
pub fn tell_apart(models: &mut [Opened]) {
    let names: Vec<String> = models.iter().map(|open| open.input.name().to_owned()).collect();
    let places: Vec<String> = models.iter().map(|open| open.place.clone()).collect();
    for (open, name) in models.iter_mut().zip(told_apart(&names, &places)) {
        if name != open.input.name() {
            open.input = Arc::new(open.input.renamed(name));
        }
    }
}

/// Opens what `path` stands for: a fingerprint, or a model as [`find`] finds it.
///
/// # Errors
/// When a file cannot be read or its header is not valid, or a fingerprint is damaged or too new.
pub fn open(path: &Path) -> Result<Opened, NativeError> {
    open_variant(path, None)
}

/// As [`open`]; where the model comes in variants, `variant`.
///
/// # Errors
/// As those of [`open`], and when there are variants and none is the one asked for.
pub fn open_variant(path: &Path, variant: Option<&str>) -> Result<Opened, NativeError> {
    open_found(&find(path, variant)?)
}

/// Opens the model of the files `found`.
///
/// # Errors
/// As those of [`open`].
pub fn open_found(found: &Found) -> Result<Opened, NativeError> {
    let (model, paths) = assemble(found)?;
    let place = found.group.path.clone();
    if Index::is_in(&model) {
        return Err(NativeError::NotAModel { file: paths[0].display().to_string() });
    }
    if !Fingerprint::is_in(&model) {
        let full = FullModel::new(model);
        let input = match adapter(&full, &paths)? {
            Some(adapter) => Input::Adapter(AdapterModel { full, adapter: Arc::new(adapter) }),
            None => Input::Full(full),
        };
        return Ok(Opened { input: Arc::new(input), paths, place });
    }
    let file = paths[0].display().to_string();
    let bytes =
        fs::read(&paths[0]).map_err(|source| NativeError::Map { file: file.clone(), source })?;
    let fingerprint = Fingerprint::from_bytes(&bytes)
        .map_err(|source| NativeError::Fingerprint { file, source })?;
    let known = FingerprintModel::new(Arc::new(fingerprint));
    Ok(Opened { input: Arc::new(Input::Fingerprint(known)), paths, place })
}

/// The modules of `full` where it is an adapter that has any.
fn adapter(full: &FullModel, paths: &[PathBuf]) -> Result<Option<Adapter>, NativeError> {
    if full.recognition.architecture != Architecture::Lora {
        return Ok(None);
    }
    let adapter = read_adapter(&full.model, paths)?;
    Ok((!adapter.modules.is_empty()).then_some(adapter))
}

/// SHA-256 of the only file of `model`, in hexadecimal digits; `None` for a model of several files.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(model: &Opened) -> Result<Option<String>, NativeError> {
    let [path] = model.paths.as_slice() else { return Ok(None) };
    sha256_of(path).map(Some)
}

/// SHA-256 of the file at `path`, in hexadecimal digits.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256_of(path: &Path) -> Result<String, NativeError> {
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
    Ok(digits(&hash.finalize()))
}

/// `bytes` in hexadecimal digits.
pub(super) fn digits(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The headers of the model that `path` stands for, and the paths of its files; see [`find`].
///
/// # Errors
/// When a file cannot be read or its header is not valid; see [`OpenError`].
pub fn open_model(path: &Path) -> Result<(Model, Vec<PathBuf>), OpenError> {
    assemble(&find(path, None)?)
}

fn assemble(found: &Found) -> Result<(Model, Vec<PathBuf>), OpenError> {
    let Group { name, files, variant, not_read, .. } = &found.group;
    let mut indices = Vec::new();
    let mut parts = Vec::new();
    let mut paths = Vec::new();
    for (file, file_name) in found.paths.iter().zip(files) {
        match list_kind(file_name) {
            Some(ListKind::Shards) => {
                let unreadable = |error| read_error(file, &error);
                ShardIndex::check_size(file_name, fs::metadata(file).map_err(unreadable)?.len())?;
                indices.push(ShardIndex::parse(file_name, &fs::read(file).map_err(unreadable)?)?);
            }
            Some(ListKind::Parts) => {}
            None => {
                parts.push(open_file(file, file_name.clone())?);
                paths.push(file.clone());
            }
        }
    }
    let mut model = Model::assemble(name.clone(), parts, &indices)?;
    model.variant.clone_from(variant);
    model.not_read.clone_from(not_read);
    read_settings(&mut model, &paths)?;
    Ok((model, paths))
}

/// Reads what says how `model` is quantised: small tensors, and configurations beside its files.
fn read_settings(model: &mut Model, paths: &[PathBuf]) -> Result<(), OpenError> {
    let mut settings = Vec::new();
    for (name, range) in quantised::settings(model) {
        let path = &paths[range.file];
        let unreadable = |error: io::Error| read_error(path, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        file.seek(io::SeekFrom::Start(range.start)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(range.bytes()).read_to_end(&mut bytes).map_err(unreadable)?;
        settings.push((name, bytes));
    }
    model.settings = sorted::first(settings);
    let folder = paths.first().and_then(|path| path.parent()).unwrap_or(Path::new(""));
    for name in quantised::CONFIG_FILES {
        let path = folder.join(name);
        let is_small =
            fs::metadata(&path).is_ok_and(|facts| facts.len() <= quantised::CONFIG_BYTES);
        // a folder may hold anything under this name: what cannot be read says nothing
        if is_small && let Ok(text) = fs::read_to_string(&path) {
            model.configs.push(text);
        }
    }
    Ok(())
}

fn open_file(path: &Path, name: String) -> Result<(FileFacts, Header), OpenError> {
    let unreadable = |error: io::Error| read_error(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let start = read(&file, SNIFF_BYTES).map_err(unreadable)?;
    if start.starts_with(&gguf::MAGIC) {
        let header = read_gguf(&file, &name, bytes)?;
        return Ok((FileFacts { name, bytes }, header));
    }
    let invalid = |source| OpenError::of_header(&name, &start, source);
    let prefix = &start[..start.len().min(safetensors::PREFIX_BYTES as usize)];
    let json_bytes = safetensors::json_bytes(prefix, bytes).map_err(invalid)?;
    let json = read(&file, safetensors::PREFIX_BYTES + json_bytes).map_err(unreadable)?;
    let json = json.get(safetensors::PREFIX_BYTES as usize..).unwrap_or_default();
    let header = Header::parse(json, bytes).map_err(invalid)?;
    Ok((FileFacts { name, bytes }, header))
}

fn read_gguf(mut file: &File, name: &str, bytes: u64) -> Result<Header, OpenError> {
    let invalid = |source| OpenError::Gguf { file: name.to_owned(), source };
    let mut reader = gguf::HeaderReader::new(bytes);
    while let Some((start, end)) = reader.wanted() {
        let mut portion = Vec::new();
        let read = file
            .seek(io::SeekFrom::Start(start))
            .and_then(|_| file.take(end - start).read_to_end(&mut portion));
        read.map_err(|error| read_error(Path::new(name), &error))?;
        reader.accept(&portion).map_err(invalid)?;
    }
    reader.finish().map_err(invalid)
}

/// Up to `bytes` bytes from the start of `file`.
fn read(mut file: &File, bytes: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.rewind()?;
    file.take(bytes).read_to_end(&mut start)?;
    Ok(start)
}
