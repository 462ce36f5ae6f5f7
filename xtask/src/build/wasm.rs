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

/// A build of the core for the browser.
struct Core {
    /// What its files in `www/pkg` are called.
    name: &'static str,
    features: &'static str,
    /// Flags of the compiler besides [`FLAGS`].
    flags: &'static [&'static str],
}

/// A panic says what, and the message names the place well enough without file and line.
const FLAGS: [&str; 2] = ["-Ctarget-feature=+simd128", "-Zlocation-detail=none"];

/// For any page: every worker has a core of its own.
const WORKERS: Core = Core { name: "weightkin", features: "", flags: &[] };

/// For isolated pages: a pool of threads in one memory.
const THREADS: Core = Core {
    name: "weightkin-threads",
    features: "threads",
    flags: &[
        "-Ctarget-feature=+atomics",
        "-Clink-arg=--shared-memory",
        // some phones reserve all of it at once
        "-Clink-arg=--max-memory=536870912",
        "-Clink-arg=--import-memory",
        // wasm-bindgen starts threads with these
        "-Clink-arg=--export=__heap_base",
        "-Clink-arg=--export=__wasm_init_tls",
        "-Clink-arg=--export=__tls_size",
        "-Clink-arg=--export=__tls_align",
        "-Clink-arg=--export=__tls_base",
    ],
};

/// Compiles the crate for the browser, with and without threads, and writes `www/pkg`.
pub fn build() -> Result<()> {
    WORKERS.build()?;
    THREADS.build()
}

impl Core {
    fn build(&self) -> Result<()> {
        let module = artifact(&mut self.compile())?;
        let bytes =
            fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
        let out_dir = repo::www().join("pkg");
        let outputs = [".js", ".d.ts", "_bg.wasm"];
        let stamp = Stamp::new(&format!("wasm-bindgen-{}", self.name), hash_of(&bytes));
        if stamp.is_fresh(&outputs.map(|end| out_dir.join(format!("{}{end}", self.name)))) {
            return Ok(());
        }
        Bindgen::new()
            .input_bytes(self.name, bytes)
            .out_name(self.name)
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

    fn compile(&self) -> Command {
        let mut cargo = command::cargo();
        cargo.args([
            "build",
            "--package=weightkin",
            "--lib",
            "--profile=wasm",
            "--target",
            WASM_TARGET,
        ]);
        cargo.args(["--features", self.features]);
        // builds with other flags would undo each other's work
        cargo.arg("--target-dir").arg(repo::target().join("cores").join(self.name));
        // the standard library comes from its sources: the prebuilt one is made for speed, and its
        // sorting, formatting and allocation would be a tenth of the whole
        cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
        // which the pinned compiler does only when told that this is meant
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo.env("RUSTFLAGS", [&FLAGS[..], self.flags].concat().join(" "));
        // stripped of its symbols, the module no longer says which wasm features it uses, and
        // wasm-bindgen would make do without them
        cargo.env("CARGO_PROFILE_WASM_STRIP", "debuginfo");
        cargo
    }
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
