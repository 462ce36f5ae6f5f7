//! Where a family is written to: files or memory.

use std::sync::{Mutex, PoisonError};

use crate::Error;

/// Takes bytes at any place of any part, from several threads.
pub(crate) trait Sink: Sync {
    /// Writes `bytes` at `offset` of the part at place `part` of the plan.
    fn write_at(&self, part: usize, offset: u64, bytes: &[u8]) -> Result<(), Error>;
}

/// Parts in memory.
pub(crate) struct Memory(Vec<Mutex<Vec<u8>>>);

impl Memory {
    /// Parts of these sizes.
    pub fn new(sizes: impl Iterator<Item = u64>) -> Self {
        Self(sizes.map(|bytes| Mutex::new(vec![0; bytes as usize])).collect())
    }

    /// The parts, written.
    pub fn into_parts(self) -> impl Iterator<Item = Vec<u8>> {
        self.0.into_iter().map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Memory {
    fn write_at(&self, part: usize, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let mut part = self.0[part].lock().unwrap_or_else(PoisonError::into_inner);
        part[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use disk::Disk;

#[cfg(not(target_arch = "wasm32"))]
mod disk {
    use std::fs::File;
    use std::path::{Path, PathBuf};

    use super::Sink;
    use crate::Error;

    /// Parts in files, each made in its full size at once.
    pub(crate) struct Disk(Vec<(PathBuf, File)>);

    impl Disk {
        /// Makes the files, and the folders they need.
        pub fn create<'a>(
            folder: &Path,
            parts: impl Iterator<Item = (&'a str, u64)>,
        ) -> Result<Self, Error> {
            let mut files = Vec::new();
            for (path, bytes) in parts {
                let path = folder.join(path);
                let parent = path.parent().unwrap_or(folder);
                std::fs::create_dir_all(parent).map_err(Error::at(parent))?;
                let file = File::create(&path).map_err(Error::at(&path))?;
                file.set_len(bytes).map_err(Error::at(&path))?;
                files.push((path, file));
            }
            Ok(Self(files))
        }
    }

    impl Sink for Disk {
        fn write_at(&self, part: usize, offset: u64, bytes: &[u8]) -> Result<(), Error> {
            let (path, file) = &self.0[part];
            write_all_at(file, offset, bytes).map_err(Error::at(path))
        }
    }

    #[cfg(unix)]
    fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }

    #[cfg(windows)]
    fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> std::io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
            if written == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            (offset, bytes) = (offset + written as u64, &bytes[written..]);
        }
        Ok(())
    }
}
