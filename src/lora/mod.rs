//! Adapters: files that hold changes to a checkpoint instead of a checkpoint.
//!
//! An [`Adapter`] is what a file's header says: its [`Module`]s, each in one of the [forms](crate::delta).
//! [`Placement`] says which rows of which tensor of a model each module changes, by names built
//! forward from the model's own. [`Delta`] is the change itself, whose rows are made block by
//! block, so that no product of two factors is ever held whole.

mod adapter;
pub mod apply;
#[cfg(not(target_arch = "wasm32"))]
mod changes;
pub mod combine;
pub mod compare;
mod config;
pub mod extract;
mod inner;
mod load;
mod names;
mod place;
mod rank;
mod strength;
pub mod summary;
pub mod target;

pub use crate::delta::{Delta, Kronecker, LoadError, LowRank, OfModel, Rectangle};
pub use adapter::{Adapter, Module, Skipped, Why};
#[cfg(not(target_arch = "wasm32"))]
pub use changes::{Changes, Target};
pub use config::AdapterConfig;
pub use load::load;
pub use names::{Part, Side, Site};
pub use place::{Placed, Placement, Unplaced, UnplacedReason};
pub use rank::{Spectrum, spectrum};
pub use strength::{BlockWeights, BlockWeightsError, Strengths};
