//! Gram records: what the pass keeps of every tensor.

mod assembler;
mod kernel;

pub use assembler::RecordAssembler;
pub use kernel::{Arithmetic, GramKernel, WindowResult, WindowSums};
pub use weightkin_kernel::gram::*;
