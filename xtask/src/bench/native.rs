//! The command line against `cat FILES > /dev/null`, and any other program on the same files.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

use super::median;
use crate::{build, command};

/// The command line's figures.
#[derive(Serialize)]
pub struct Figures {
    /// Medians over the rounds.
    pub read_gigabytes_per_second: f64,
    pub compare_gigabytes_per_second: f64,
    /// Median over the rounds of comparing against reading in the same round.
    pub ratio: f64,
    pub compare_seconds: f64,
    rounds: Vec<Round>,
}

#[derive(Serialize)]
struct Round {
    read_seconds: f64,
    compare_seconds: f64,
}

/// Another program's figures.
#[derive(Serialize)]
pub struct Against {
    pub command: String,
    /// Median over the rounds.
    pub seconds: f64,
    rounds_seconds: Vec<f64>,
}

/// Brings the files into the page cache, as far as they fit.
pub fn warm(files: &[PathBuf]) -> Result<()> {
    seconds(&mut cat(files)).map(drop)
}

/// Runs both sides `runs` times in turns.
pub fn measure(files: &[PathBuf], bytes: u64, runs: usize) -> Result<Figures> {
    let cargo = &mut command::cargo();
    let weightkin = build::artifact(cargo.args(["build", "--release", "--package=weightkin"]))?;
    let report = crate::repo::target().join("xtask").join("bench-report.json");
    eprintln!("measuring the command line");
    let mut rounds = Vec::new();
    for _ in 0..runs {
        let read_seconds = seconds(&mut cat(files))?;
        let mut compare = Command::new(&weightkin);
        compare.arg("compare").args(files).arg("--json").arg(&report);
        rounds.push(Round { read_seconds, compare_seconds: seconds(&mut compare)? });
    }
    let gigabytes = bytes as f64 / 1e9;
    let over = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    Ok(Figures {
        read_gigabytes_per_second: gigabytes / over(|round| round.read_seconds),
        compare_gigabytes_per_second: gigabytes / over(|round| round.compare_seconds),
        ratio: over(|round| round.read_seconds / round.compare_seconds),
        compare_seconds: over(|round| round.compare_seconds),
        rounds,
    })
}

/// Runs `command`, with the files' paths as its last arguments, `runs` times.
pub fn against(command: &str, files: &[PathBuf], runs: usize) -> Result<Against> {
    eprintln!("measuring `{command}`");
    let run = |_| {
        // the shell takes the paths as "$@", whatever is in them
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{command} \"$@\"")).arg("sh").args(files);
        seconds(&mut shell).with_context(|| format!("cannot measure `{command}`"))
    };
    let rounds_seconds = (0..runs).map(run).collect::<Result<Vec<_>>>()?;
    let seconds = median(rounds_seconds.clone());
    Ok(Against { command: command.to_owned(), seconds, rounds_seconds })
}

fn cat(files: &[PathBuf]) -> Command {
    let mut cat = Command::new("cat");
    cat.args(files);
    cat
}

/// How long a command takes whose output nobody reads.
fn seconds(timed: &mut Command) -> Result<f64> {
    let started = Instant::now();
    command::run(timed.stdout(Stdio::null()).stdin(Stdio::null()))?;
    Ok(started.elapsed().as_secs_f64())
}
