//! The Rust side: formatting, lints, documentation, tests.

use crate::build::{WASM_TARGET, require_wasm_target};
use crate::command::{cargo, find, run as run_command};
use crate::fuzz::{TARGETS, fuzz};

use super::duckdb;
use super::runner::{Steps, cargo_tests};
use super::tally::CargoRunner::{Nextest, Test};

/// How long each fuzz target runs: a minute of all together. `cargo xtask fuzz` runs them longer.
const FUZZ_SECONDS: u32 = 60 / TARGETS.len() as u32;

/// Runs every check; none stops the others.
pub fn run(steps: &mut Steps) {
    steps.check("formatting", || run_command(cargo().args(["fmt", "--all", "--check"])));
    steps.check("lints", || {
        run_command(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]))
    });
    steps.check("lints for the browser", || {
        require_wasm_target()?;
        let clippy = [
            "clippy",
            "--package=weightkin",
            "--package=weightkin-kernel",
            "--lib",
            "--target",
            WASM_TARGET,
        ];
        run_command(cargo().args(clippy).args(["--", "-Dwarnings"]))
    });
    steps.check("licences", crate::supply::check);
    steps.check("documentation", || {
        let doc = ["doc", "--workspace", "--no-deps"];
        run_command(cargo().args(doc).env("RUSTDOCFLAGS", "-Dwarnings"))
    });
    steps.check("fuzzing", || fuzz(&TARGETS, FUZZ_SECONDS));
    let python = duckdb::python();
    // the name that `tests/identify` knows
    let env = python.map(|python| ("WEIGHTKIN_DUCKDB_PYTHON", python));
    if find("cargo-nextest").is_some() {
        steps.count("tests", || {
            let nextest = ["nextest", "run", "--workspace", "--no-fail-fast"];
            cargo_tests(Nextest, cargo().args(nextest).envs(env.clone()))
        });
        steps.count("documentation tests", || {
            cargo_tests(Test, cargo().args(["test", "--doc", "--workspace"]))
        });
    } else {
        steps.count("tests", || {
            let test = ["test", "--workspace", "--no-fail-fast"];
            cargo_tests(Test, cargo().args(test).envs(env.clone()))
        });
    }
}
