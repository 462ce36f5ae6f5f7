//! Why a model could not be opened.

use std::fmt;

use thiserror::Error;

use super::Foreign;
use crate::escape::{Escaped, EscapedQuoted};
use crate::format::gguf::GgufError;
use crate::format::safetensors::HeaderError;

/// Why a model could not be opened. Every message names the file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// A file's header is not valid.
    #[error("{}: {source}", Escaped(file))]
    Header {
        /// Name of the file.
        file: String,
        /// The rule broken.
        source: HeaderError,
    },
    /// The header of a GGUF file is not valid.
    #[error("{}: {source}", Escaped(file))]
    Gguf {
        /// Name of the file.
        file: String,
        /// The rule broken.
        source: GgufError,
    },
    /// The file is something else.
    #[error("{}: {foreign}", Escaped(file))]
    Foreign {
        /// Name of the file.
        file: String,
        /// What it is.
        foreign: Foreign,
    },
    /// The index of a sharded model is not JSON of the expected shape.
    #[error("{}: not a shard index: {}", Escaped(file), Escaped(message))]
    Index {
        /// Name of the index file.
        file: String,
        /// The JSON reader's words.
        message: String,
    },
    /// A sharded model lacks files.
    #[error("{}: {}", Escaped(model), Missing(shard, *count))]
    MissingShard {
        /// Name of the model.
        model: String,
        /// Name of the first file that is not there.
        shard: String,
        /// How many are not there.
        count: u64,
    },
    /// A folder holds several models.
    #[error("{}", Several(folder, models))]
    SeveralModels {
        /// Path of the folder.
        folder: String,
        /// Paths that stand for the models.
        models: Vec<String>,
    },
    /// A model has several variants, and not the one asked for.
    #[error(
        "{}: there is no variant {}, only {}",
        Escaped(model),
        EscapedQuoted(variant),
        Escaped(&there.join(", "))
    )]
    NoVariant {
        /// Name of the model.
        model: String,
        /// The variant asked for.
        variant: String,
        /// Those that are there.
        there: Vec<String>,
    },
    /// The index promises a tensor that no file holds.
    #[error(
        "{}: the index puts tensor {} into {}, but it is not there",
        Escaped(model),
        EscapedQuoted(tensor),
        EscapedQuoted(shard)
    )]
    MissingTensor {
        /// Name of the model.
        model: String,
        /// Name of the tensor.
        tensor: String,
        /// The shard that should hold it.
        shard: String,
    },
    /// Two shards hold a tensor of the same name.
    #[error(
        "{}: tensor {} is already in {}; these are two versions of the same weights, so move one of \
         them elsewhere or name the one you mean",
        Escaped(second),
        EscapedQuoted(tensor),
        Escaped(first)
    )]
    TensorInTwoFiles {
        /// The file read first.
        first: String,
        /// The file read second.
        second: String,
        /// Name of the tensor.
        tensor: String,
    },
    /// Nothing to open.
    #[error("{}: no .safetensors or .gguf file given", Escaped(model))]
    NoFiles {
        /// Name of the model.
        model: String,
    },
    /// The file could not be read.
    #[error("{}: {}", Escaped(file), Escaped(message))]
    Read {
        /// Name of the file.
        file: String,
        /// The system's words.
        message: String,
    },
}

/// Models of a folder that are listed.
const LISTED_MODELS: usize = 12;

/// What is said of missing files: the first, and how many.
struct Missing<'a>(&'a str, u64);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(first, count) = *self;
        if count == 1 {
            write!(formatter, "shard {} is missing; put it beside the others", EscapedQuoted(first))
        } else {
            let first = EscapedQuoted(first);
            write!(
                formatter,
                "{count} shards are missing, {first} is the first; put them beside the others"
            )
        }
    }
}

/// What is said of a folder with several models: which, and how to name one.
struct Several<'a>(&'a str, &'a [String]);

impl fmt::Display for Several<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(folder, models) = *self;
        let (folder, count) = (Escaped(folder), models.len());
        write!(formatter, "{folder}: the folder holds {count} models; name one of them, for ")?;
        let first = models.first().map_or("", String::as_str);
        // as a shell takes it
        if first.contains([' ', '(', ')']) {
            write!(formatter, "example `weightkin compare {} …`: ", EscapedQuoted(first))?;
        } else {
            write!(formatter, "example `weightkin compare {} …`: ", Escaped(first))?;
        }
        for (at, model) in models.iter().take(LISTED_MODELS).enumerate() {
            write!(formatter, "{}{}", if at == 0 { "" } else { ", " }, Escaped(model))?;
        }
        match count.saturating_sub(LISTED_MODELS) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

impl OpenError {
    /// Of the file `file` that starts with `start` and broke the rule `source`: where the bytes
    /// are plainly those of something else, that is the better message.
    pub fn of_header(file: &str, start: &[u8], source: HeaderError) -> Self {
        let file = file.to_owned();
        match Foreign::sniff(start) {
            Some(foreign) => Self::Foreign { file, foreign },
            None => Self::Header { file, source },
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Header { source, .. } => source.code(),
            Self::Gguf { source, .. } => source.code(),
            Self::Foreign { foreign, .. } => foreign.code(),
            Self::Index { .. } => "bad_index",
            Self::MissingShard { .. } => "missing_shard",
            Self::SeveralModels { .. } => "several_models",
            Self::NoVariant { .. } => "no_variant",
            Self::MissingTensor { .. } => "missing_tensor",
            Self::TensorInTwoFiles { .. } => "tensor_in_two_files",
            Self::NoFiles { .. } => "no_files",
            Self::Read { .. } => "file_unreadable",
        }
    }

    /// The file the error is about, where it is one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Header { file, .. }
            | Self::Gguf { file, .. }
            | Self::Foreign { file, .. }
            | Self::Index { file, .. }
            | Self::Read { file, .. } => Some(file),
            Self::MissingShard { shard, .. } | Self::MissingTensor { shard, .. } => Some(shard),
            Self::TensorInTwoFiles { second, .. } => Some(second),
            Self::SeveralModels { folder, .. } => Some(folder),
            Self::NoFiles { .. } | Self::NoVariant { .. } => None,
        }
    }
}
