//! The table as files on disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::cases;

/// What must be said of a written file.
#[derive(Debug, Serialize)]
pub struct Expected {
    /// Name of the file.
    pub file: String,
    /// Code of the error; `null` for a valid file.
    pub code: Option<&'static str>,
}

/// Writes every file of the table into `folder`, and `expected.json` beside them. Large files are
/// holes and take no room.
///
/// # Errors
/// When the system does not write them.
pub fn write_to(folder: &Path) -> io::Result<Vec<Expected>> {
    fs::create_dir_all(folder)?;
    let mut expected = Vec::new();
    for case in cases() {
        let mut file = File::create(folder.join(case.file_name()))?;
        file.write_all(&case.head)?;
        file.set_len(case.bytes)?;
        expected.push(Expected { file: case.file_name(), code: case.code });
    }
    let json = serde_json::to_string(&expected).expect("string keys only");
    fs::write(folder.join("expected.json"), json)?;
    Ok(expected)
}
