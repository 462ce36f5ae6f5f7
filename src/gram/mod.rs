//! Gram records: what the pass keeps of every tensor.

mod assembler;
mod change;
mod difference;
mod kernel;

pub use assembler::RecordAssembler;
pub use change::{ChangeRecord, MOST_STEEP, MOST_STRENGTH, NODES, SteepColumn, interpolate, point};
pub use kernel::{Arithmetic, GramKernel, WindowResult, WindowSums};
pub use weightkin_kernel::gram::*;
