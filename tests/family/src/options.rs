//! Everything that decides what a family's bytes are.

use std::collections::BTreeMap;

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use crate::diffusers::Projection;
use crate::edge::Edge;
use crate::manifest::Manifest;
use crate::recipe::Recipe;

/// How the files of a family lie on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One `NAME.safetensors` per model.
    #[default]
    Single,
    /// A folder `NAME` of shards with a `model.safetensors.index.json`.
    Shards(usize),
    /// A folder `NAME` as diffusers lays it out, with `unet`, `text_encoder` and
    /// `text_encoder_2`. For Stable Diffusion only.
    Diffusers(Projection),
}

/// The options of a family; two families with equal options hold the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The architecture.
    pub manifest: Manifest,
    /// Dimensions from 64 on are divided by this.
    #[serde(default = "one")]
    pub scale: u64,
    /// The seed of all noise.
    #[serde(default)]
    pub seed: u64,
    /// The recipes to write.
    pub files: Vec<String>,
    /// The dtype of all weights, if not the manifest's.
    #[serde(default)]
    pub dtype: Option<Dtype>,
    /// How the files lie on disk.
    #[serde(default)]
    pub layout: Layout,
    /// Recipes beside the built-in ones, or instead of them.
    #[serde(default)]
    pub recipes: BTreeMap<String, Recipe>,
    /// The dtypes of single files, before their recipes'.
    #[serde(default)]
    pub file_dtypes: BTreeMap<String, Dtype>,
    /// Edge cases of single files, after their recipes'.
    #[serde(default)]
    pub file_edges: BTreeMap<String, Vec<Edge>>,
}

fn one() -> u64 {
    1
}

impl Options {
    /// A family at full size, without files.
    pub fn new(manifest: Manifest) -> Self {
        Self {
            manifest,
            scale: 1,
            seed: 0,
            files: Vec::new(),
            dtype: None,
            layout: Layout::Single,
            recipes: BTreeMap::new(),
            file_dtypes: BTreeMap::new(),
            file_edges: BTreeMap::new(),
        }
    }

    /// All recipes there are, with the dtypes and edges of single files applied.
    pub(crate) fn all_recipes(&self) -> BTreeMap<String, Recipe> {
        let mut recipes = crate::builtin::recipes();
        recipes.extend(self.recipes.clone());
        for (file, dtype) in &self.file_dtypes {
            if let Some(recipe) = recipes.get_mut(file) {
                recipe.dtype = Some(*dtype);
            }
        }
        for (file, edges) in &self.file_edges {
            if let Some(recipe) = recipes.get_mut(file) {
                recipe.edges.extend(edges);
            }
        }
        recipes
    }
}
