//! Picked files as a [`Source`].
//!
//! Long reads use byte streams. Short reads, and browsers whose blobs have no byte streams (WebKit
//! before 26.4), take whole slices instead.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File};

use super::byob::{Byob, ReaderCache, has_byte_streams};
use super::error::ReadError;
use super::slices::{Slices, bytes_of};
use crate::read::{ByteStream, Read, Source};

/// Up to this much is read whole: a stream costs more.
const WHOLE_BYTES: u64 = 2 << 20;
/// What the collector of garbage is told that a slice weighs. More than it does: with less, too many
/// wait to be collected (`tests/RECORDS.md`, "Memory of the page").
const SLICE_WEIGHT_BYTES: u32 = 1 << 20;

#[wasm_bindgen]
extern "C" {
    /// Memory that the collector counts. `js_sys::ArrayBuffer` cannot be refused.
    #[wasm_bindgen(js_name = ArrayBuffer)]
    type Weight;
    #[wasm_bindgen(constructor, catch, js_class = "ArrayBuffer")]
    fn new(bytes: u32) -> Result<Weight, JsValue>;
}

/// The files of a comparison, by their position in the plan.
pub(super) struct BlobFiles {
    files: Vec<File>,
    byte_streams: bool,
    cache: ReaderCache,
}

impl BlobFiles {
    pub(super) fn new(files: Vec<File>) -> Self {
        Self { files, byte_streams: has_byte_streams(), cache: ReaderCache::default() }
    }
}

impl Source for BlobFiles {
    type Stream = BlobStream;

    fn open(&self, reads: &[Read]) -> BlobStream {
        let file = &self.files[reads[0].file];
        let pieces = self.pieces(file, reads).unwrap_or_else(Pieces::Failed);
        BlobStream {
            file: file.name(),
            pieces,
            piece: Uint8Array::default(),
            fetched: Vec::new(),
            fetched_bytes: 0,
        }
    }
}

impl BlobFiles {
    fn pieces(&self, file: &File, reads: &[Read]) -> Result<Pieces, JsValue> {
        let bytes: u64 = reads.iter().map(Read::bytes).sum();
        let is_long = self.byte_streams && bytes > WHOLE_BYTES;
        Ok(match reads {
            [read] if is_long => Pieces::Byob(Byob::of_file(file, *read, &self.cache)?),
            _ if is_long => Pieces::Byob(Byob::of_blob(&joined(file, reads)?, &self.cache)?),
            [read] => Pieces::Slices(Slices::of(file, read.start..read.end)),
            _ => Pieces::Slices(Slices::of(&joined(file, reads)?, 0..bytes)),
        })
    }
}

/// The bytes of `reads` as one blob. In Chromium a slice that is read by itself takes 0.4 ms,
/// however short it is, and a stream of its own over a millisecond; as a part of a blob it takes
/// 0.3 ms. Elsewhere there is no difference.
///
/// Where the file has been cut short, bytes that follow a missing slice move up: the blob is then
/// too short, and whoever reads it to its end is told.
fn joined(file: &File, reads: &[Read]) -> Result<Blob, JsValue> {
    let slice = |read: &Read| file.slice_with_f64_and_f64(read.start as f64, read.end as f64);
    let slices = reads.iter().map(slice).collect::<Result<Array, _>>()?;
    // A collector knows a slice by its handle of a few bytes, and so lets thousands of them wait
    // with all that the browser keeps for each. It does count memory like this, which costs nothing,
    // since nobody ever touches it, and which the reads do without where there is none.
    drop(Weight::new(slices.length().saturating_mul(SLICE_WEIGHT_BYTES)));
    Blob::new_with_blob_sequence(&slices)
}

/// Reads `start..end` of `file` at once.
pub(super) async fn read_slice(file: &File, start: u64, end: u64) -> Result<Vec<u8>, ReadError> {
    let failed = |cause| ReadError { file: file.name(), cause };
    let slice = file.slice_with_f64_and_f64(start as f64, end as f64).map_err(failed)?;
    let buffer = bytes_of(&slice).map_err(failed)?.await.map_err(failed)?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    if bytes.len() as u64 == end - start { Ok(bytes) } else { Err(ReadError::ended(file.name())) }
}

/// Some [`Read`]s of a picked file.
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
    /// The next piece; empty at the end. `used` is the piece before, whose buffer may be reused.
    async fn next(&mut self, used: Uint8Array) -> Result<Uint8Array, JsValue> {
        match self {
            Self::Byob(byob) => byob.next(used).await,
            Self::Slices(slices) => slices.next().await,
            Self::Failed(cause) => Err(cause.clone()),
        }
    }
}
