//! The page: its build, its types, and tests of the built site in real browsers.

mod families;
mod install;

pub use install::require;

use super::runner::{Steps, vitest};
use crate::command::{cargo, npm, run as run_command};
use crate::{build, pack, repo};

/// Runs every check of the page, then the browser tests if there is a page to test.
pub fn run(steps: &mut Steps, engines: &[String], filters: &[String]) {
    let is_built = steps.check("site", build::all);
    let is_packed = is_built && steps.check("package", || pack::all().map(drop));
    let www = repo::www();
    let tests = repo::browser_tests();
    let is_installed = steps.check("test packages", || build::install_packages(&tests));
    for (name, folder, script) in [
        ("types of the page", &www, "check"),
        ("lints of the page", &www, "lint"),
        ("types of its tests", &tests, "check"),
        ("lints of its tests", &tests, "lint"),
    ] {
        steps.check(name, || run_command(npm(folder).args(["run", script, "--silent"])));
    }
    let is_ready = steps.check("browsers", || require(engines))
        && steps.check("command line", || {
            // with the features that the Rust tests have, which have mostly built it already
            run_command(cargo().args(["build", "--workspace", "--tests"]))
        })
        && steps.check("families", families::prepare);
    if is_packed && is_installed && is_ready {
        steps.count("tests in browsers", || {
            vitest(&tests, |command| {
                command.args(filters).env("WEIGHTKIN_ENGINES", engines.join(","));
            })
        });
    }
}
