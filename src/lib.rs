//! How close are AI model checkpoints, block by block?
//!
//! `weightkin` reads the headers of `.safetensors` files, matches their tensors, streams the
//! weights once and keeps one small record per tensor: the Gram matrix of the compared models and
//! the sums of their column cosines. Every figure of the [`report`] is derived from those records
//! afterwards, without reading the files again.
//!
//! ```text
//! file → header → model → canonical model → matching → plan → pass → records → report
//! ```
//!
//! The crate has three faces over one core. The core ([`mod@format`] … [`report`]) knows neither
//! browsers nor files nor threads. `web` (wasm32 only) feeds it from `Blob` streams, [`native`]
//! (everywhere else) from memory-mapped files. All of them give the same bits for the same files.

// the kernels and the memory maps alone say otherwise, each where it is declared
#![deny(unsafe_code)]

pub mod architecture;
pub mod canonical;
pub mod delta;
pub mod escape;
pub mod fingerprint;
pub mod format;
pub mod gram;
pub mod identify;
pub mod input;
pub mod job;
pub mod layers;
pub mod lora;
pub mod matching;
pub mod model;
pub mod pass;
pub mod quantised;
pub mod read;
pub mod report;
pub mod sample;
#[cfg(test)]
mod schema;
mod sorted;
pub mod tensor;
pub mod write;

pub use weightkin_kernel::{decode, dtype, encode};

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod web;
