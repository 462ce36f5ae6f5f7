//! A family in a folder: written once, recognised afterwards.

use std::fs::{self, File};
use std::path::Path;

use crate::Error;
use crate::generate::generate;
use crate::plan::Plan;
use crate::sink::Disk;

const STAMP: &str = "expected.json";
const LOCK: &str = "expected.lock";

/// Writes a family unless the folder holds it.
pub(crate) fn write(plan: &Plan, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::at(folder))?;
    let lock = folder.join(LOCK);
    let held = File::create(&lock).map_err(Error::at(&lock))?;
    held.lock().map_err(Error::at(&lock))?;
    let mut stamp_text = serde_json::to_vec_pretty(&plan.expected)
        .map_err(|source| Error::Json { what: STAMP.to_owned(), source })?;
    stamp_text.push(b'\n');
    let stamp = folder.join(STAMP);
    if holds(plan, folder, &stamp_text) {
        return Ok(());
    }
    match fs::remove_file(&stamp) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::at(&stamp)(error));
        }
        _ => {}
    }
    let parts = plan.parts.iter().map(|(_, part)| (part.path.as_str(), part.bytes));
    generate(plan, &Disk::create(folder, parts)?)?;
    for (path, content) in &plan.extras {
        let path = folder.join(path);
        fs::write(&path, content).map_err(Error::at(&path))?;
    }
    fs::write(&stamp, stamp_text).map_err(Error::at(&stamp))
}

/// Whether the stamp says the same and every file has the size it should.
fn holds(plan: &Plan, folder: &Path, stamp_text: &[u8]) -> bool {
    let has_size = |path: &str, bytes: u64| {
        fs::metadata(folder.join(path)).is_ok_and(|file| file.len() == bytes)
    };
    fs::read(folder.join(STAMP)).is_ok_and(|text| text == stamp_text)
        && plan.parts.iter().all(|(_, part)| has_size(&part.path, part.bytes))
        && plan.extras.iter().all(|(path, content)| has_size(path, content.len() as u64))
}
