//! Comparison of files on disk: the headless twin of the page.

mod map;
mod open;
mod run;

pub use map::{MapStream, MappedFiles};
pub use open::{OpenModel, find, open_model};
pub use run::{NativeError, compare};
