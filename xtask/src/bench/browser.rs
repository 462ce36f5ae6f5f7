//! The page's comparison against the fastest way of reading that the browser has.
//!
//! The measuring itself is TypeScript beside the browser tests, whose drivers it uses.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{build, command, repo, test};

/// One browser's figures; `tests/browser/bench/figures.ts` has the same.
#[derive(Serialize, Deserialize)]
pub struct Figures {
    pub browser: String,
    pub best_setup: ReadSetup,
    pub read_gigabytes_per_second: f64,
    pub compare_gigabytes_per_second: f64,
    pub ratio: f64,
    pub compare_seconds: f64,
    pub memory_growth_bytes: f64,
    /// What every way of reading reached.
    setups: Value,
    rounds: Value,
}

/// The way of reading that turned out to be the fastest.
#[derive(Serialize, Deserialize)]
pub struct ReadSetup {
    pub workers: u32,
    pub streams: u32,
    pub buffer_bytes: u64,
}

/// Makes sure that the browsers and the packages that drive them are there.
pub fn require(engines: &[&str]) -> Result<()> {
    build::install_packages(&repo::browser_tests())?;
    let engines: Vec<_> = engines.iter().map(ToString::to_string).collect();
    test::require_browsers(&engines)
}

/// Measures one browser.
pub fn measure(
    engine: &str,
    files: &[PathBuf],
    rounds: usize,
    lanes: Option<usize>,
) -> Result<Figures> {
    let figures_path = repo::target().join("xtask").join(format!("bench-{engine}.json"));
    let request = json!({
        "engine": engine,
        "files": files,
        "rounds": rounds,
        "lanes": lanes,
        "figures_path": figures_path,
    });
    command::run(
        Command::new("node")
            .arg(repo::browser_tests().join("bench").join("run.mjs"))
            .env("WEIGHTKIN_BENCH", request.to_string()),
    )?;
    let text = std::fs::read_to_string(&figures_path)
        .with_context(|| format!("the bench of {engine} left no figures"))?;
    Ok(serde_json::from_str(&text)?)
}
