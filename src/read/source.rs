//! Files that can be read as streams of byte ranges.

use std::future::Future;

use serde::{Deserialize, Serialize};

/// A contiguous range of one file, read front to back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Position in the comparison's list of files.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl Read {
    /// Length of the range.
    pub fn bytes(&self) -> u64 {
        self.end - self.start
    }
}

/// Contiguous bytes of a file that are wanted; one [`Read`] may cover many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// File that holds them.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// Length.
    pub bytes: u64,
}

/// Files that can be read as streams.
pub trait Source {
    /// A stream over some [`Read`]s of one file.
    type Stream: ByteStream;

    /// Starts reading `reads`, of which there is at least one, one behind the other. The first bytes
    /// may be requested at once, before they are asked for.
    fn open(&self, reads: &[Read]) -> Self::Stream;
}

/// The bytes of some [`Read`]s, front to back and without what lies between them.
pub trait ByteStream {
    /// What goes wrong when a file changes or vanishes.
    type Error;

    /// Moves on to the next `len` bytes, waiting for them. They are of one [`Read`]: the caller never
    /// asks for more than is left of it.
    fn fetch(&mut self, len: usize) -> impl Future<Output = Result<(), Self::Error>>;

    /// The bytes of the last [`Self::fetch`].
    fn fetched(&self) -> &[u8];

    /// Passes over the next `len` bytes, of one [`Read`] too.
    fn skip(&mut self, len: u64) -> impl Future<Output = Result<(), Self::Error>>;
}
