//! One tensor of one model: where its rows are, and how they are read.
//!
//! A [`TensorSource`] is made once, with the canonical model, and read by one row reader for every
//! kernel of the pass: the one that adds up inner products, and the one that takes samples.

mod rows;
mod source;

pub(crate) use rows::RowReader;
pub use source::{Encoding, Piece, Region, Scale, TensorSource};
