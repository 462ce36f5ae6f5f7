//! Where things are in the repository, and what has already been built.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

/// The repository's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").into()
}

/// The page's sources.
pub fn www() -> PathBuf {
    root().join("www")
}

/// The built page.
pub fn dist() -> PathBuf {
    www().join("dist")
}

/// The browser tests, an npm package of their own.
pub fn browser_tests() -> PathBuf {
    root().join("tests").join("browser")
}

/// The fuzz targets, a package of their own.
pub fn fuzz() -> PathBuf {
    root().join("tests").join("fuzz")
}

/// Cargo's build folder, where everything that can be made again lives.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Remembers what a build step was last made from, so that an unchanged step is skipped.
///
/// A step is fresh when its inputs hash to the remembered value and all its outputs exist.
/// The mark is written after the step succeeded, so an interrupted step is done again.
pub struct Stamp {
    mark_path: PathBuf,
    inputs_hash: u64,
}

impl Stamp {
    /// The mark of the step called `step`, for inputs that hash to `inputs_hash`.
    pub fn new(step: &str, inputs_hash: u64) -> Self {
        Self { mark_path: target().join("xtask").join(format!("{step}.stamp")), inputs_hash }
    }

    /// Whether the step's outputs are still those of these inputs.
    pub fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        outputs.iter().all(|path| path.exists())
            && fs::read_to_string(&self.mark_path)
                .is_ok_and(|mark| mark == self.inputs_hash.to_string())
    }

    /// Records that the step has been done.
    pub fn mark(&self) -> Result<()> {
        let folder = self.mark_path.parent().expect("a mark lies in a folder");
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(&self.mark_path, self.inputs_hash.to_string())
            .with_context(|| format!("cannot write {}", self.mark_path.display()))
    }
}

/// A hash of anything hashable; equal inputs give equal values within one build of xtask.
pub fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A hash over path, size and modification time of every file below `folder`, leaving out
/// top-level entries named in `except`.
pub fn tree_hash(folder: &Path, except: &[&str]) -> Result<u64> {
    let mut entries = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(current) = pending.pop() {
        let listing =
            fs::read_dir(&current).with_context(|| format!("cannot list {}", current.display()))?;
        for entry in listing {
            let entry = entry?;
            let left_out = current == folder
                && entry.file_name().to_str().is_some_and(|name| except.contains(&name));
            if left_out {
                continue;
            }
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                pending.push(entry.path());
            } else {
                let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push((entry.path(), metadata.len(), modified));
            }
        }
    }
    entries.sort();
    Ok(hash_of(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_hash_sees_changes_and_leaves_out_what_it_is_told() {
        let folder = std::env::temp_dir().join(format!("weightkin-tree-{}", std::process::id()));
        fs::create_dir_all(folder.join("dist")).unwrap();
        fs::write(folder.join("a.ts"), "1").unwrap();
        let before = tree_hash(&folder, &["dist"]).unwrap();
        fs::write(folder.join("dist/a.js"), "1").unwrap();
        assert_eq!(tree_hash(&folder, &["dist"]).unwrap(), before);
        fs::write(folder.join("a.ts"), "12").unwrap();
        assert_ne!(tree_hash(&folder, &["dist"]).unwrap(), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
