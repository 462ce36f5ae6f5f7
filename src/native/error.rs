//! Why something on disk could not be done.

use std::io;

use thiserror::Error;

use crate::delta::Fault;
use crate::escape::{Escaped, EscapedQuoted};
use crate::fingerprint::FingerprintError;
use crate::identify::{IndexError, SearchError};
use crate::job::{CompareError, MakeError};
use crate::model::OpenError;

/// Why work on files failed.
#[derive(Debug, Error)]
pub enum NativeError {
    /// The models cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A model could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No fingerprint is made of a model.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// A fingerprint is damaged or too new.
    #[error("{}: {source}", Escaped(file))]
    Fingerprint {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: FingerprintError,
    },
    /// An index is damaged or too new.
    #[error("{}: {source}", Escaped(file))]
    Index {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: IndexError,
    },
    /// An index is not a model.
    #[error("{}: this is an index of fingerprints, not a model", Escaped(file))]
    NotAModel {
        /// Path of the file.
        file: String,
    },
    /// A fingerprint that an index names is of no use.
    #[error("{}: {source}", Escaped(file))]
    Search {
        /// Path of the file.
        file: String,
        /// What is wrong with it.
        source: SearchError,
    },
    /// A file holds no adapter.
    #[error("{}: no adapter is in it: {reason}", Escaped(file))]
    NotAnAdapter {
        /// Path of the file.
        file: String,
        /// Why nothing in it is a module.
        reason: String,
    },
    /// The settings beside an adapter cannot be read.
    #[error("{}: not the settings of an adapter: {}", Escaped(file), Escaped(message))]
    AdapterConfig {
        /// Path of the file.
        file: String,
        /// The JSON reader's words.
        message: String,
    },
    /// A module of an adapter makes no sense.
    #[error("{}: module {}: {fault}", Escaped(adapter), EscapedQuoted(module))]
    Module {
        /// Name of the adapter.
        adapter: String,
        /// Name of the module.
        module: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A file could not be mapped into memory, or has changed since its header was read.
    #[error("{}: {source}", Escaped(file))]
    Map {
        /// Path of the file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// A fingerprint holds no weights to work on.
    #[error("{}: a fingerprint holds no weights", Escaped(file))]
    NoWeights {
        /// Path of the file.
        file: String,
    },
    /// A result would take the place of what it is made of.
    #[error("{}: it would replace what is read", Escaped(file))]
    WouldReplaceInput {
        /// Path of the file.
        file: String,
    },
    /// A result would take the place of something else.
    #[error("{}: it is there already", Escaped(file))]
    Exists {
        /// Path of the file.
        file: String,
    },
    /// A file could not be written.
    #[error("{}: {source}", Escaped(file))]
    Write {
        /// Path of the file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// A file is another one than when the work began.
    #[error("{}: it has changed while it was read", Escaped(file))]
    Changed {
        /// Path of the file.
        file: String,
    },
    /// Models do not differ in any layer, or adapters change nothing.
    #[error("{}: nothing to write: no layer changes", Escaped(file))]
    NothingToExtract {
        /// Path of the model, or of the first adapter.
        file: String,
    },
    /// No module of any adapter has a place in a checkpoint.
    #[error("{}: nothing would change: no module of the adapters has a place in it", Escaped(file))]
    NothingToApply {
        /// Path of the checkpoint.
        file: String,
    },
}
