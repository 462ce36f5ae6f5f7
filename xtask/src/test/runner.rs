//! Runs the steps of a test run one after the other and remembers how each went.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::tally::{CargoRunner, Outcome, Tally};
use crate::command;

/// The steps done so far.
#[derive(Default)]
pub struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    /// What a test runner counted; empty for a check that has nothing to count.
    outcome: Outcome,
}

impl Steps {
    /// A check that is either fine or not. A failed one counts as one failure; returns whether
    /// it went well.
    pub fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        self.count(name, || work().map(|()| Outcome::default()))
    }

    /// A test runner that counts its tests; returns whether all went well.
    pub fn count(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) -> bool {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let outcome = work().unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            Outcome { tally: Tally::ONE_FAILED, ..Outcome::default() }
        });
        let is_well = outcome.tally.failed == 0;
        self.done.push(Step { name, took: started.elapsed(), outcome });
        is_well
    }

    /// Prints what was done, the tests that failed and, as the last line, the number of tests.
    pub fn finish(self) -> ExitCode {
        eprintln!();
        for Step { name, took, outcome: Outcome { tally, .. } } in &self.done {
            let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
            let counted =
                if *tally == Tally::default() { String::new() } else { tally.to_string() };
            eprintln!("{verdict:>6} {:>6.1} s  {name:<24} {counted}", took.as_secs_f64());
        }
        for failure in self.done.iter().flat_map(|step| &step.outcome.failures) {
            eprintln!("failed: {failure}");
        }
        let total: Tally = self.done.iter().map(|step| step.outcome.tally).sum();
        println!("{total}");
        if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Runs Rust tests, showing what the runner prints and adding up its summaries.
pub fn cargo_tests(runner: CargoRunner, command: &mut Command) -> Result<Outcome> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| command::not_started(command, &error))?;
    // cargo test sums up on one stream, nextest on the other
    let stdout = child.stdout.take().map(|stream| thread::spawn(move || forward(runner, stream)));
    let stderr = child.stderr.take().map(|stream| thread::spawn(move || forward(runner, stream)));
    let status = child.wait()?;
    let readers = [stdout, stderr].into_iter().flatten();
    let seen = readers.filter_map(|reader| reader.join().ok());
    let outcome = seen.fold(Outcome::default(), Outcome::join);
    if !status.success() && outcome.tally.failed == 0 {
        bail!("`{}` ended with {status}", command::shown(command));
    }
    Ok(outcome)
}

fn forward(runner: CargoRunner, stream: impl Read) -> Outcome {
    let mut outcome = Outcome::default();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length_bytes| length_bytes > 0) {
        // nobody may be reading; the tests are counted all the same
        let _ = std::io::stderr().write_all(&line);
        outcome.read_line(runner, &String::from_utf8_lossy(&line));
        line.clear();
    }
    outcome
}

/// Runs the vitest of the npm package in `folder`.
pub fn vitest(folder: &Path, prepare: impl FnOnce(&mut Command)) -> Result<Outcome> {
    let summary_path = crate::repo::target().join("xtask").join("vitest.json");
    if summary_path.exists() {
        std::fs::remove_file(&summary_path)?;
    }
    let mut command = command::npm(folder);
    command.args(["exec", "--no", "--", "vitest", "run", "--reporter=default", "--reporter=json"]);
    command.arg(format!("--outputFile.json={}", summary_path.display()));
    prepare(&mut command);
    let status = command.status().map_err(|error| command::not_started(&command, &error))?;
    let outcome = Outcome::from_vitest(&summary_path)?;
    if !status.success() && outcome.tally.failed == 0 {
        bail!("vitest ended with {status}");
    }
    Ok(outcome)
}
