//! One streaming pass over the tensors of several models.
//!
//! A [`Plan`](plan::Plan) says what is read in which order, [`run`] reads aligned blocks of rows of
//! the models' tensors, and a [`RowKernel`] decides what is computed from them: Gram sums are one,
//! samples another.

pub mod plan;
mod run;

pub use run::{Block, ReadBytes, RowKernel, run};
