//! Byte streams of files, with buffers of our own, which the browser fills and hands back: by far
//! the fastest way to read, and the only one that makes no garbage.
//!
//! What costs is the first use of memory: of a buffer, and of the pipe of a few MiB that the
//! browser lays for every stream. So buffers are used again, and a stream is held ready at the end
//! of a read for the read that goes on from there.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use crate::read::Read;

/// Size of a stream's buffers.
const BUFFER_BYTES: u64 = 1 << 20;
/// Buffers on their way at a time, so that one fills while the other is worked on.
const BUFFERS: usize = 2;
/// Reads this long are mostly gone on with by the next piece of work: their streams are opened to
/// the end of the file. Where that was wrong, the browser has read a pipe too much.
const ONWARD_BYTES: u64 = 4 << 20;

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

/// Whether blobs have byte streams here, found by asking an empty one.
pub(super) fn has_byte_streams() -> bool {
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

/// What the reads of one lane leave to each other.
#[derive(Clone, Default)]
pub(super) struct ReaderCache(Rc<RefCell<Left>>);

#[derive(Default)]
struct Left {
    buffers: Vec<ArrayBuffer>,
    /// At most one stream of a file.
    taps: Vec<OpenReader>,
}

impl ReaderCache {
    fn buffer(&self) -> ArrayBuffer {
        let buffer = self.0.borrow_mut().buffers.pop();
        buffer.unwrap_or_else(|| ArrayBuffer::new(BUFFER_BYTES as u32))
    }

    /// Takes the buffer of `piece` back, unless it is none of ours.
    fn take_back(&self, piece: &Uint8Array) {
        let buffer = piece.buffer();
        if buffer.byte_length() == BUFFER_BYTES as u32 {
            self.0.borrow_mut().buffers.push(buffer);
        }
    }

    /// The stream that stands where `read` starts and goes far enough.
    fn tap(&self, read: Read) -> Option<OpenReader> {
        let taps = &mut self.0.borrow_mut().taps;
        let fits = |tap: &OpenReader| {
            tap.file == Some(read.file) && tap.at == read.start && tap.end >= read.end
        };
        taps.iter().position(fits).map(|at| taps.swap_remove(at))
    }

    fn leave(&self, tap: OpenReader) {
        let taps = &mut self.0.borrow_mut().taps;
        match taps.iter_mut().find(|other| other.file == tap.file) {
            Some(other) => *other = tap,
            None => taps.push(tap),
        }
    }
}

/// An open stream.
struct OpenReader {
    /// Position of its file in the plan; a stream of something else cannot be gone on with.
    file: Option<usize>,
    reader: ByobReader,
    /// First byte nobody has asked for yet.
    at: u64,
    /// Where the stream ends.
    end: u64,
}

impl OpenReader {
    fn open(file: &File, read: Read) -> Result<Self, JsValue> {
        let end = if read.bytes() < ONWARD_BYTES { read.end } else { file.size() as u64 };
        let slice = file.slice_with_f64_and_f64(read.start as f64, end as f64)?;
        Ok(Self { file: Some(read.file), reader: byob_reader(&slice)?, at: read.start, end })
    }
}

impl Drop for OpenReader {
    fn drop(&mut self) {
        // ends the browser's own reading ahead; nobody waits for the outcome
        if let Ok(promise) = self.reader.cancel() {
            drop(JsFuture::from(promise));
        }
    }
}

/// Reading by a byte stream.
pub(super) struct Byob {
    /// Gone once it has been left to the next read.
    tap: Option<OpenReader>,
    /// Where the read ends.
    end: u64,
    pending: VecDeque<JsFuture>,
    cache: ReaderCache,
}

impl Byob {
    /// Reads `read` of `file`.
    pub(super) fn of_file(file: &File, read: Read, cache: &ReaderCache) -> Result<Self, JsValue> {
        let tap = match cache.tap(read) {
            Some(tap) => tap,
            None => OpenReader::open(file, read)?,
        };
        Self::start(tap, read.end, cache)
    }

    /// Reads all of `blob`.
    pub(super) fn of_blob(blob: &Blob, cache: &ReaderCache) -> Result<Self, JsValue> {
        let end = blob.size() as u64;
        Self::start(OpenReader { file: None, reader: byob_reader(blob)?, at: 0, end }, end, cache)
    }

    fn start(tap: OpenReader, end: u64, cache: &ReaderCache) -> Result<Self, JsValue> {
        let cache = cache.clone();
        let mut byob = Self { tap: Some(tap), end, pending: VecDeque::new(), cache };
        for _ in 0..BUFFERS {
            byob.request()?;
        }
        Ok(byob)
    }

    /// Asks for the next bytes, unless all are asked for.
    fn request(&mut self) -> Result<(), JsValue> {
        let Some(tap) = &mut self.tap else { return Ok(()) };
        let len = (self.end - tap.at).min(BUFFER_BYTES);
        if len > 0 {
            let buffer = self.cache.buffer();
            let view = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, len as u32);
            // without `min` a read may return much less than there is room for
            let promise = tap.reader.read(view, &object("min", &(len as u32).into()))?;
            tap.at += len;
            self.pending.push_back(JsFuture::from(promise));
        }
        Ok(())
    }

    /// The next piece; empty at the end. `used` is the piece before.
    pub(super) async fn next(&mut self, used: Uint8Array) -> Result<Uint8Array, JsValue> {
        self.cache.take_back(&used);
        // at the start there are enough already
        if self.pending.len() < BUFFERS {
            self.request()?;
        }
        let Some(pending) = self.pending.pop_front() else { return Ok(Uint8Array::default()) };
        let result: ReadResult = pending.await?.unchecked_into();
        Ok(result.value().unwrap_or_default())
    }

    /// Ends the read. `used` is the last piece.
    pub(super) fn end(&mut self, used: &Uint8Array) {
        self.cache.take_back(used);
        let has_more = |tap: &mut OpenReader| tap.at == self.end && tap.at < tap.end;
        if mem::take(&mut self.pending).is_empty()
            && let Some(tap) = self.tap.take_if(has_more)
        {
            self.cache.leave(tap);
        }
    }
}
