//! Memory-mapped files as a [`Source`].

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::{Advice, Mmap};

use crate::read::{ByteStream, Read, Source};

/// So much of a file is asked for at a time.
const AHEAD_BYTES: usize = 8 << 20;

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

    fn open(&self, reads: &[Read]) -> MapStream {
        let map = Arc::clone(&self.maps[reads[0].file]);
        let ranges: VecDeque<_> =
            reads.iter().map(|read| read.start as usize..read.end as usize).collect();
        let mut stream =
            MapStream { map, rest: ranges.clone(), fetched: 0..0, to_ask: ranges, asked_bytes: 0 };
        stream.ask_ahead();
        stream
    }
}

/// Reads of a mapped file: nothing is copied.
pub struct MapStream {
    map: Arc<Mmap>,
    /// What has not been fetched of each read. The first one may have come to its end.
    rest: VecDeque<Range<usize>>,
    fetched: Range<usize>,
    /// What the system has not been asked for.
    to_ask: VecDeque<Range<usize>>,
    /// Bytes that it has been asked for and that have not been fetched.
    asked_bytes: usize,
}

impl MapStream {
    /// Asks the system for bytes ahead of time. A page that is not in memory is waited for when it
    /// is touched, and the system's own reading ahead is made for one reader of a file.
    fn ask_ahead(&mut self) {
        if self.asked_bytes >= AHEAD_BYTES / 2 {
            return;
        }
        while self.asked_bytes < AHEAD_BYTES
            && let Some(next) = self.to_ask.front_mut()
        {
            let len = next.len().min(AHEAD_BYTES);
            // best effort: without the hint it only takes longer
            let _ = self.map.advise_range(Advice::WillNeed, next.start, len);
            self.asked_bytes += len;
            next.start += len;
            if Range::is_empty(next) {
                self.to_ask.pop_front();
            }
        }
    }

    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Range<usize> {
        while self.rest.front().is_some_and(Range::is_empty) {
            self.rest.pop_front();
        }
        let rest = self.rest.front_mut().expect("the caller never asks for more");
        let start = rest.start;
        rest.start += len;
        self.asked_bytes = self.asked_bytes.saturating_sub(len);
        self.ask_ahead();
        start..start + len
    }
}

impl ByteStream for MapStream {
    type Error = Infallible;

    async fn fetch(&mut self, len: usize) -> Result<(), Infallible> {
        self.fetched = self.take(len);
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.map[self.fetched.clone()]
    }

    async fn skip(&mut self, len: u64) -> Result<(), Infallible> {
        self.take(len as usize);
        Ok(())
    }
}
