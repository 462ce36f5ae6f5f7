//! The browser's side, compiled to WebAssembly.
//!
//! Two roles, each in a worker of its own: the [`desk`] reads headers, plans, hands out batches
//! and derives the report; [`lane`]s stream the files and do the arithmetic. What passes between
//! them is bytes ([`work`]), so the page's code only has to move messages.

// wasm-bindgen hands over owned values, used up or not
#![allow(clippy::needless_pass_by_value)]

mod blob;
mod byob;
mod desk;
mod error;
mod job;
mod lane;
#[allow(unsafe_code)]
mod memory;
#[cfg(feature = "threads")]
mod pool;
mod progress;
mod run;
mod search;
mod slices;
mod view;
mod work;

use wasm_bindgen::prelude::*;

pub use desk::Coordinator;
pub use lane::Lane;
#[cfg(feature = "threads")]
pub use pool::init_thread_pool;
pub use run::Run;
pub use search::Search;
pub use view::ReportView;

/// Turns a panic into an exception that says what happened, instead of a bare trap.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        wasm_bindgen::throw_str(&format!("internal error: {panic}"));
    }));
}

/// Which of the picked files make one model: JSON `[{"name", "members": [index, …]}, …]`.
#[wasm_bindgen]
pub fn group(paths: Vec<String>) -> String {
    serde_json::to_string(&crate::model::group(&paths)).expect("groups have string keys only")
}
