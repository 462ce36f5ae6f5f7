//! The pieces of the Rust toolchain that the build needs besides the compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::repo;

/// The target of everything that runs in a browser.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the wasm target and the standard library's sources to the pinned toolchain if they are
/// not there.
///
/// rustup adds what `rust-toolchain.toml` lists when it installs a toolchain, but not to one
/// that is already installed.
pub fn require_wasm_target() -> Result<()> {
    let sysroot = command::read(
        Command::new("rustc").args(["--print", "sysroot"]).current_dir(repo::root()),
    )?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    require(&rustlib.join(WASM_TARGET), ["target", "add", WASM_TARGET])?;
    require(&rustlib.join("src/rust/library"), ["component", "add", "rust-src"])
}

/// Calls rustup with `adding` unless `folder` is there.
fn require(folder: &Path, adding: [&str; 3]) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(adding).current_dir(repo::root());
    command::run(&mut rustup)
        .with_context(|| format!("{} is missing from the Rust toolchain", adding[2]))
}
