//! The generator against a reader that shares nothing with it.

#![allow(clippy::float_cmp, reason = "what is compared is exact by construction")]

mod bytes;
mod diffusers;
mod edges;
mod folder;
mod golden;
mod support;
mod values;
