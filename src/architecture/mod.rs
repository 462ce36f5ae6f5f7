//! What the names inside a checkpoint mean: its architecture, and for every tensor the component,
//! block and layer kind it belongs to.
//!
//! Each family of denoisers is one file: how it is known, its names in every layout, its blocks. Adding
//! one takes that file and its line in `registry.rs`. Names are the canonical ones that
//! [`crate::canonical`] produces from them.

mod adapter;
mod anima;
mod auraflow;
mod chroma;
mod classify;
mod cogvideox;
mod cosmos1;
mod cosmos2;
mod dit;
mod ernie_image;
pub(crate) mod family;
mod flux;
mod flux2;
mod gguf;
mod hidream;
mod hunyuan_dit;
mod hunyuan_video;
mod hunyuan_video15;
mod ideogram4;
mod kandinsky5;
mod krea2;
pub(crate) mod language;
mod ltx;
mod ltx2;
mod lumina2;
mod mochi;
mod pixart;
mod qwen_image;
mod qwen_image2;
mod registry;
mod role;
mod sana;
mod sd3;
mod stable_cascade;
#[cfg(test)]
mod tests;
mod text_encoder;
mod unet;
mod vae;
mod wan;
mod z_image;

pub use adapter::is_adapter;
pub(crate) use adapter::{is_inner_adapter, without_base_layer};
pub use classify::{classify, is_position_table};
pub(crate) use gguf::{GgufTensor, Heads, gguf_tensor};
pub use registry::Architecture;
pub(crate) use registry::FAMILIES;
pub use role::{Component, Kind, NEAR_MID, TensorRole};
pub(crate) use text_encoder::{CLIP_L_PREFIXES, T5_PREFIX, UMT5_PREFIX};
pub(crate) use vae::PREFIX as VAE_PREFIX;

/// Prefix of a denoiser in a single-file checkpoint.
pub(crate) const DENOISER_PREFIX: &str = "model.diffusion_model.";
