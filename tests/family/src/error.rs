//! What can go wrong while planning or writing a family.

use std::path::PathBuf;

/// An error of the generator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or a parent was asked for that no recipe describes.
    #[error("no recipe named {name:?}; there are {known}")]
    UnknownRecipe {
        /// The name asked for.
        name: String,
        /// All names there are, separated by spaces.
        known: String,
    },
    /// Recipes whose parents lead back to themselves.
    #[error("recipe {name:?} is its own ancestor")]
    Cycle {
        /// The recipe at which the circle closed.
        name: String,
    },
    /// A recipe gives a parent weights for some blocks only, and this block has none.
    #[error("recipe {file:?} has no weight for parent {parent:?} in block {block}")]
    NoWeight {
        /// The recipe.
        file: String,
        /// Its parent.
        parent: String,
        /// The block without a weight.
        block: String,
    },
    /// A weight cannot be stored in this dtype.
    #[error("{file}: cannot write weights as {dtype:?}")]
    UnsupportedDtype {
        /// The recipe or manifest.
        file: String,
        /// The dtype asked for.
        dtype: safetensors::Dtype,
    },
    /// The manifest is too small for an edge case.
    #[error("{file}: the manifest has too few tensors for edge {edge}")]
    TooFewTensors {
        /// The recipe.
        file: String,
        /// The edge case.
        edge: &'static str,
    },
    /// Options that make no sense.
    #[error("{0}")]
    Options(String),
    /// Two tensors of one file have the same name.
    #[error("{file}: two tensors are named {tensor:?}")]
    DuplicateTensor {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
    },
    /// A fused tensor whose rows cannot be shared out, at some odd scale.
    #[error("{file}: {rows} rows of {tensor:?} cannot be cut in three")]
    Uncuttable {
        /// The file.
        file: String,
        /// The tensor.
        tensor: String,
        /// Its rows.
        rows: u64,
    },
    /// JSON that could not be read or written.
    #[error("{what}: {source}")]
    Json {
        /// What was read or written.
        what: String,
        /// The cause.
        source: serde_json::Error,
    },
    /// A file that could not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

#[cfg(not(target_arch = "wasm32"))]
impl Error {
    /// Names the path an input or output error belongs to.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
