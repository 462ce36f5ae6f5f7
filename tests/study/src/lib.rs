//! How well fingerprints estimate, over generated families of models.
//!
//! Each family has four models: a common ancestor, two models trained from it, and a merge of these
//! two that was trained on. What training changes is uneven in a way that the family's seed chooses:
//! by block, layer, head, row and column, in all tensors or in few, of full or low rank. The tensors
//! are those of SDXL, one after the other in memory; each is compared exactly by the pass that the
//! command line uses, and estimated from the sample of a fingerprint.

#![forbid(unsafe_code)]

mod demand;
mod family;
mod field;
mod lineup;
mod manifest;
mod outcome;
mod sampled;

pub use demand::{Demand, demands};
pub use family::{Family, Scale};
pub use lineup::{Lineup, Size};
pub use outcome::{Outcome, Summary};
pub use sampled::{fingerprint, sampled};
