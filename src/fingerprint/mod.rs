//! Fingerprints: small files that stand in for checkpoints.
//!
//! A fingerprint is a [sample](crate::sample) of a model with what it is of. FORMAT.md, beside
//! this file, describes the file for a reader who has no part of this crate.

pub(crate) mod container;
mod error;
mod format;

pub use error::FingerprintError;
pub use format::{Fingerprint, KEY, MOST_BYTES, SUFFIX, SourceFacts, fitting_density};

/// Version of the format this crate writes.
pub const VERSION: u32 = 1;
