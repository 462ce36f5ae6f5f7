//! The file the report goes into.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that is known to be writable before the long work begins, and whose old content stays
/// until there is something new to write.
pub struct ReportFile {
    path: PathBuf,
    file: File,
    /// Whether it is ours to remove when nothing comes of the work.
    is_new: bool,
}

impl ReportFile {
    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        Ok(Self { path: path.to_owned(), file, is_new })
    }

    /// Replaces what is in the file by `text`.
    ///
    /// # Errors
    /// When the system does not write it.
    pub fn write(mut self, text: &str) -> io::Result<()> {
        // pipes and devices have no length
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())?;
        self.is_new = false;
        Ok(())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.is_new {
            // best effort: the error that led here is the one worth telling
            let _ = fs::remove_file(&self.path);
        }
    }
}
