//! Picked files as a [`Source`].
//!
//! Long reads use a byte stream with buffers of our own, which the browser fills and hands back:
//! by far the fastest way, and the only one that makes no garbage. Short reads, and browsers whose
//! blobs have no byte streams (WebKit before 26.4), take whole slices instead.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Response};

use super::error::ReadError;
use crate::source::{ByteStream, Read, Source};

/// Size of a stream's buffers.
const BUFFER_BYTES: u64 = 1 << 20;
/// Buffers on their way at a time, so that one fills while the other is worked on.
const BUFFERS: usize = 2;
/// Reads up to this long take a slice: opening a stream costs more.
const SLICE_BYTES: u64 = 1 << 20;

#[wasm_bindgen]
extern "C" {
    /// `web_sys`'s reader has no `min` option.
    type ByobReader;
    #[wasm_bindgen(method, catch)]
    fn read(
        this: &ByobReader,
        view: Uint8Array,
        options: &Object,
    ) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &ByobReader) -> Result<js_sys::Promise, JsValue>;

    type ByteReadable;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &ByteReadable, options: &Object) -> Result<ByobReader, JsValue>;

    #[wasm_bindgen(js_name = Object)]
    type ReadResult;
    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> Option<Uint8Array>;
}

/// The files of a comparison, by their position in the plan.
pub(super) struct BlobFiles {
    files: Vec<File>,
    byte_streams: bool,
    spare: Spare,
}

/// Buffers of streams that have ended, for the next ones: memory that is new to the process costs
/// it far more than filling it.
#[derive(Clone, Default)]
struct Spare(Rc<RefCell<Vec<ArrayBuffer>>>);

impl Spare {
    fn take(&self) -> ArrayBuffer {
        let buffer = self.0.borrow_mut().pop();
        buffer.unwrap_or_else(|| ArrayBuffer::new(BUFFER_BYTES as u32))
    }

    /// Keeps the buffer of `piece`, unless it is none of ours.
    fn keep(&self, piece: &Uint8Array) {
        let buffer = piece.buffer();
        if buffer.byte_length() == BUFFER_BYTES as u32 {
            self.0.borrow_mut().push(buffer);
        }
    }
}

impl BlobFiles {
    pub(super) fn new(files: Vec<File>) -> Self {
        Self { files, byte_streams: has_byte_streams(), spare: Spare::default() }
    }
}

impl Source for BlobFiles {
    type Stream = BlobStream;

    fn open(&self, read: Read) -> BlobStream {
        let file = &self.files[read.file];
        let pieces = if self.byte_streams && read.bytes() > SLICE_BYTES {
            Pieces::byob(file, read, &self.spare)
        } else {
            Pieces::Slices(Slices::new(file, read))
        };
        BlobStream { file: file.name(), pieces, piece: Uint8Array::default(), fetched: Vec::new() }
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

/// Whether blobs have byte streams here, found by asking an empty one.
fn has_byte_streams() -> bool {
    Blob::new().is_ok_and(|blob| byob_reader(&blob).is_ok())
}

fn byob_reader(blob: &Blob) -> Result<ByobReader, JsValue> {
    let stream: ByteReadable = blob.stream().unchecked_into();
    stream.get_reader(&object("mode", &"byob".into()))
}

fn object(key: &str, value: &JsValue) -> Object {
    let object = Object::new();
    // cannot fail: the object is ours and not frozen
    let _ = Reflect::set(&object, &key.into(), value);
    object
}

/// One [`Read`] of a picked file.
pub(super) struct BlobStream {
    file: String,
    pieces: Pieces,
    /// What is left of the piece at hand.
    piece: Uint8Array,
    fetched: Vec<u8>,
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
        if let Pieces::Byob(byob) = &self.pieces {
            byob.spare.keep(&self.piece);
        }
    }
}

impl ByteStream for BlobStream {
    type Error = ReadError;

    async fn fetch(&mut self, len: usize) -> Result<(), ReadError> {
        self.fetched.resize(len, 0);
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
        &self.fetched
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
    fn byob(file: &File, read: Read, spare: &Spare) -> Self {
        Byob::new(file, read, spare.clone()).map_or_else(Self::Failed, Self::Byob)
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

/// A byte stream with buffers of our own.
struct Byob {
    reader: ByobReader,
    /// Bytes nobody has asked for yet.
    rest_bytes: u64,
    pending: VecDeque<JsFuture>,
    spare: Spare,
}

impl Byob {
    fn new(file: &File, read: Read, spare: Spare) -> Result<Self, JsValue> {
        let slice = file.slice_with_f64_and_f64(read.start as f64, read.end as f64)?;
        let reader = byob_reader(&slice)?;
        let mut byob = Self { reader, rest_bytes: read.bytes(), pending: VecDeque::new(), spare };
        for _ in 0..BUFFERS {
            byob.request()?;
        }
        Ok(byob)
    }

    /// Asks for the next bytes, unless all are asked for.
    fn request(&mut self) -> Result<(), JsValue> {
        if self.rest_bytes == 0 {
            return Ok(());
        }
        let len = self.rest_bytes.min(BUFFER_BYTES) as u32;
        let view = Uint8Array::new_with_byte_offset_and_length(&self.spare.take(), 0, len);
        // without `min` a read may return much less than there is room for
        let promise = self.reader.read(view, &object("min", &len.into()))?;
        self.rest_bytes -= u64::from(len);
        self.pending.push_back(JsFuture::from(promise));
        Ok(())
    }

    async fn next(&mut self, used: Uint8Array) -> Result<Uint8Array, JsValue> {
        self.spare.keep(&used);
        // at the start there are enough already
        if self.pending.len() < BUFFERS {
            self.request()?;
        }
        let Some(pending) = self.pending.pop_front() else { return Ok(Uint8Array::default()) };
        let result: ReadResult = pending.await?.unchecked_into();
        Ok(result.value().unwrap_or_default())
    }
}

impl Drop for Byob {
    fn drop(&mut self) {
        // ends the browser's own reading ahead, unless everything has come; nobody waits for the
        // outcome
        let unfinished = self.rest_bytes > 0 || !self.pending.is_empty();
        if unfinished && let Ok(promise) = self.reader.cancel() {
            drop(JsFuture::from(promise));
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
        while self.pending.len() < BUFFERS && self.rest.bytes() > 0 {
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
