//! A search for the nearest relatives of a model, fed by the page file by file.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::read_slice;
use super::desk::read_header;
use super::error::{file_error, protocol_error};
use crate::fingerprint::{Fingerprint, FingerprintError, KEY};
use crate::format::safetensors::HeaderHash;
use crate::identify::{self, Entry, Index, Indexed, Sketch};

/// First indices and fingerprints are added, then they are ranked, then the few fingerprints that
/// matter are read.
#[wasm_bindgen]
pub struct Search {
    state: RefCell<State>,
}

struct State {
    probe: Rc<Fingerprint>,
    /// With whole paths in place of those from the folders of the indices.
    index: Rc<Index>,
    /// Length of the part of each model's path that an index does not say.
    folders: Vec<usize>,
    ranked: Option<identify::Search<Rc<Fingerprint>, Rc<Index>>>,
}

/// A fingerprint that is worth reading.
#[derive(Serialize)]
struct SampleRequest<'a> {
    model: usize,
    folder: &'a str,
    file: &'a str,
    bytes: u64,
}

impl Search {
    pub(super) fn new(probe: Rc<Fingerprint>) -> Self {
        let (index, folders) = (Rc::default(), Vec::new());
        Self { state: RefCell::new(State { probe, index, folders, ranked: None }) }
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
            let known = self.state.borrow().bytes_of(model);
            // a file of another size may be too large to be read
            let read_bytes = if known == Some(file_bytes) { file_bytes } else { 0 };
            let bytes = read_slice(&file, 0, read_bytes).await?;
            let mut state = self.state.borrow_mut();
            let ranked =
                state.ranked.as_mut().ok_or_else(|| protocol_error("nothing is ranked"))?;
            return ranked.refine(model, &bytes).map_err(|error| failed(&error, error.code()));
        }
        // anything else may be too large to be read
        let header = read_header(&file, &name, file_bytes, &mut HeaderHash::default()).await?;
        let is_index = header.metadata.contains_key(identify::KEY);
        if !is_index && !header.metadata.contains_key(KEY) {
            let error = FingerprintError::NotOne;
            return Err(failed(&error, error.code()));
        }
        if !is_index && self.state.borrow().knows(&path, file_bytes) {
            return Ok(());
        }
        let bytes = read_slice(&file, 0, file_bytes).await?;
        let mut state = self.state.borrow_mut();
        if is_index {
            let index = Index::from_bytes(&bytes).map_err(|error| failed(&error, error.code()))?;
            let folder = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
            state.merge(index, folder);
        } else {
            let fingerprint =
                Fingerprint::from_bytes(&bytes).map_err(|error| failed(&error, error.code()))?;
            state.push(Indexed::new(path, &bytes, &fingerprint), 0);
        }
        Ok(())
    }

    /// Ranks all models. What is worth reading, as JSON: the fingerprints of the nearest `top`,
    /// and of those that may be the nearest.
    pub fn rank(&self, top: usize) -> String {
        let mut state = self.state.borrow_mut();
        let search = identify::Search::new(state.probe.clone(), state.index.clone());
        let models = search.wanted(top);
        state.ranked = Some(search);
        let wanted = models.into_iter().map(|model| {
            let facts = &state.index.models[model].facts;
            let (folder, file) = facts.file.split_at(state.folders[model]);
            SampleRequest { model, folder, file, bytes: facts.bytes }
        });
        serde_json::to_string(&wanted.collect::<Vec<_>>()).expect("names and numbers")
    }

    /// The result as JSON; the search is over.
    ///
    /// # Errors
    /// A `WeightkinError` when nothing has been ranked.
    pub fn finish(&self) -> Result<String, JsValue> {
        let ranked = self.state.borrow_mut().ranked.take();
        Ok(ranked.ok_or_else(|| protocol_error("nothing is ranked"))?.finish().to_json())
    }
}

impl State {
    fn bytes_of(&self, model: usize) -> Option<u64> {
        self.index.models.get(model).map(|entry| entry.facts.bytes)
    }

    fn knows(&self, path: &str, bytes: u64) -> bool {
        let mut known = self.index.models.iter().map(|entry| &entry.facts);
        known.any(|facts| facts.bytes == bytes && facts.file == path)
    }

    fn merge(&mut self, Index { models, layouts }: Index, folder: &str) {
        for Entry { mut facts, layout, cells } in models {
            facts.file.insert_str(0, folder);
            if !self.knows(&facts.file, facts.bytes) {
                let sketch = Sketch { layout: layouts[layout].clone(), cells };
                self.push(Indexed { facts, sketch }, folder.len());
            }
        }
    }

    fn push(&mut self, indexed: Indexed, folder: usize) {
        // what is ranked does not change any more
        if let Some(index) = Rc::get_mut(&mut self.index) {
            index.push(indexed);
            self.folders.push(folder);
        }
    }
}
