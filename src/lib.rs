//! How close are AI model checkpoints, block by block?
//!
//! `weightkin` reads the headers of `.safetensors` files, matches their tensors, streams the
//! weights once and keeps one small record per tensor: the Gram matrix of the compared models and
//! the sums of their column cosines. Every figure of the [`report`] is derived from those records
//! afterwards, without reading the files again.
//!
//! ```text
//! file → header → model → layout → matching → plan → byte stream → decode → gram → tally → report
//! ```
//!
//! The crate has three faces over one core. The core ([`header`] … [`report`]) knows neither
//! browsers nor files nor threads. `web` (wasm32 only) feeds it from `Blob` streams, [`native`]
//! (everywhere else) from memory-mapped files. All of them give the same bits for the same files.

// the kernels and the memory maps alone say otherwise, each where it is declared
#![deny(unsafe_code)]

pub mod anatomy;
pub mod compare;
pub mod execute;
pub mod fingerprint;
pub mod header;
pub mod identify;
pub mod layout;
pub mod model;
pub mod plan;
mod reader;
pub mod report;
pub mod shown;
mod sorted;
pub mod source;
pub mod tally;

pub use weightkin_kernel::{decode, dtype, gram};

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod web;
