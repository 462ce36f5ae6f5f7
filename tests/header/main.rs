//! The rules of the `.safetensors` format, each met and each broken.

mod layout;
mod native;
mod parity;
mod text;

#[path = "../support/mod.rs"]
mod support;
