//! The hot loops of weightkin: stored numbers to `f32`, and sums of their products.
//!
//! A crate of its own so that the browser's build can spend size on speed here and nowhere else,
//! and so that all vector code, and with it the `unsafe` it needs, lives in one place.

// declared where the vectors are
#![deny(unsafe_code)]

pub mod decode;
pub mod dtype;
#[allow(unsafe_code)]
pub mod encode;
pub mod gram;
pub mod lowrank;
