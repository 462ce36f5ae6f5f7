//! One tensor of one model: where its rows are, and how they are read.
//!
//! A [`TensorSource`] is made once, with the canonical model, and read by one row reader for every
//! kernel of the pass: the one that adds up inner products, and the one that takes samples.

#[cfg(not(target_arch = "wasm32"))]
mod change;
mod dequantise;
mod quantised;
mod read_rows;
mod rows;
mod source;
mod transpose;

pub(crate) use quantised::WHOLE_BYTES;
pub use quantised::{Format, Grid, GridOrder, Levels, Nested, Order, Place, Quantised, Step};
pub(crate) use read_rows::read_rows;
pub(crate) use rows::RowReader;
#[cfg(not(target_arch = "wasm32"))]
pub use source::{Change, ChangedRows};
pub use source::{Encoding, Piece, Region, Scale, TensorSource};
