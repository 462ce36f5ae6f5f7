//! Files that break the `.safetensors` and `.gguf` formats in every way they can be broken, and files that come
//! as near to that as a valid file can, each with the error code it must meet.
//!
//! The same table is judged by the library natively, by the `safetensors` crate, and by the page
//! in real browsers.

#![forbid(unsafe_code)]

mod case;
mod foreign;
mod gguf;
mod index;
mod length;
mod names;
mod offsets;
mod shapes;
mod sizes;
mod text;
mod write;

pub use case::{Case, LARGE_BYTES, NUMBERS};
pub use write::{Expected, write_to};

/// The whole table. Names are unique, and fit for file names.
pub fn cases() -> Vec<Case> {
    [
        length::cases(),
        sizes::cases(),
        text::cases(),
        shapes::cases(),
        offsets::cases(),
        names::cases(),
        foreign::cases(),
        gguf::cases(),
        index::cases(),
    ]
    .concat()
}
