//! A model's tensors under canonical names.
//!
//! The same weights are stored under different names, fused or cut, upright or transposed. A
//! [`CanonicalModel`] shows a model in the canonical layout, that of single-file checkpoints, and
//! says for every tensor where its bytes are. Nothing is read and nothing is copied.

mod clip;
mod language;
mod layout;
mod model;
mod name;
mod recognition;
mod unet;
mod vae;

pub use model::{CanonicalModel, CanonicalTensor, Exclusion};
pub use recognition::{ComponentShare, Recognition, recognize};
