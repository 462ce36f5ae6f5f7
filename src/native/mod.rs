//! Comparison of files on disk: the headless twin of the page.

#[allow(unsafe_code)]
mod map;
mod open;
mod run;
mod sample;

pub use map::{MapStream, MappedFiles};
pub use open::{OpenModel, find, find_all, open_model};
pub use run::{NativeError, compare};
pub use sample::{Opened, compare_opened, look, make_fingerprint, open, sha256};
