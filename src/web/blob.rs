//! Picked files as a [`Source`].
//!
//! Long reads use byte streams. Short reads, and browsers whose blobs have no byte streams (WebKit
//! before 26.4), take whole slices instead.

use std::collections::VecDeque;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Response};

use super::byob::{Byob, Leavings, has_byte_streams};
use super::error::ReadError;
use crate::source::{ByteStream, Read, Source};

/// Slices on their way at a time, so that one comes while the other is worked on.
const SLICES: usize = 2;
/// Reads up to this long take a slice: opening a stream costs more.
const SLICE_BYTES: u64 = 1 << 20;

/// The files of a comparison, by their position in the plan.
pub(super) struct BlobFiles {
    files: Vec<File>,
    byte_streams: bool,
    leavings: Leavings,
}

impl BlobFiles {
    pub(super) fn new(files: Vec<File>) -> Self {
        Self { files, byte_streams: has_byte_streams(), leavings: Leavings::default() }
    }
}

impl Source for BlobFiles {
    type Stream = BlobStream;

    fn open(&self, read: Read) -> BlobStream {
        let file = &self.files[read.file];
        let pieces = if self.byte_streams && read.bytes() > SLICE_BYTES {
            Pieces::byob(file, read, &self.leavings)
        } else {
            Pieces::Slices(Slices::new(file, read))
        };
        BlobStream {
            file: file.name(),
            pieces,
            piece: Uint8Array::default(),
            fetched: Vec::new(),
            fetched_bytes: 0,
        }
    }
}

/// Reads `start..end` of `file` at once.
pub(super) async fn read_slice(file: &File, start: u64, end: u64) -> Result<Vec<u8>, ReadError> {
    let failed = |cause| ReadError { file: file.name(), cause };
    let slice = file.slice_with_f64_and_f64(start as f64, end as f64).map_err(failed)?;
    let buffer = array_buffer(&slice).map_err(failed)?.await.map_err(failed)?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    if bytes.len() as u64 == end - start { Ok(bytes) } else { Err(ReadError::ended(file.name())) }
}

/// The bytes of a slice. `Blob.arrayBuffer()` would do, but WebKit fills up the missing bytes of a
/// file that has been cut short since it was picked; through a response they are missing.
fn array_buffer(slice: &Blob) -> Result<JsFuture, JsValue> {
    Ok(JsFuture::from(Response::new_with_opt_blob(Some(slice))?.array_buffer()?))
}

/// One [`Read`] of a picked file.
pub(super) struct BlobStream {
    file: String,
    pieces: Pieces,
    /// What is left of the piece at hand.
    piece: Uint8Array,
    /// The bytes of the last fetch come first. Never gets shorter, so that it is filled up with
    /// zeros once only.
    fetched: Vec<u8>,
    fetched_bytes: usize,
}

impl BlobStream {
    /// Takes up to `len` bytes of the piece at hand, waiting for the next one where it is used up.
    async fn take(&mut self, len: u32) -> Result<Uint8Array, ReadError> {
        if self.piece.length() == 0 {
            let used = std::mem::take(&mut self.piece);
            let failed = |cause| ReadError { file: self.file.clone(), cause };
            self.piece = self.pieces.next(used).await.map_err(failed)?;
            if self.piece.length() == 0 {
                return Err(ReadError::ended(self.file.clone()));
            }
        }
        let len = len.min(self.piece.length());
        let taken = self.piece.subarray(0, len);
        self.piece = self.piece.subarray(len, self.piece.length());
        Ok(taken)
    }
}

impl Drop for BlobStream {
    fn drop(&mut self) {
        if let Pieces::Byob(byob) = &mut self.pieces {
            byob.end(&self.piece);
        }
    }
}

impl ByteStream for BlobStream {
    type Error = ReadError;

    async fn fetch(&mut self, len: usize) -> Result<(), ReadError> {
        if self.fetched.len() < len {
            self.fetched.resize(len, 0);
        }
        self.fetched_bytes = len;
        let mut filled = 0;
        while filled < len {
            let taken = self.take((len - filled) as u32).await?;
            let taken_len = taken.length() as usize;
            taken.copy_to(&mut self.fetched[filled..filled + taken_len]);
            filled += taken_len;
        }
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        &self.fetched[..self.fetched_bytes]
    }

    async fn skip(&mut self, len: u64) -> Result<(), ReadError> {
        let mut rest = len;
        while rest > 0 {
            let taken = self.take(rest.min(u64::from(u32::MAX)) as u32).await?;
            rest -= u64::from(taken.length());
        }
        Ok(())
    }
}

/// Where the pieces of a stream come from.
enum Pieces {
    Byob(Byob),
    Slices(Slices),
    Failed(JsValue),
}

impl Pieces {
    fn byob(file: &File, read: Read, leavings: &Leavings) -> Self {
        Byob::new(file, read, leavings.clone()).map_or_else(Self::Failed, Self::Byob)
    }

    /// The next piece; empty at the end. `used` is the piece before, whose buffer may be reused.
    async fn next(&mut self, used: Uint8Array) -> Result<Uint8Array, JsValue> {
        match self {
            Self::Byob(byob) => byob.next(used).await,
            Self::Slices(slices) => slices.next().await,
            Self::Failed(cause) => Err(cause.clone()),
        }
    }
}

/// Whole slices, the next ones requested ahead.
struct Slices {
    file: File,
    /// What nobody has asked for yet.
    rest: Read,
    pending: VecDeque<JsFuture>,
}

impl Slices {
    fn new(file: &File, read: Read) -> Self {
        let mut slices = Self { file: file.clone(), rest: read, pending: VecDeque::new() };
        // a slice that cannot be asked for now fails again, and is reported, when it is needed
        let _ = slices.request_ahead();
        slices
    }

    fn request_ahead(&mut self) -> Result<(), JsValue> {
        while self.pending.len() < SLICES && self.rest.bytes() > 0 {
            let end = self.rest.end.min(self.rest.start + SLICE_BYTES);
            let slice = self.file.slice_with_f64_and_f64(self.rest.start as f64, end as f64)?;
            self.pending.push_back(array_buffer(&slice)?);
            self.rest.start = end;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Uint8Array, JsValue> {
        let Some(pending) = self.pending.pop_front() else {
            self.request_ahead()?;
            return match self.pending.pop_front() {
                Some(pending) => Ok(Uint8Array::new(&pending.await?)),
                None => Ok(Uint8Array::default()),
            };
        };
        let buffer = pending.await?;
        self.request_ahead()?;
        Ok(Uint8Array::new(&buffer))
    }
}
