//! `cargo xtask bench`: how close comparing comes to merely reading, in browsers and natively.
//!
//! Machines and moments differ, so every speed is set against another one measured in turns with
//! it on the same files: ratios are what the bench is for.

mod browser;
mod family;
mod native;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::build;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Divides the dimensions of SDXL: 1 is 6.9 GB a file in F16, 2 is 1.7 GB, 8 is 109 MB
    #[arg(long, default_value_t = 2)]
    scale: u64,
    /// Number of models compared
    #[arg(long, default_value_t = 4)]
    models: usize,
    /// Element type of all weights, as safetensors headers name it
    #[arg(long, default_value = "F16")]
    dtype: String,
    /// Where families are kept for the next time [default: target/bench]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Measure these checkpoints instead of a family made for it
    #[arg(long, num_args = 2.., value_name = "FILE", conflicts_with_all = ["scale", "models", "dtype"])]
    files: Vec<PathBuf>,
    /// Which browsers: chromium, firefox or all; without this and --native, everything
    #[arg(long, value_name = "NAME")]
    browser: Option<Browsers>,
    /// Only the command line, or the command line as well if browsers are named
    #[arg(long)]
    native: bool,
    /// Rounds, each with every side once; medians are printed
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Lanes of the browser's comparison [default: what the page chooses]
    #[arg(long)]
    lanes: Option<usize>,
    /// A command to measure against: it is run with the files' paths behind it
    #[arg(long, value_name = "COMMAND")]
    against: Option<String>,
    /// Write all figures to this file as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Browsers {
    Chromium,
    Firefox,
    All,
}

impl Browsers {
    fn engines(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox"],
            Self::All => &["chromium", "firefox"],
        }
    }
}

/// Everything measured in one run of the bench.
#[derive(Serialize)]
struct Figures {
    files: Vec<PathBuf>,
    bytes: u64,
    runs: usize,
    cores: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    native: Option<native::Figures>,
    browsers: Vec<browser::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<native::Against>,
}

/// Measures what was asked for and prints the table.
pub fn run(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.runs > 0, "at least one round is needed");
    let is_everything = arguments.browser.is_none() && !arguments.native;
    let browsers = arguments.browser.or(is_everything.then_some(Browsers::All));
    let engines = browsers.map_or(&[][..], Browsers::engines);

    let files = if arguments.files.is_empty() {
        family::prepare(
            arguments.scale,
            arguments.models,
            &arguments.dtype,
            arguments.dir.as_deref(),
        )?
    } else {
        absolute(&arguments.files)?
    };
    let bytes = total_bytes(&files)?;
    let mut figures = Figures {
        bytes,
        runs: arguments.runs,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        native: None,
        browsers: Vec::new(),
        against: None,
        files: files.clone(),
    };
    if !engines.is_empty() {
        build::all()?;
        browser::require(engines)?;
    }
    native::warm(&files)?;
    if is_everything || arguments.native {
        figures.native = Some(native::measure(&files, bytes, arguments.runs)?);
    }
    for engine in engines {
        eprintln!("measuring {engine}");
        figures.browsers.push(browser::measure(engine, &files, arguments.runs, arguments.lanes)?);
    }
    if let Some(command) = &arguments.against {
        figures.against = Some(native::against(command, &files, arguments.runs)?);
    }
    print!("{}", table::render(&figures));
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn absolute(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let absolute = |path: &PathBuf| {
        path.canonicalize().with_context(|| format!("cannot find {}", path.display()))
    };
    files.iter().map(absolute).collect()
}

fn total_bytes(files: &[PathBuf]) -> Result<u64> {
    let mut bytes = 0;
    for path in files {
        let file = path.metadata().with_context(|| format!("cannot find {}", path.display()))?;
        bytes += file.len();
    }
    Ok(bytes)
}

/// The middle value; the mean of the two middle ones of an even number.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}
