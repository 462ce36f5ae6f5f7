//! Samples of weights, and estimates made from them.
//!
//! A sample holds some rows and columns of every tensor, chosen by [a rule](Pick) from the
//! tensor's name and shape alone, so that every model gives the same ones. Figures of a pair of
//! models of which one is known by its sample only are [estimates](estimate()) with 95 %
//! intervals; they are derived from the same records as exact ones.
//!
//! ```text
//! canonical model → sampling → sample batches → sample chunks → sample → estimate
//! ```

mod estimate;
mod olkin_pratt;
mod plan;
mod rule;
mod sampled;
mod take;

pub use estimate::{Deviation, Estimate, REPLICATES, Spread, estimate};
pub(crate) use olkin_pratt::OlkinPratt;
pub use plan::{SampleBatch, SampleRequest, Sampling, comparable};
pub use rule::{COLUMN_SHARES, Density, Pick, RULE, Run};
pub(crate) use rule::{seed, spread_cols};
pub(crate) use sampled::{Common, all_values, values};
pub use sampled::{Sample, SampledTensor};
pub use take::{ChunkTensor, Collector, SampleChunk, take};
