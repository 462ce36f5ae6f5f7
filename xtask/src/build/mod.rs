//! `cargo xtask build`: everything from the sources to `www/dist`.

mod samples;
mod site;
mod toolchain;
mod wasm;

use std::time::Instant;

use anyhow::Result;

pub use site::install_packages;
pub use toolchain::{WASM_TARGET, require_wasm_target};
pub use wasm::artifact;

/// Options of `cargo xtask build`.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the build and says where the page is.
pub fn run(_arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    all()?;
    eprintln!("built www/dist in {:.1} s", started.elapsed().as_secs_f64());
    println!("integrity of the files that other pages load by name:");
    for (name, value) in site::integrity()? {
        println!("  {name}  {value}");
    }
    Ok(())
}

/// Brings `www/dist` up to date, doing only what has changed.
pub fn all() -> Result<()> {
    require_wasm_target()?;
    wasm::build()?;
    samples::build()?;
    site::build()
}
