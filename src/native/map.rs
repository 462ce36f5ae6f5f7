//! Memory-mapped files as a [`Source`].

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use memmap2::{Advice, Mmap};

use crate::source::{ByteStream, Read, Source};

/// The files of a comparison, by their position in the plan.
pub struct MappedFiles {
    maps: Vec<Arc<Mmap>>,
}

impl MappedFiles {
    /// Maps every file, given with the size it had when its header was read.
    ///
    /// # Errors
    /// The first file that cannot be mapped or has another size by now, by its position, with the
    /// reason.
    pub fn new<'a>(
        files: impl IntoIterator<Item = (&'a Path, u64)>,
    ) -> Result<Self, (usize, io::Error)> {
        let maps = files
            .into_iter()
            .enumerate()
            .map(|(index, (path, bytes))| map(path, bytes).map_err(|error| (index, error)))
            .collect::<Result<_, _>>()?;
        Ok(Self { maps })
    }
}

fn map(path: &Path, bytes: u64) -> io::Result<Arc<Mmap>> {
    let file = File::open(path)?;
    // SAFETY: the map is only ever read. Another process that shrinks the file while it is read
    // ends this one with a bus error; the same holds for every reader of mapped weights.
    let map = unsafe { Mmap::map(&file) }?;
    if map.len() as u64 != bytes {
        let message = format!("the file has changed: {bytes} bytes before, {} now", map.len());
        return Err(io::Error::other(message));
    }
    // best effort: without the hint the system reads ahead less
    let _ = map.advise(Advice::Sequential);
    Ok(Arc::new(map))
}

impl Source for MappedFiles {
    type Stream = MapStream;

    fn open(&self, read: Read) -> MapStream {
        let start = read.start as usize;
        let map = Arc::clone(&self.maps[read.file]);
        MapStream { map, fetched: start..start }
    }
}

/// A read of a mapped file: nothing is copied.
pub struct MapStream {
    map: Arc<Mmap>,
    fetched: std::ops::Range<usize>,
}

impl ByteStream for MapStream {
    type Error = Infallible;

    async fn fetch(&mut self, len: usize) -> Result<(), Infallible> {
        self.fetched = self.fetched.end..self.fetched.end + len;
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.map[self.fetched.clone()]
    }

    async fn skip(&mut self, len: u64) -> Result<(), Infallible> {
        let end = self.fetched.end + len as usize;
        self.fetched = end..end;
        Ok(())
    }
}
