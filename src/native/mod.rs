//! Comparison of files on disk: the headless twin of the page.

mod index;
#[allow(unsafe_code)]
mod map;
mod open;
mod parquet;
mod run;
mod sample;

pub use index::{OpenIndex, fingerprint_of, identify, index_folder, open_index};
pub use map::{MapStream, MappedFiles};
pub use open::{OpenModel, find, find_all, find_fingerprints, open_model};
pub use parquet::write_parquet;
pub use run::{NativeError, compare};
pub use sample::{Opened, compare_opened, look, make_fingerprint, open, sha256};
