//! Products of thin matrices, and what is known of them without working them out.
//!
//! Sums have a fixed association and nothing is fused, so the same matrices give the same bits
//! everywhere.

mod factor;
mod gram;
#[allow(unsafe_code)]
mod product;

pub use factor::{BAND_ROWS, Factorization, Factors, refactor, residual};
pub use gram::{dot, eigen, gram};
pub use product::{Matrix, add_product, add_wide_product, transposed};
