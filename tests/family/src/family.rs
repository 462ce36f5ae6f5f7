//! The way in: describe a family, then make it.

use safetensors::Dtype;

use crate::Error;
use crate::diffusers::Projection;
use crate::edge::Edge;
use crate::expected::Expected;
use crate::generate::generate;
use crate::manifest::Manifest;
use crate::options::{Layout, Options};
use crate::plan::Plan;
use crate::recipe::Recipe;
use crate::sink::Memory;

/// A family of checkpoints to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    options: Options,
}

impl From<Options> for Family {
    fn from(options: Options) -> Self {
        Self { options }
    }
}

impl Family {
    /// A family of an architecture, at full size and without files yet.
    pub fn new(manifest: Manifest) -> Self {
        Options::new(manifest).into()
    }

    /// Divides dimensions from 64 on. SDXL in F16: 6.9 GB a file at 1, 1.7 GB at 2, 109 MB at 8,
    /// 2 MB at 64.
    #[must_use]
    pub fn scale(mut self, scale: u64) -> Self {
        self.options.scale = scale;
        self
    }

    /// Seeds all noise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Adds files, by the names of their recipes.
    #[must_use]
    pub fn files(mut self, names: &[&str]) -> Self {
        self.options.files.extend(names.iter().map(|name| (*name).to_owned()));
        self
    }

    /// Adds a file with a recipe of its own.
    #[must_use]
    pub fn file(mut self, name: &str, recipe: Recipe) -> Self {
        self.options.files.push(name.to_owned());
        self.recipe(name, recipe)
    }

    /// Adds or replaces a recipe, for other files to descend from.
    #[must_use]
    pub fn recipe(mut self, name: &str, recipe: Recipe) -> Self {
        self.options.recipes.insert(name.to_owned(), recipe);
        self
    }

    /// Stores all weights as this dtype, where recipes do not say otherwise.
    #[must_use]
    pub fn dtype(mut self, dtype: Dtype) -> Self {
        self.options.dtype = Some(dtype);
        self
    }

    /// Stores the weights of one file as this dtype.
    #[must_use]
    pub fn file_dtype(mut self, name: &str, dtype: Dtype) -> Self {
        self.options.file_dtypes.insert(name.to_owned(), dtype);
        self
    }

    /// Adds edge cases to one file.
    #[must_use]
    pub fn file_edges(mut self, name: &str, edges: &[Edge]) -> Self {
        self.options.file_edges.entry(name.to_owned()).or_default().extend(edges);
        self
    }

    /// Cuts every model into this many shards, listed in an index.
    #[must_use]
    pub fn shards(mut self, count: usize) -> Self {
        self.options.layout = Layout::Shards(count);
        self
    }

    /// Lays every model out as a diffusers folder. The VAE and tensors that such a folder does
    /// not have are left out.
    #[must_use]
    pub fn diffusers(mut self, projection: Projection) -> Self {
        self.options.layout = Layout::Diffusers(projection);
        self
    }

    /// The options in effect.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What the family will hold.
    ///
    /// # Errors
    /// When the options make no sense: see [`Error`].
    pub fn expected(&self) -> Result<Expected, Error> {
        Ok(Plan::new(&self.options)?.expected)
    }

    /// Makes the family in memory: relative paths and contents.
    ///
    /// # Errors
    /// When the options make no sense.
    pub fn to_memory(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let plan = Plan::new(&self.options)?;
        let memory = Memory::new(plan.parts.iter().map(|(_, part)| part.bytes));
        generate(&plan, &memory)?;
        let paths = plan.parts.into_iter().map(|(_, part)| part.path);
        Ok(paths.zip(memory.into_parts()).chain(plan.extras).collect())
    }

    /// Makes the family in a folder, unless it is there already.
    ///
    /// The folder's `expected.json` says what it holds and is written last, so an interrupted
    /// call leaves no family that looks whole. Calls of several threads or processes for the same
    /// folder wait for each other.
    ///
    /// # Errors
    /// When the options make no sense, or a file cannot be written.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn write_to(&self, folder: impl AsRef<std::path::Path>) -> Result<Expected, Error> {
        let plan = Plan::new(&self.options)?;
        crate::folder::write(&plan, folder.as_ref())?;
        Ok(plan.expected)
    }
}
