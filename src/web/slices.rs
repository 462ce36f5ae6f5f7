//! A blob as whole slices of it, the next ones requested ahead.

use std::collections::VecDeque;
use std::ops::Range;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

/// Slices on their way at a time, so that one comes while the other is worked on.
const SLICES: usize = 2;
/// Length of a slice. What is not much longer is taken as one.
const SLICE_BYTES: u64 = 1 << 20;

/// The bytes of a blob. `Blob.arrayBuffer()` would do, but WebKit fills up the missing bytes of a
/// file that has been cut short since it was picked; through a response they are missing.
pub(super) fn bytes_of(blob: &Blob) -> Result<JsFuture, JsValue> {
    Ok(JsFuture::from(Response::new_with_opt_blob(Some(blob))?.array_buffer()?))
}

/// Some bytes of a blob.
pub(super) struct Slices {
    blob: Blob,
    /// What nobody has asked for yet.
    rest: Range<u64>,
    pending: VecDeque<JsFuture>,
}

impl Slices {
    pub(super) fn of(blob: &Blob, bytes: Range<u64>) -> Self {
        let mut slices = Self { blob: blob.clone(), rest: bytes, pending: VecDeque::new() };
        // a slice that cannot be asked for now fails again, and is reported, when it is needed
        let _ = slices.request_ahead();
        slices
    }

    fn request_ahead(&mut self) -> Result<(), JsValue> {
        while self.pending.len() < SLICES && self.rest.start < self.rest.end {
            let left = self.rest.end - self.rest.start;
            let len = if left <= 2 * SLICE_BYTES { left } else { SLICE_BYTES };
            let end = self.rest.start + len;
            let is_all = self.rest.start == 0 && len == self.blob.size() as u64;
            let slice = if is_all {
                self.blob.clone()
            } else {
                self.blob.slice_with_f64_and_f64(self.rest.start as f64, end as f64)?
            };
            self.pending.push_back(bytes_of(&slice)?);
            self.rest.start = end;
        }
        Ok(())
    }

    /// The next piece; empty at the end.
    pub(super) async fn next(&mut self) -> Result<Uint8Array, JsValue> {
        if self.pending.is_empty() {
            self.request_ahead()?;
        }
        let Some(pending) = self.pending.pop_front() else { return Ok(Uint8Array::default()) };
        let buffer = pending.await?;
        self.request_ahead()?;
        Ok(Uint8Array::new(&buffer))
    }
}
