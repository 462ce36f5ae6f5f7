//! A search for the nearest relatives of a model, fed by the page file by file.

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::Arc;

use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::read_slice;
use super::error::{file_error, protocol_error};
use super::header::read_header;
use crate::fingerprint::{Fingerprint, FingerprintError, KEY};
use crate::format::safetensors::HeaderHash;
use crate::identify::{self, RelativesSearch};

/// First indices and fingerprints are added, then they are ranked, then the few fingerprints that
/// matter are read.
#[wasm_bindgen]
pub struct Search {
    search: RefCell<RelativesSearch>,
}

impl Search {
    pub(super) fn new(probe: Arc<Fingerprint>) -> Self {
        Self { search: RefCell::new(RelativesSearch::new(probe)) }
    }
}

#[wasm_bindgen]
impl Search {
    /// Takes in what is in `file`: before the ranking the models of an index, or the one that a
    /// fingerprint is of, unless an index added before knows it by path and size; after the
    /// ranking the fingerprint of the model at position `model`, to compare with.
    ///
    /// # Errors
    /// A `WeightkinError` when it is neither, damaged or too new, or not the one that was indexed.
    // one function instead of two: each takes two kilobytes
    pub async fn take(
        &self,
        file: File,
        path: String,
        model: Option<usize>,
    ) -> Result<(), JsValue> {
        let name = file.name();
        let file_bytes = file.size() as u64;
        let failed = |error: &dyn Display, code| file_error(&name, code, error);
        if let Some(model) = model {
            let known = self.search.borrow().bytes_of(model);
            // a file of another size may be too large to be read
            let read_bytes = if known == Some(file_bytes) { file_bytes } else { 0 };
            let bytes = read_slice(&file, 0, read_bytes).await?;
            let refined = self.search.borrow_mut().refine(model, &bytes);
            let refined = refined.ok_or_else(|| protocol_error("nothing is ranked"))?;
            return refined.map_err(|error| failed(&error, error.code()));
        }
        // anything else may be too large to be read
        let header = read_header(&file, &name, file_bytes, &mut HeaderHash::default()).await?;
        let is_index = header.metadata.contains_key(identify::KEY);
        if !is_index && !header.metadata.contains_key(KEY) {
            let error = FingerprintError::NotOne;
            return Err(failed(&error, error.code()));
        }
        if !is_index && self.search.borrow().knows(&path, file_bytes) {
            return Ok(());
        }
        let bytes = read_slice(&file, 0, file_bytes).await?;
        let mut search = self.search.borrow_mut();
        if is_index {
            search.add_index(&path, &bytes).map_err(|error| failed(&error, error.code()))
        } else {
            search.add_fingerprint(path, &bytes).map_err(|error| failed(&error, error.code()))
        }
    }

    /// Ranks all models. What is worth reading, as JSON: the fingerprints of the nearest `top`,
    /// and of those that may be the nearest.
    pub fn rank(&self, top: usize) -> String {
        let wanted = self.search.borrow_mut().rank(top);
        serde_json::to_string(&wanted).expect("names and numbers")
    }

    /// The result as JSON; the search is over.
    ///
    /// # Errors
    /// A `WeightkinError` when nothing has been ranked.
    pub fn finish(&self) -> Result<String, JsValue> {
        let found = self.search.borrow_mut().finish();
        Ok(found.ok_or_else(|| protocol_error("nothing is ranked"))?.to_json())
    }
}
