//! DuckDB, which one test runs the documented query in: a Python package in a folder of its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{read, run};
use crate::repo;

const PACKAGE: &str = "duckdb==2.0.0";

/// A Python that has it, or `None` after a line on why there is none: the test is skipped then.
pub fn python() -> Option<PathBuf> {
    let folder = repo::target().join("xtask").join("duckdb");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let has_it = || read(Command::new(&python).args(["-c", "import duckdb"])).is_ok();
    let install = || -> Result<()> {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--timeout=15", "--retries=1", PACKAGE];
        run(Command::new(&python).args(pip))
    };
    if has_it() {
        return Some(python);
    }
    if let Err(error) = install() {
        eprintln!("the query for DuckDB is not run: {error:#}");
        return None;
    }
    Some(python)
}
