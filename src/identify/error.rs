//! Why an index cannot be used, or a search with it not go on.

use thiserror::Error;

use super::VERSION;
use super::layout::SKETCH;
use crate::escape::{Escaped, EscapedQuoted};
use crate::fingerprint::FingerprintError;
use crate::format::safetensors::HeaderError;
use crate::job::CompareError;

/// Why a file is no index that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IndexError {
    /// Not a valid `.safetensors` file.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A checkpoint, a fingerprint, or something else.
    #[error("this is no index of fingerprints")]
    NotOne,
    /// Written by a later weightkin.
    #[error("the index is of version {found}, this weightkin reads up to {VERSION}")]
    Version {
        /// Version of the index.
        found: u32,
    },
    /// With sketches that came later.
    #[error("the index has sketches of version {found}, this weightkin knows up to {SKETCH}")]
    Sketch {
        /// Version of the sketches.
        found: u32,
    },
    /// The description is not JSON of the format.
    #[error("the index's description is damaged: {}", Escaped(message))]
    Description {
        /// What is wrong with it.
        message: String,
    },
    /// A tensor is missing, or of another number format or size than it must be.
    #[error("the index is damaged: {expected}: tensor {}", EscapedQuoted(tensor))]
    Tensor {
        /// Name of the tensor.
        tensor: String,
        /// What it should be.
        expected: String,
    },
    /// A file is named that is not beside the index or below it.
    #[error("the index names a file outside of its folder: {}", EscapedQuoted(file))]
    Outside {
        /// Path of the file.
        file: String,
    },
    /// Some bytes are not those that were written.
    #[error("the index is damaged: its checksum is {found}, it should be {}", Escaped(stated))]
    Checksum {
        /// Checksum of the content.
        found: String,
        /// Checksum that the file states.
        stated: String,
    },
}

impl IndexError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Header(error) => error.code(),
            Self::NotOne => "not_an_index",
            Self::Version { .. } | Self::Sketch { .. } => "index_too_new",
            Self::Description { .. }
            | Self::Tensor { .. }
            | Self::Outside { .. }
            | Self::Checksum { .. } => "index_damaged",
        }
    }
}

/// Why a fingerprint that an index names does not refine its rank.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchError {
    /// The file is another one than was indexed.
    #[error("the file has changed since the index was made: {}", EscapedQuoted(file))]
    Changed {
        /// As the index names it.
        file: String,
    },
    /// It cannot be read.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// It cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
}

impl SearchError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "fingerprint_changed",
            Self::Fingerprint(error) => error.code(),
            Self::Compare(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::MatchError;

    #[test]
    fn what_a_file_or_a_comparison_is_refused_for_keeps_its_word() {
        let changed = SearchError::Changed { file: "a".to_owned() };
        assert_eq!(changed.code(), "fingerprint_changed");
        let compare = CompareError::Match(MatchError::TooFewModels { count: 1 });
        assert_eq!(SearchError::Compare(compare.clone()).code(), compare.code());
        let fingerprint = FingerprintError::NotOne;
        assert_eq!(SearchError::Fingerprint(fingerprint.clone()).code(), fingerprint.code());
    }
}
