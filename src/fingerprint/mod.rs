//! Models that are not there: a small sample of a checkpoint's weights, and what it says.
//!
//! A fingerprint holds some rows and columns of every tensor, chosen by [a rule](Pick) from the
//! tensor's name and shape alone, so that every model gives the same ones. Figures of a pair
//! with a fingerprint are [estimates](estimate()) with 95 % intervals; they are derived from the
//! same records as exact ones. FORMAT.md, beside this
//! file, describes the file for a reader who has no part of this crate.
//!
//! ```text
//! model → sampling → portions → taken → sample → fingerprint → file
//!                                          └────→ estimate → report
//! ```

mod error;
mod estimate;
mod format;
mod look;
mod make;
mod olkin_pratt;
mod rule;
mod sample;
mod sampling;
pub(crate) mod sealed;
mod take;

pub use error::FingerprintError;
pub use estimate::{Deviation, Estimate, REPLICATES, Spread, estimate};
pub use format::{Fingerprint, KEY, MOST_BYTES, SUFFIX, SourceFacts, VERSION, fitting_density};
pub use look::{Look, Subject};
pub use make::{MakeError, Wish};
pub(crate) use olkin_pratt::OlkinPratt;
pub use rule::{COLUMN_SHARES, Density, Pick, RULE, Run};
pub(crate) use rule::{seed, spread_cols};
pub(crate) use sample::values;
pub use sample::{Collector, Kept, Sample};
pub use sampling::{Portion, Sampling, Wanted, kept_dtype};
pub use take::{Taken, TakenTensor, take};
