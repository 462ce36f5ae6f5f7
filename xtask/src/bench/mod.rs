//! `cargo xtask bench`: how close comparing comes to merely reading, in browsers and natively.
//!
//! Machines and moments differ, so every speed is set against another one measured in turns with
//! it on the same files: ratios are what the bench is for.

mod browser;
mod family;
mod figures;
mod grid;
mod latency;
mod native;
mod rival;
mod suite;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::build;
use browser::{CompareSetup, Engine};
use family::Family;
use figures::Sides;
use rival::Rival;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Divides the dimensions of SDXL: 1 is 6.9 GB a file in F16, 2 is 1.7 GB, 8 is 109 MB
    /// [default: 2; 4 of the suite; 64 for the latency]
    #[arg(long)]
    scale: Option<u64>,
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
    /// What computes in browsers, in turns: workers, threads [default: both]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    engine: Vec<Engine>,
    /// Only the command line, or the command line as well if browsers are named
    #[arg(long)]
    native: bool,
    /// Rounds, each with every side once; medians are printed
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Workers of that engine [default: what the page chooses]
    #[arg(long)]
    workers: Option<usize>,
    /// Threads of that engine [default: what the page chooses]
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    rivals: rival::Asked,
    /// Measure a fixed list of cases: numbers of models and workers, dtypes, orders, sizes of tensors
    #[arg(long, conflicts_with_all = ["files", "models", "dtype", "workers", "threads", "latency"])]
    suite: bool,
    /// Measure how long comparing small files takes in browsers, from the call to the report
    #[arg(long, conflicts_with_all = ["native", "against", "numpy"])]
    latency: bool,
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
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox"],
            Self::All => &["chromium", "firefox"],
        }
    }
}

impl Arguments {
    fn browsers(&self) -> &'static [&'static str] {
        match self.browser {
            Some(browsers) => browsers.names(),
            None if self.native => &[],
            None => Browsers::All.names(),
        }
    }

    fn is_native(&self) -> bool {
        self.native || self.browser.is_none()
    }

    /// The engines asked for, once each.
    fn engines(&self) -> Vec<Engine> {
        let is_wanted = |engine: &Engine| self.engine.is_empty() || self.engine.contains(engine);
        Engine::ALL.into_iter().filter(is_wanted).collect()
    }

    fn setups(&self) -> Vec<CompareSetup> {
        let setup = |engine| match engine {
            Engine::Workers => CompareSetup { workers: self.workers, ..CompareSetup::of(engine) },
            Engine::Threads => CompareSetup { threads: self.threads, ..CompareSetup::of(engine) },
        };
        self.engines().into_iter().map(setup).collect()
    }

    /// The files named, or a family of that scale made for it.
    fn files(&self, scale: u64) -> Result<Vec<PathBuf>> {
        if self.files.is_empty() {
            return Family::sdxl(scale, &self.dtype, self.models)?.prepare(self.dir.as_deref());
        }
        let absolute = |path: &PathBuf| {
            path.canonicalize().with_context(|| format!("cannot find {}", path.display()))
        };
        self.files.iter().map(absolute).collect()
    }

    /// The files whose comparison takes no time to speak of: 2 MB each, if `scale` is not given.
    fn small_files(&self, scale: Option<u64>) -> Result<Vec<PathBuf>> {
        self.files(scale.unwrap_or(64))
    }
}

/// What figures are of, whatever was measured.
#[derive(Serialize)]
struct Run<T> {
    runs: usize,
    cores: usize,
    #[serde(flatten)]
    measured: T,
}

impl<T: Serialize> Run<T> {
    fn new(arguments: &Arguments, measured: T) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { runs: arguments.runs, cores, measured }
    }

    fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Measures what was asked for and prints the table.
pub fn run(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.runs > 0, "at least one round is needed");
    let browsers = arguments.browsers();
    if !browsers.is_empty() {
        build::all()?;
        browser::require(browsers)?;
    }
    if arguments.suite {
        suite::run(arguments)
    } else if arguments.latency {
        latency::run(arguments)
    } else {
        one(arguments)
    }
}

/// Measures one set of files on every side.
fn one(arguments: &Arguments) -> Result<()> {
    let files = arguments.files(arguments.scale.unwrap_or(2))?;
    let rivals = Rival::of(&arguments.rivals)?;
    let sides = Sides {
        is_native: arguments.is_native(),
        browsers: arguments.browsers(),
        setups: arguments.setups(),
        rivals: &rivals,
    };
    let measured = sides.measure(&files, arguments.runs, &mut figures::ReadSetups::new())?;
    let run = Run::new(arguments, measured);
    print!("{}", table::render(&run));
    if let Some(path) = &arguments.json {
        run.write(path)?;
    }
    failed(&run.measured.failures)
}

/// An error that says everything that failed, if anything did.
fn failed(failures: &[String]) -> Result<()> {
    ensure!(failures.is_empty(), "not everything was measured: {}", failures.join("; "));
    Ok(())
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        bench: Arguments,
    }

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        Command::try_parse_from(words).map(|command| command.bench)
    }

    #[test]
    fn the_middle_of_odd_and_even_numbers() {
        let medians = [vec![3.0, 1.0, 2.0], vec![4.0, 1.0, 2.0, 3.0]].map(median);
        assert_eq!(medians.map(|median| median.to_string()), ["2", "2.5"]);
    }

    #[test]
    fn both_engines_and_all_browsers_unless_some_are_named() {
        let all = parse("").unwrap();
        assert!(all.is_native());
        assert_eq!(all.browsers(), ["chromium", "firefox"]);
        assert_eq!(all.engines(), Engine::ALL);
        let native = parse("--native").unwrap();
        assert!(native.is_native() && native.browsers().is_empty());
        let some = parse("--browser firefox --engine threads,workers --workers 3").unwrap();
        assert!(!some.is_native());
        assert_eq!(some.browsers(), ["firefox"]);
        let labels: Vec<_> = some.setups().iter().map(CompareSetup::count).collect();
        assert_eq!(labels, [Some(3), None]);
        let one = parse("--engine threads --engine threads").unwrap();
        assert_eq!(one.engines(), [Engine::Threads]);
    }

    #[test]
    fn the_suite_decides_by_itself_what_is_compared() {
        assert!(parse("--suite --scale 8 --runs 1 --against true --against false").is_ok());
        for other in ["--models 2", "--dtype F32", "--workers 2", "--latency", "--files a b"] {
            assert!(parse(&format!("--suite {other}")).is_err(), "{other}");
        }
    }
}
