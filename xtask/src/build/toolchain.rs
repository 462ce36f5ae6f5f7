//! The pieces of the Rust toolchain that the build needs besides the compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;
use crate::repo;

/// The target of everything that runs in a browser.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the pinned toolchain if it is not there.
///
/// rustup adds what `rust-toolchain.toml` lists when it installs a toolchain, but not to one
/// that is already installed.
pub fn require_wasm_target() -> Result<()> {
    let sysroot = command::read(
        Command::new("rustc").args(["--print", "sysroot"]).current_dir(repo::root()),
    )?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    command::run(
        Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(repo::root()),
    )
    .with_context(|| format!("the Rust target {WASM_TARGET} is missing and could not be added"))
}
