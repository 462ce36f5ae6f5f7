//! Comparison of files on disk: the headless twin of the page.

mod adapter;
mod apply;
mod device;
mod error;
mod extract;
mod files;
mod find;
mod index;
mod layers;
mod lora;
#[allow(unsafe_code)]
mod map;
mod open;
mod output;
mod parquet;
mod run;
mod turns;

pub use apply::{Applied, ApplyOptions, Checkpoint, apply_adapters};
pub use error::NativeError;
pub use extract::{
    CombineOptions, Combined, ExtractOptions, Extracted, combine_adapters, extract_adapter,
};
pub use files::{FileStream, Files, Reading};
pub use find::{Found, FoundAll, find, find_all, find_fingerprints};
pub use index::{OpenIndex, identify, index_folder, open_index};
pub use layers::find_layers;
pub use lora::{OpenAdapter, compare_adapters, open_adapter, summarize_adapter};
pub use map::{MapStream, MappedFiles};
pub use open::{Opened, open, open_found, open_model, open_variant, sha256, sha256_of, tell_apart};
pub use output::{NewFile, is_same_file};
pub use parquet::write_parquet;
pub use run::{compare, fingerprint_of, make_fingerprint, set_reading};
