//! Which of many models is this one closest to?
//!
//! A [`Sketch`] is some 60 kB of a fingerprint, small enough that those of hundreds of models make
//! one file, the [`Index`]. The mean column cosine of two models is about the mean over the
//! columns of their sketches, so all of an index can be [ranked](rank()) at once; only the
//! fingerprints of the nearest few are then read in full. FORMAT.md, beside this file, describes
//! sketches and index for a reader who has no part of this crate.
//!
//! ```text
//! fingerprint → layout → sketch → index → ranking ┐
//!                                  fingerprints → search → identification
//! ```

mod error;
mod index;
mod layout;
mod rank;
mod relatives;
mod search;
mod sketch;

pub use error::{IndexError, SearchError};
pub use index::{Entry, EntryFacts, FILE_NAME, Index, Indexed, KEY};
pub use layout::{CELLS, Layout, Part, ROWS, SKETCH};
pub use rank::{Candidate, Ranking, Similarity, rank};
pub use relatives::{RelativesSearch, WantedFingerprint};
pub use search::{
    Apart, FORMAT, Identification, Identified, MOST_CONTENDERS, Margin, Refined, Relative, Search,
};
pub use sketch::Sketch;

/// Version of the format this crate writes.
pub const VERSION: u32 = 1;
