//! Synthetic checkpoint families with known ancestry.
//!
//! A family is a set of checkpoints that share the tensor names of a real architecture and
//! descend from one another by known recipes: bases trained from a common root, merges by known
//! weights (also block by block), fine-tunes, strangers, files with edge cases. Similarities come
//! out near those of real models. The same options give the same bytes on every machine.
//!
//! ```
//! use weightkin_family::{Family, Manifest, Recipe};
//!
//! let family = Family::new(Manifest::Sd15)
//!     .scale(128)
//!     .files(&["base_a", "base_nai"])
//!     .file("mine", Recipe::new().mix("base_a", [("IN", 0.2), ("*", 0.5)]).mix("pony", 0.5));
//! let files = family.to_memory()?;
//! assert_eq!(files[2].0, "mine.safetensors");
//! assert_eq!(family.expected()?.files[2].weights_by_block["IN07"]["base_a"], 0.2);
//! # Ok::<(), weightkin_family::Error>(())
//! ```

#![forbid(unsafe_code)]

mod ancestry;
mod block;
mod builtin;
mod diffusers;
mod edge;
mod encode;
mod entry;
mod error;
mod expected;
mod f8;
mod family;
mod field;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod generate;
pub mod header;
mod layout;
mod manifest;
mod odd;
mod options;
mod patch;
mod plan;
mod random;
mod recipe;
mod sink;
mod tensor;

pub use block::{PerBlock, block_of};
pub use builtin::{CORE, DTYPES, EDGES, recipes};
pub use diffusers::Projection;
pub use edge::{Edge, EdgeNote};
pub use error::Error;
pub use expected::{Expected, ExpectedFile, ExpectedPart};
pub use family::Family;
pub use manifest::{Manifest, TensorList};
pub use options::{Layout, Options};
pub use recipe::Recipe;
pub use safetensors::Dtype;

/// Changes whenever the same options give other bytes.
pub const GENERATOR_VERSION: u32 = 1;
