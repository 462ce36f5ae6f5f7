//! Other programs on the same files.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{median, native};
use crate::python::{self, Package};
use crate::repo;

const NUMPY: Package = ("numpy", "2.4.6");

/// Options that name the programs.
#[derive(clap::Args)]
pub struct Asked {
    /// A command to measure against, may be given several times: it is run with the files' paths
    /// behind it
    #[arg(long, value_name = "COMMAND")]
    against: Vec<String>,
    /// Measure against a script in NumPy and float32, which is installed for it
    #[arg(long)]
    numpy: bool,
}

/// A program to measure against.
pub enum Rival {
    /// What a shell runs.
    Shell(String),
    /// The script beside this file, run by this Python.
    Numpy(PathBuf),
}

/// A program's figures.
#[derive(Serialize)]
pub struct Figures {
    pub command: String,
    /// Median over the rounds.
    pub seconds: f64,
    rounds_seconds: Vec<f64>,
}

impl Rival {
    /// The programs that were asked for.
    pub fn of(asked: &Asked) -> Result<Vec<Self>> {
        let mut rivals = Vec::new();
        if asked.numpy {
            rivals.push(Self::Numpy(python::with("numpy", &[NUMPY])?));
        }
        rivals.extend(asked.against.iter().cloned().map(Self::Shell));
        Ok(rivals)
    }

    /// The program as a table names it.
    pub fn shown(&self) -> String {
        match self {
            Self::Shell(command) => command.clone(),
            Self::Numpy(_) => format!("the script in NumPy {}", NUMPY.1),
        }
    }

    /// Runs the program `runs` times.
    pub fn measure(&self, files: &[PathBuf], runs: usize) -> Result<Figures> {
        let run = |_| {
            native::seconds(&mut self.command(files))
                .with_context(|| format!("cannot measure `{}`", self.shown()))
        };
        let rounds_seconds = (0..runs).map(run).collect::<Result<Vec<_>>>()?;
        Ok(Figures {
            command: self.shown(),
            seconds: median(rounds_seconds.clone()),
            rounds_seconds,
        })
    }

    fn command(&self, files: &[PathBuf]) -> Command {
        match self {
            Self::Shell(command) => {
                // the shell takes the paths as "$@", whatever is in them
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(format!("{command} \"$@\"")).arg("sh").args(files);
                shell
            }
            Self::Numpy(python) => {
                let script = repo::root().join("xtask/src/bench/with_numpy.py");
                let mut command = Command::new(python);
                command.arg(script).args(files);
                command
            }
        }
    }
}

#[cfg(test)]
impl Figures {
    /// One round that took so long, for tests of what is made of it.
    pub fn once(command: &str, seconds: f64) -> Self {
        Self { command: command.to_owned(), seconds, rounds_seconds: vec![seconds] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_a_command_as_they_are() {
        let files = ["a b".into(), "$(c)".into()];
        let rival = Rival::Shell("printf '%s|'".to_owned());
        let output = rival.command(&files).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "a b|$(c)|");
    }

    #[test]
    fn a_command_that_fails_is_named() {
        let Err(error) = Rival::Shell("false".to_owned()).measure(&[], 1) else {
            panic!("it was measured");
        };
        assert!(error.to_string().contains("cannot measure `false`"), "{error}");
    }
}
