//! How a file of a family comes about.

use std::collections::BTreeMap;

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use crate::block::PerBlock;
use crate::edge::Edge;

/// One file: a weighted sum of its parents (as stored, after rounding to their dtypes), plus
/// independent noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Parents and their weights.
    pub mix: BTreeMap<String, PerBlock<f64>>,
    /// Initialisations (full-sized weights) and how much of each. Names of noise are shared by
    /// the whole family: the same name is the same noise.
    pub init: BTreeMap<String, PerBlock<f64>>,
    /// Training deltas and how far each goes, relative to the initialisation. Text encoders move
    /// about half as far as the U-Net, the VAE stays.
    pub add: BTreeMap<String, PerBlock<f64>>,
    /// The dtype of all weights, before the family's.
    pub dtype: Option<Dtype>,
    /// The dtype of the weights in single blocks, before `dtype`.
    pub dtype_by_block: Option<PerBlock<Dtype>>,
    /// What is odd about the file. Children inherit none of it.
    pub edges: Vec<Edge>,
    /// The header's `__metadata__`; none when empty.
    pub metadata: BTreeMap<String, String>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            mix: BTreeMap::new(),
            init: BTreeMap::new(),
            add: BTreeMap::new(),
            dtype: None,
            dtype_by_block: None,
            edges: Vec::new(),
            metadata: BTreeMap::from([("format".to_owned(), "pt".to_owned())]),
        }
    }
}

impl Recipe {
    /// An empty recipe: all zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parent with a weight, or a weight per block.
    #[must_use]
    pub fn mix(mut self, parent: &str, weight: impl Into<PerBlock<f64>>) -> Self {
        self.mix.insert(parent.to_owned(), weight.into());
        self
    }

    /// Adds an initialisation.
    #[must_use]
    pub fn init(mut self, name: &str, amount: impl Into<PerBlock<f64>>) -> Self {
        self.init.insert(name.to_owned(), amount.into());
        self
    }

    /// Adds a training delta.
    #[must_use]
    pub fn add(mut self, name: &str, amount: impl Into<PerBlock<f64>>) -> Self {
        self.add.insert(name.to_owned(), amount.into());
        self
    }

    /// Sets the dtype of all weights.
    #[must_use]
    pub fn dtype(mut self, dtype: Dtype) -> Self {
        self.dtype = Some(dtype);
        self
    }

    /// Sets the dtype of the weights per block.
    #[must_use]
    pub fn dtype_by_block(mut self, dtypes: impl Into<PerBlock<Dtype>>) -> Self {
        self.dtype_by_block = Some(dtypes.into());
        self
    }

    /// Adds an edge case.
    #[must_use]
    pub fn edge(mut self, edge: Edge) -> Self {
        self.edges.push(edge);
        self
    }

    /// Adds an entry to the header's metadata.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        self.metadata.insert(key.to_owned(), value.to_owned());
        self
    }
}
