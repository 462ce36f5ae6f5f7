//! Containers of tensors: what the bytes of a file say about the tensors in it.

pub mod gguf;
pub mod safetensors;
