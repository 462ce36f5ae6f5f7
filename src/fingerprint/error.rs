//! Why a file is no fingerprint that can be used.

use thiserror::Error;

use super::VERSION;
use crate::escape::{Escaped, EscapedQuoted, EscapedShape};
use crate::format::safetensors::HeaderError;
use crate::sample::RULE;

/// Why a file is no fingerprint that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FingerprintError {
    /// Not a valid `.safetensors` file.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A checkpoint, or something else.
    #[error("this is no fingerprint")]
    NotOne,
    /// Written by a later weightkin.
    #[error("the fingerprint is of version {found}, this weightkin reads up to {VERSION}")]
    Version {
        /// Version of the fingerprint.
        found: u32,
    },
    /// Sampled by a rule that came later.
    #[error("the fingerprint is sampled by rule {found}, this weightkin knows up to {RULE}")]
    Rule {
        /// Version of the rule.
        found: u32,
    },
    /// The description is not JSON of the format.
    #[error("the fingerprint's description is damaged: {}", Escaped(message))]
    Description {
        /// What is wrong with it.
        message: String,
    },
    /// A tensor has another size than the rule gives.
    #[error(
        "the fingerprint is damaged: a tensor has dimensions {} in place of {}: {}",
        EscapedShape(found),
        EscapedShape(expected),
        EscapedQuoted(tensor)
    )]
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Dimensions in the file.
        found: Vec<u64>,
        /// Dimensions by the rule.
        expected: Vec<u64>,
    },
    /// A tensor's numbers cannot be compared.
    #[error("the fingerprint is damaged: a tensor is stored as {dtype}: {}", EscapedQuoted(tensor))]
    Dtype {
        /// Name of the tensor.
        tensor: String,
        /// Its number format.
        dtype: String,
    },
    /// Some bytes are not those that were written.
    #[error(
        "the fingerprint is damaged: its checksum is {found}, it should be {}",
        Escaped(stated)
    )]
    Checksum {
        /// Checksum of the content.
        found: String,
        /// Checksum that the file states.
        stated: String,
    },
}

impl FingerprintError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
            Self::NotOne => "not_a_fingerprint",
            Self::Version { .. } | Self::Rule { .. } => "fingerprint_too_new",
            Self::Description { .. }
            | Self::Shape { .. }
            | Self::Dtype { .. }
            | Self::Checksum { .. } => "fingerprint_damaged",
        }
    }
}
