//! `cargo xtask test`: every check and every test, real browsers included.

mod browsers;
mod checks;
mod duckdb;
mod runner;
mod tally;

use std::process::ExitCode;

pub use browsers::require as require_browsers;
use runner::Steps;

/// Options of `cargo xtask test`; without one, everything runs.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the Rust side: formatting, lints, documentation, tests
    #[arg(long)]
    native: bool,
    /// Only the page: build, type check, lints, tests in real browsers
    #[arg(long)]
    browsers: bool,
    /// Only in these browsers: chromium, firefox, webkit
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    engine: Vec<String>,
    /// Only the browser test files whose path contains one of these
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
}

/// Runs the tests, going on after failures, and ends with one line that counts them.
pub fn run(arguments: &Arguments) -> ExitCode {
    let is_everything = !arguments.native && !arguments.browsers;
    let mut steps = Steps::default();
    if is_everything || arguments.native {
        checks::run(&mut steps);
    }
    if is_everything || arguments.browsers {
        browsers::run(&mut steps, &arguments.engine, &arguments.filters);
    }
    steps.finish()
}
