//! The known truth about a family, for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::edge::EdgeNote;
use crate::options::Options;
use crate::recipe::Recipe;

/// What a family holds. Written beside its files as `expected.json`, and last, so that the file
/// also says that the family is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The generator's version.
    pub generator: u32,
    /// What the family was made from.
    pub options: Options,
    /// The files, in the order in which they were asked for.
    pub files: Vec<ExpectedFile>,
}

/// What one model of a family holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectedFile {
    /// The model's name: that of its recipe.
    pub name: String,
    /// The recipe in effect.
    pub recipe: Recipe,
    /// For each block, the weight of each parent.
    pub weights_by_block: BTreeMap<String, BTreeMap<String, f64>>,
    /// For each block, the amount of each initialisation and training delta, through all
    /// generations (before rounding).
    pub components_by_block: BTreeMap<String, BTreeMap<String, f64>>,
    /// What edge cases did.
    pub edges: Vec<EdgeNote>,
    /// The `.safetensors` files.
    pub parts: Vec<ExpectedPart>,
    /// The file that lists the shards, if there are any.
    pub index: Option<String>,
}

/// One `.safetensors` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedPart {
    /// Path under the family's folder, with forward slashes.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its number of tensors.
    pub tensors: usize,
}

impl Expected {
    /// The model of a name.
    pub fn file(&self, name: &str) -> Option<&ExpectedFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The size of all models together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(ExpectedFile::bytes).sum()
    }
}

impl ExpectedFile {
    /// The paths of its `.safetensors` files in a family's folder.
    pub fn paths(&self, folder: &Path) -> Vec<PathBuf> {
        self.parts.iter().map(|part| folder.join(&part.path)).collect()
    }

    /// The size of all its parts together.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// The number of its tensors.
    pub fn tensors(&self) -> usize {
        self.parts.iter().map(|part| part.tensors).sum()
    }
}
