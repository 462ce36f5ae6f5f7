//! The command line against `cat FILES > /dev/null`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

use super::median;
use crate::{build, command, repo};

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

/// Brings the files into the page cache, as far as they fit.
pub fn warm(files: &[PathBuf]) -> Result<()> {
    seconds(&mut cat(files)).map(drop)
}

/// Runs both sides `runs` times in turns.
pub fn measure(files: &[PathBuf], bytes: u64, runs: usize) -> Result<Figures> {
    let cargo = &mut command::cargo();
    let weightkin = build::artifact(cargo.args(["build", "--release", "--package=weightkin"]))?;
    let folder = repo::target().join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let report = folder.join("bench-report.json");
    let mut rounds = Vec::new();
    for _ in 0..runs {
        let read_seconds = seconds(&mut cat(files))?;
        let mut compare = Command::new(&weightkin);
        compare.arg("compare").args(files).arg("--json").arg(&report);
        rounds.push(Round { read_seconds, compare_seconds: seconds(&mut compare)? });
    }
    Ok(Figures::of(rounds, bytes as f64 / 1e9))
}

impl Figures {
    fn of(rounds: Vec<Round>, gigabytes: f64) -> Self {
        let over = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        Self {
            read_gigabytes_per_second: gigabytes / over(|round| round.read_seconds),
            compare_gigabytes_per_second: gigabytes / over(|round| round.compare_seconds),
            ratio: over(|round| round.read_seconds / round.compare_seconds),
            compare_seconds: over(|round| round.compare_seconds),
            rounds,
        }
    }

    /// One round that took so long, for tests of what is made of it.
    #[cfg(test)]
    pub fn once(read_seconds: f64, compare_seconds: f64, gigabytes: f64) -> Self {
        Self::of(vec![Round { read_seconds, compare_seconds }], gigabytes)
    }
}

fn cat(files: &[PathBuf]) -> Command {
    let mut cat = Command::new("cat");
    cat.args(files);
    cat
}

/// How long a command takes whose output nobody reads.
pub fn seconds(timed: &mut Command) -> Result<f64> {
    let started = Instant::now();
    command::run(timed.stdout(Stdio::null()).stdin(Stdio::null()))?;
    Ok(started.elapsed().as_secs_f64())
}
