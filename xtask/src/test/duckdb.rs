//! DuckDB, which one test runs the documented query in: a Python package.

use std::path::PathBuf;

use crate::python;

/// A Python that has it, or `None` after a line on why there is none: the test is skipped then.
pub fn python() -> Option<PathBuf> {
    python::with("duckdb", &[("duckdb", "2.0.0")])
        .inspect_err(|error| eprintln!("the query for DuckDB is not run: {error:#}"))
        .ok()
}
