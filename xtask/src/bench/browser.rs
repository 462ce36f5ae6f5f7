//! The page's comparison against the fastest way of reading that the browser has.
//!
//! The measuring itself is TypeScript beside the browser tests, whose drivers it uses.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{build, command, repo, test};

/// What computes in a browser.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Workers with a memory each.
    Workers,
    /// Threads that share one.
    Threads,
}

impl Engine {
    pub const ALL: [Self; 2] = [Self::Workers, Self::Threads];

    pub fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Threads => "threads",
        }
    }
}

/// How a browser compares: options of `compare()`. Numbers not given are the page's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareSetup {
    pub engine: Engine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

impl CompareSetup {
    /// An engine with as many workers or threads as the page chooses.
    pub fn of(engine: Engine) -> Self {
        Self { engine, workers: None, threads: None }
    }

    /// Workers or threads, where their number is given.
    pub fn count(&self) -> Option<usize> {
        self.workers.or(self.threads)
    }
}

/// A way of reading without computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSetup {
    pub workers: u32,
    pub streams: u32,
    pub buffer_bytes: u64,
}

/// One browser's figures; `tests/browser/bench/figures.ts` has the same.
#[derive(Serialize, Deserialize)]
pub struct Figures {
    pub browser: String,
    /// The fastest way of reading.
    pub best_setup: ReadSetup,
    pub read_gigabytes_per_second: f64,
    /// One for each way of comparing.
    pub compares: Vec<CompareFigures>,
    /// What every way of reading reached; none where the fastest was known already.
    pub setups: Value,
    pub rounds: Value,
}

/// One way of comparing.
#[derive(Serialize, Deserialize)]
pub struct CompareFigures {
    pub setup: CompareSetup,
    pub gigabytes_per_second: f64,
    pub ratio: f64,
    pub seconds: f64,
    pub memory_growth_bytes: f64,
}

/// One browser's latencies; `tests/browser/bench/figures.ts` has the same.
#[derive(Serialize, Deserialize)]
pub struct Latency {
    pub browser: String,
    pub compares: Vec<CompareLatency>,
}

/// The latency of one way of comparing.
#[derive(Serialize, Deserialize)]
pub struct CompareLatency {
    pub setup: CompareSetup,
    pub median_ms: f64,
    pub fastest_ms: f64,
    passes_ms: Value,
}

#[cfg(test)]
impl CompareLatency {
    /// One comparison that took so long, for tests of what is made of it.
    pub fn once(setup: CompareSetup, ms: f64) -> Self {
        Self { setup, median_ms: ms, fastest_ms: ms, passes_ms: json!([ms]) }
    }
}

/// Makes sure that the browsers and the packages that drive them are there.
pub fn require(browsers: &[&str]) -> Result<()> {
    build::install_packages(&repo::browser_tests())?;
    let browsers: Vec<_> = browsers.iter().map(ToString::to_string).collect();
    test::require_browsers(&browsers)
}

/// Measures one browser. Without `read_setup` the fastest way of reading is looked for first.
pub fn measure(
    browser: &str,
    files: &[PathBuf],
    setups: &[CompareSetup],
    rounds: usize,
    read_setup: Option<ReadSetup>,
) -> Result<Figures> {
    let what = json!({ "what": "speed", "rounds": rounds, "read_setup": read_setup });
    ask(browser, files, setups, what)
}

/// Measures how long one browser takes for small files, `passes` times.
pub fn latency(
    browser: &str,
    files: &[PathBuf],
    setups: &[CompareSetup],
    passes: usize,
) -> Result<Latency> {
    ask(browser, files, setups, json!({ "what": "latency", "passes": passes }))
}

fn ask<T: DeserializeOwned>(
    browser: &str,
    files: &[PathBuf],
    setups: &[CompareSetup],
    mut request: Value,
) -> Result<T> {
    let figures_path = repo::target().join("xtask").join(format!("bench-{browser}.json"));
    request["browser"] = json!(browser);
    request["files"] = json!(files);
    request["setups"] = json!(setups);
    request["figures_path"] = json!(figures_path);
    command::run(
        Command::new("node")
            .arg(repo::browser_tests().join("bench").join("run.mjs"))
            .env("WEIGHTKIN_BENCH", request.to_string()),
    )
    .with_context(|| format!("cannot measure {browser}"))?;
    let text = std::fs::read_to_string(&figures_path)
        .with_context(|| format!("the bench of {browser} left no figures"))?;
    Ok(serde_json::from_str(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_the_page_chooses_are_not_sent() {
        let setup = CompareSetup::of(Engine::Workers);
        assert_eq!(json!(setup), json!({ "engine": "workers" }));
        let setup = CompareSetup { workers: Some(3), ..setup };
        assert_eq!(json!(setup), json!({ "engine": "workers", "workers": 3 }));
    }

    #[test]
    fn figures_are_read_as_the_browsers_side_writes_them() {
        let figures: Figures = serde_json::from_value(json!({
            "browser": "firefox",
            "best_setup": { "workers": 2, "streams": 8, "buffer_bytes": 1_048_576 },
            "setups": [],
            "read_gigabytes_per_second": 2,
            "compares": [{
                "setup": { "engine": "threads", "threads": 4 },
                "gigabytes_per_second": 1.5,
                "ratio": 0.75,
                "seconds": 3,
                "memory_growth_bytes": -4096,
            }],
            "rounds": [{ "read": { "bytes": 1, "ms": 1 }, "compares": [{ "bytes": 1, "ms": 2 }] }],
        }))
        .unwrap();
        assert_eq!(figures.compares[0].setup.count(), Some(4));
        let latency: Latency = serde_json::from_value(json!({
            "browser": "firefox",
            "compares": [{
                "setup": { "engine": "workers" },
                "median_ms": 12.5,
                "fastest_ms": 11,
                "passes_ms": [14, 11],
            }],
        }))
        .unwrap();
        assert_eq!(latency.compares[0].setup, CompareSetup::of(Engine::Workers));
    }
}
