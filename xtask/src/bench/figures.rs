//! All sides of the bench on one set of files.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;

use super::browser::{self, CompareSetup, Engine, ReadSetup};
use super::native;
use super::rival::{self, Rival};

/// The fastest way of reading of each browser, as far as it is known.
pub type ReadSetups = BTreeMap<String, ReadSetup>;

/// What is measured.
pub struct Sides<'a> {
    pub is_native: bool,
    pub browsers: &'a [&'static str],
    /// The ways in which each browser compares.
    pub setups: Vec<CompareSetup>,
    pub rivals: &'a [Rival],
}

/// Everything measured of one set of files.
#[derive(Serialize)]
pub struct Figures {
    pub files: Vec<PathBuf>,
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native: Option<native::Figures>,
    pub browsers: Vec<browser::Figures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<rival::Figures>,
    /// What could not be measured, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

impl Sides<'_> {
    /// Measures one side after the other; one that fails is noted and does not stop the others.
    /// Ways of reading that turn out to be the fastest are remembered in `known`.
    pub fn measure(
        &self,
        files: &[PathBuf],
        runs: usize,
        known: &mut ReadSetups,
    ) -> Result<Figures> {
        let bytes = total_bytes(files)?;
        let mut failures = Vec::new();
        native::warm(files)?;
        let mut native = None;
        if self.is_native {
            eprintln!("  the command line");
            native = noting(&mut failures, native::measure(files, bytes, runs));
        }
        let mut browsers = Vec::new();
        for name in self.browsers {
            eprintln!("  {name}");
            let read_setup = known.get(*name).copied();
            let measured = browser::measure(name, files, &self.setups, runs, read_setup);
            if let Some(figures) = noting(&mut failures, measured) {
                known.insert((*name).to_owned(), figures.best_setup);
                browsers.push(figures);
            }
        }
        let mut against = Vec::new();
        for rival in self.rivals {
            eprintln!("  {}", rival.shown());
            against.extend(noting(&mut failures, rival.measure(files, runs)));
        }
        Ok(Figures { files: files.to_vec(), bytes, native, browsers, against, failures })
    }
}

fn noting<T>(failures: &mut Vec<String>, measured: Result<T>) -> Option<T> {
    measured.inspect_err(|error| failures.push(format!("{error:#}"))).ok()
}

fn total_bytes(files: &[PathBuf]) -> Result<u64> {
    let mut bytes = 0;
    for path in files {
        let file = path.metadata().with_context(|| format!("cannot find {}", path.display()))?;
        bytes += file.len();
    }
    Ok(bytes)
}

/// Who compares: a column of the suite's table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Native,
    Browser(String, Engine),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Native => f.write_str("command line"),
            Self::Browser(name, engine) => write!(f, "{name} {}", engine.name()),
        }
    }
}

/// One side's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub side: Side,
    /// Its workers or threads, where their number was given.
    pub count: Option<usize>,
    pub read_gigabytes_per_second: f64,
    pub compare_gigabytes_per_second: f64,
    pub ratio: f64,
    pub seconds: f64,
    pub memory_growth_bytes: Option<f64>,
}

impl Figures {
    /// The figures of every side: the command line, then each browser with each way of comparing.
    pub fn rows(&self) -> Vec<Row> {
        let native = self.native.iter().map(|native| Row {
            side: Side::Native,
            count: None,
            read_gigabytes_per_second: native.read_gigabytes_per_second,
            compare_gigabytes_per_second: native.compare_gigabytes_per_second,
            ratio: native.ratio,
            seconds: native.compare_seconds,
            memory_growth_bytes: None,
        });
        let browsers = self.browsers.iter().flat_map(|browser| {
            browser.compares.iter().map(|compare| Row {
                side: Side::Browser(browser.browser.clone(), compare.setup.engine),
                count: compare.setup.count(),
                read_gigabytes_per_second: browser.read_gigabytes_per_second,
                compare_gigabytes_per_second: compare.gigabytes_per_second,
                ratio: compare.ratio,
                seconds: compare.seconds,
                memory_growth_bytes: Some(compare.memory_growth_bytes),
            })
        });
        native.chain(browsers).collect()
    }
}
