//! From the crate to `www/pkg`: the wasm module and its JavaScript glue.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

use super::toolchain::WASM_TARGET;
use crate::command;
use crate::repo::{self, Stamp, hash_of};

/// Compiles the crate for the browser and writes `www/pkg`.
pub fn build() -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args([
        "build",
        "--package=weightkin",
        "--lib",
        "--profile=wasm",
        "--target",
        WASM_TARGET,
    ]);
    // the standard library comes from its sources: the prebuilt one is made for speed, and its
    // sorting, formatting and allocation would be a tenth of the whole
    cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
    // which the pinned compiler does only when told that this is meant
    cargo.env("RUSTC_BOOTSTRAP", "1");
    // a panic says what, and the message names the place well enough without file and line
    cargo.env("RUSTFLAGS", "-Ctarget-feature=+simd128 -Zlocation-detail=none");
    // stripped of its symbols, the module no longer says which wasm features it uses, and
    // wasm-bindgen would make do without them
    cargo.env("CARGO_PROFILE_WASM_STRIP", "debuginfo");
    let module = artifact(&mut cargo)?;
    let bytes = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let out_dir = repo::www().join("pkg");
    let outputs = ["weightkin.js", "weightkin.d.ts", "weightkin_bg.wasm"];
    let stamp = Stamp::new("wasm-bindgen", hash_of(&bytes));
    if stamp.is_fresh(&outputs.map(|name| out_dir.join(name))) {
        return Ok(());
    }
    Bindgen::new()
        .input_bytes("weightkin", bytes)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        // the page passes the module's address itself; the default would defeat bundlers
        .omit_default_module_path(true)
        .generate(&out_dir)
        .with_context(|| format!("wasm-bindgen cannot process {}", module.display()))?;
    stamp.mark()
}

/// Runs a `cargo build` and returns the one wasm module or executable it made.
pub fn artifact(build: &mut Command) -> Result<PathBuf> {
    let output = build
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| command::not_started(build, &error))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", command::shown(build), output.status);
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter_map(|message| {
            let is_module = |path: &PathBuf| path.extension().is_some_and(|end| end == "wasm");
            message.executable.or_else(|| message.filenames.into_iter().find(is_module))
        })
        .next_back()
        .with_context(|| format!("`{}` made no artifact", command::shown(build)))
}

/// The part of cargo's build messages that names what was made.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}
