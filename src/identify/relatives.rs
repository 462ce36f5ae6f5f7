//! A search for the nearest relatives of a model, fed file by file.

use std::sync::Arc;

use serde::Serialize;

use super::{Entry, Identification, Index, IndexError, Indexed, Search, SearchError, Sketch};
use crate::fingerprint::{Fingerprint, FingerprintError};

/// First indices and fingerprints are added, then they are ranked, then the few fingerprints that
/// matter are read.
pub struct RelativesSearch {
    probe: Arc<Fingerprint>,
    /// With whole paths in place of those from the folders of the indices.
    index: Arc<Index>,
    /// Length of the part of each model's path that an index does not say.
    folders: Vec<usize>,
    ranked: Option<Search<Arc<Index>>>,
}

/// A fingerprint that is worth reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WantedFingerprint {
    /// Position of the model among all that are ranked.
    pub model: usize,
    /// Folder of the index that names it, ending in a slash; empty where none does.
    pub folder: String,
    /// Path of the fingerprint from there.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
}

impl RelativesSearch {
    /// For the relatives of the model that `probe` is of.
    pub fn new(probe: Arc<Fingerprint>) -> Self {
        Self { probe, index: Arc::default(), folders: Vec::new(), ranked: None }
    }

    /// Whether a model is known whose fingerprint has this path and size.
    pub fn knows(&self, path: &str, bytes: u64) -> bool {
        let mut known = self.index.models.iter().map(|entry| &entry.facts);
        known.any(|facts| facts.bytes == bytes && facts.file == path)
    }

    /// Size of the fingerprint of the model at position `model`.
    pub fn bytes_of(&self, model: usize) -> Option<u64> {
        self.index.models.get(model).map(|entry| entry.facts.bytes)
    }

    /// Adds the models of the index whose file at `path` has the content `bytes`.
    ///
    /// # Errors
    /// When it is none, damaged or too new.
    pub fn add_index(&mut self, path: &str, bytes: &[u8]) -> Result<(), IndexError> {
        let Index { models, layouts } = Index::from_bytes(bytes)?;
        let folder = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
        for Entry { mut facts, layout, cells } in models {
            facts.file.insert_str(0, folder);
            if !self.knows(&facts.file, facts.bytes) {
                let sketch = Sketch { layout: layouts[layout].clone(), cells };
                self.push(Indexed { facts, sketch }, folder.len());
            }
        }
        Ok(())
    }

    /// Adds the model whose fingerprint at `path` has the content `bytes`.
    ///
    /// # Errors
    /// When it is none, damaged or too new.
    pub fn add_fingerprint(&mut self, path: String, bytes: &[u8]) -> Result<(), FingerprintError> {
        let fingerprint = Fingerprint::from_bytes(bytes)?;
        self.push(Indexed::new(path, bytes, &fingerprint), 0);
        Ok(())
    }

    fn push(&mut self, indexed: Indexed, folder: usize) {
        // what is ranked does not change any more
        if let Some(index) = Arc::get_mut(&mut self.index) {
            index.push(indexed);
            self.folders.push(folder);
        }
    }

    /// Ranks all models. What is worth reading: the fingerprints of the nearest `top`, and of those
    /// that may be the nearest.
    pub fn rank(&mut self, top: usize) -> Vec<WantedFingerprint> {
        let search = Search::new(Arc::clone(&self.probe), Arc::clone(&self.index));
        let models = search.wanted(top);
        self.ranked = Some(search);
        let wanted = models.into_iter().map(|model| {
            let facts = &self.index.models[model].facts;
            let (folder, file) = facts.file.split_at(self.folders[model]);
            let (folder, file) = (folder.to_owned(), file.to_owned());
            WantedFingerprint { model, folder, file, bytes: facts.bytes }
        });
        wanted.collect()
    }

    /// Takes in the fingerprint of the model at position `model`; `None` before the ranking.
    ///
    /// # Errors
    /// When it is not the file that was indexed, or cannot be compared.
    pub fn refine(&mut self, model: usize, bytes: &[u8]) -> Option<Result<(), SearchError>> {
        self.ranked.as_mut().map(|ranked| ranked.refine(model, bytes))
    }

    /// The result; `None` before the ranking, and a second time.
    pub fn finish(&mut self) -> Option<Identification> {
        self.ranked.take().map(Search::finish)
    }
}
