//! Files that remember what was read from them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use weightkin::model::Model;
use weightkin::read::{ByteStream, Read, Source};

/// What the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Content {
    /// Held in memory.
    Held(Arc<[u8]>),
    /// Made when they are read, so that a file can be larger than the memory. As floating-point
    /// numbers of any format they are finite and of both signs.
    Made { seed: u64, bytes: u64 },
}

impl Content {
    fn bytes(&self) -> u64 {
        match self {
            Self::Held(held) => held.len() as u64,
            Self::Made { bytes, .. } => *bytes,
        }
    }

    /// Fills `to` with the bytes from `start`.
    pub fn copy(&self, start: u64, to: &mut [u8]) {
        match self {
            Self::Held(held) => to.copy_from_slice(&held[start as usize..][..to.len()]),
            Self::Made { seed, .. } => {
                let mut word = start / 8;
                let mut skip = (start % 8) as usize;
                let mut rest = to;
                while !rest.is_empty() {
                    let bytes = made(*seed, word).to_le_bytes();
                    let len = rest.len().min(8 - skip);
                    rest[..len].copy_from_slice(&bytes[skip..skip + len]);
                    rest = &mut rest[len..];
                    (word, skip) = (word + 1, 0);
                }
            }
        }
    }
}

/// Eight bytes in `0x20..=0x3f` or `0xa0..=0xbf`.
fn made(seed: u64, word: u64) -> u64 {
    let mixed =
        (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ word).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 32)) & 0x9f9f_9f9f_9f9f_9f9f) | 0x2020_2020_2020_2020
}

/// Files as a [`Source`] that counts.
#[derive(Debug, Clone)]
pub struct Double {
    files: Arc<[Content]>,
    log: Arc<Mutex<Log>>,
}

/// What happened to the files of a [`Double`].
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Streams that were opened, in order.
    pub opened: Vec<Read>,
    /// Pieces that were fetched.
    pub fetched: Vec<Read>,
    /// Bytes that were passed over.
    pub skipped_bytes: u64,
}

impl Double {
    pub fn new(files: Vec<Content>) -> Self {
        Self { files: files.into(), log: Arc::default() }
    }

    /// All files of `models`, made up.
    pub fn made(models: &[Model]) -> Self {
        let sizes = models.iter().flat_map(|model| &model.files).map(|file| file.bytes);
        let made = (1..).zip(sizes).map(|(seed, bytes)| Content::Made { seed, bytes });
        Self::new(made.collect())
    }

    pub fn file(&self, file: usize) -> &Content {
        &self.files[file]
    }

    /// What happened so far.
    pub fn log(&self) -> Log {
        self.log.lock().unwrap().clone()
    }
}

impl Source for Double {
    type Stream = DoubleStream;

    fn open(&self, reads: &[Read]) -> DoubleStream {
        let file = reads[0].file;
        let content = self.files[file].clone();
        for read in reads {
            assert!(read.start < read.end && read.end <= content.bytes(), "{read:?}");
            assert_eq!(read.file, file);
        }
        self.log.lock().unwrap().opened.extend(reads);
        let (rest, fetched) = (reads.iter().copied().collect(), Vec::new());
        DoubleStream { content, rest, fetched, log: Arc::clone(&self.log) }
    }
}

/// A read under way.
#[derive(Debug)]
pub struct DoubleStream {
    content: Content,
    rest: VecDeque<Read>,
    fetched: Vec<u8>,
    log: Arc<Mutex<Log>>,
}

impl DoubleStream {
    /// The next `len` bytes.
    fn take(&mut self, len: u64) -> Read {
        while self.rest.front().is_some_and(|read| read.bytes() == 0) {
            self.rest.pop_front();
        }
        let rest = self.rest.front_mut().expect("there is more to read");
        assert!(len <= rest.bytes(), "{len} of {rest:?}");
        let end = rest.start + len;
        let taken = Read { end, ..*rest };
        rest.start = end;
        taken
    }
}

impl ByteStream for DoubleStream {
    type Error = std::convert::Infallible;

    async fn fetch(&mut self, len: usize) -> Result<(), Self::Error> {
        let fetched = self.take(len as u64);
        self.fetched.resize(len, 0);
        self.content.copy(fetched.start, &mut self.fetched);
        self.log.lock().unwrap().fetched.push(fetched);
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.fetched
    }

    async fn skip(&mut self, len: u64) -> Result<(), Self::Error> {
        assert!(len > 0);
        self.take(len);
        self.log.lock().unwrap().skipped_bytes += len;
        Ok(())
    }
}
