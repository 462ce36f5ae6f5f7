//! The browser's side, compiled to WebAssembly.
//!
//! Two roles, each in a worker of its own: the [`Coordinator`] reads headers, plans, hands out work
//! and derives the report; [`WorkerCore`]s stream the files and do the arithmetic. What passes
//! between them is bytes ([`Work`](crate::job::Work)), so the page's code only has to move messages.

// wasm-bindgen hands over owned values, used up or not
#![allow(clippy::needless_pass_by_value)]

mod blob;
mod byob;
mod coordinator;
mod error;
mod header;
#[allow(unsafe_code)]
mod memory;
#[cfg(feature = "threads")]
mod pool;
mod progress;
mod run;
mod search;
mod slices;
mod view;
mod worker;

use wasm_bindgen::prelude::wasm_bindgen;

pub use coordinator::{Coordinator, group};
#[cfg(feature = "threads")]
pub use pool::init_thread_pool;
pub use run::Run;
pub use search::Search;
pub use view::ReportView;
pub use worker::WorkerCore;

/// Turns a panic into an exception that says what happened, instead of a bare trap.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        wasm_bindgen::throw_str(&format!("internal error: {panic}"));
    }));
}
