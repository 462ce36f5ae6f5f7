//! Files that are either complete or not there.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::NativeError;

/// A file that is being written beside its place, under a name that nobody takes for it. It is gone
/// when it is dropped before its end.
pub struct NewFile {
    part: NamedTempFile,
    target: PathBuf,
}

impl NewFile {
    /// Begins the file that is going to be `target`.
    ///
    /// # Errors
    /// When its folder is not there, or nobody may write there.
    pub fn create(target: &Path) -> Result<Self, NativeError> {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".part");
        // as any new file, instead of one that is its owner's alone
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let part = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
        Ok(Self { part: part.map_err(failed(target))?, target: target.to_owned() })
    }

    /// Writes `bytes` behind what has been written.
    ///
    /// # Errors
    /// When the system does not write them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), NativeError> {
        self.part.as_file_mut().write_all(bytes).map_err(failed(&self.target))
    }

    /// Replaces the first bytes of the file.
    ///
    /// # Errors
    /// When the system does not write them.
    pub fn rewrite_start(&mut self, bytes: &[u8]) -> Result<(), NativeError> {
        let file = self.part.as_file_mut();
        let written = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(bytes));
        written.map_err(failed(&self.target))
    }

    /// Puts the complete file in its place.
    ///
    /// # Errors
    /// When the system does not.
    pub fn finish(self) -> Result<(), NativeError> {
        let Self { part, target } = self;
        part.persist(&target).map_err(|error| failed(&target)(error.error))?;
        Ok(())
    }
}

/// Whether two paths lead to one file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// Checks that something may be written to `target`: it is none of `inputs`, and it is not there
/// unless it is to be replaced.
///
/// # Errors
/// When it is one of them, a folder, or there.
pub(super) fn check_target<'a>(
    target: &Path,
    inputs: impl IntoIterator<Item = &'a PathBuf>,
    replace: bool,
) -> Result<(), NativeError> {
    let file = || target.display().to_string();
    if inputs.into_iter().any(|input| is_same_file(input, target)) {
        return Err(NativeError::WouldReplaceInput { file: file() });
    }
    if target.is_dir() || (target.exists() && !replace) {
        return Err(NativeError::Exists { file: file() });
    }
    Ok(())
}

/// Puts the file's name in front of the system's words.
pub(super) fn failed(target: &Path) -> impl Fn(io::Error) -> NativeError {
    move |source| NativeError::Write { file: target.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let mut file = NewFile::create(&target).unwrap();
        file.write(b"12345").unwrap();
        assert!(!target.exists());
        drop(file);
        assert_eq!(names(), 0);
        let mut file = NewFile::create(&target).unwrap();
        file.write(b"12345").unwrap();
        file.rewrite_start(b"ab").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"ab345");
        assert_eq!(names(), 1);
        assert!(NewFile::create(&folder.path().join("no/new")).is_err());
    }

    #[test]
    fn inputs_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "a").unwrap();
        let error =
            |target: &Path, replace| check_target(target, [&a], replace).unwrap_err().to_string();
        let other_way = folder.path().join(".").join("a");
        assert!(error(&other_way, true).ends_with("it would replace what is read"));
        assert!(error(folder.path(), true).ends_with("it is there already"));
        check_target(&b, [&a], false).unwrap();
        fs::write(&b, "b").unwrap();
        assert!(error(&b, false).ends_with("it is there already"));
        check_target(&b, [&a], true).unwrap();
    }
}
