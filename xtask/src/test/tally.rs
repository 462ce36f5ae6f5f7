//! Counts of tests and the names of failed ones, read from what each test runner says about itself.

use std::collections::BTreeSet;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    /// One thing that failed and is not a test of any runner.
    pub const ONE_FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// Reads a summary line of the runner; `None` for any other line.
    pub fn from_summary_line(runner: CargoRunner, line: &str) -> Option<Self> {
        let counts = match runner {
            CargoRunner::Test => line.strip_prefix("test result: ")?.split_once(". ")?.1,
            CargoRunner::Nextest => line.trim().strip_prefix("Summary [")?.split_once(" run: ")?.1,
        };
        let mut tally = Self::default();
        for part in counts.split([';', ',']) {
            let mut words = part.split_whitespace();
            let (Some(count), Some(word)) = (words.next(), words.next()) else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match word {
                "passed" => tally.passed += count,
                "failed" | "timed" => tally.failed += count,
                "ignored" | "skipped" => tally.skipped += count,
                _ => {}
            }
        }
        Some(tally)
    }
}

/// What came out of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub tally: Tally,
    /// Names of failed tests, as their runner writes them.
    pub failures: BTreeSet<String>,
}

impl Outcome {
    /// Takes in a line of a runner's output: the name of a failed test or its summary.
    pub fn read_line(&mut self, runner: CargoRunner, line: &str) {
        if let Some(tally) = Tally::from_summary_line(runner, line) {
            self.tally = self.tally + tally;
        }
        let failed = match runner {
            CargoRunner::Test => line
                .strip_prefix("test ")
                .and_then(|rest| rest.trim_end().strip_suffix(" ... FAILED")),
            CargoRunner::Nextest => ["FAIL [", "TIMEOUT ["]
                .iter()
                .find_map(|verdict| line.trim().strip_prefix(verdict))
                .and_then(|rest| rest.split_once("] "))
                .map(|(_, name)| name),
        };
        self.failures.extend(failed.map(str::to_owned));
    }

    /// Adds what another reader of the same run's output saw.
    pub fn join(mut self, other: Self) -> Self {
        self.failures.extend(other.failures);
        Self { tally: self.tally + other.tally, failures: self.failures }
    }

    /// Reads the JSON summary that vitest wrote to `path`.
    pub fn from_vitest(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).context("vitest left no summary")?;
        let summary: VitestSummary = serde_json::from_str(&text)?;
        let failures = summary.files.into_iter().flat_map(VitestFile::failures).collect();
        let tally = Tally {
            passed: summary.passed,
            failed: summary.failed,
            skipped: summary.pending + summary.todo,
        };
        Ok(Self { tally, failures })
    }
}

/// A runner of Rust tests. Each shows what failed tests print, which may look like the other's
/// summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CargoRunner {
    /// `cargo test`
    Test,
    /// `cargo nextest run`
    Nextest,
}

#[derive(Deserialize)]
struct VitestSummary {
    #[serde(rename = "numPassedTests")]
    passed: u64,
    #[serde(rename = "numFailedTests")]
    failed: u64,
    #[serde(rename = "numPendingTests")]
    pending: u64,
    #[serde(rename = "numTodoTests")]
    todo: u64,
    #[serde(rename = "testResults")]
    files: Vec<VitestFile>,
}

#[derive(Deserialize)]
struct VitestFile {
    name: String,
    #[serde(rename = "assertionResults")]
    tests: Vec<VitestTest>,
}

#[derive(Deserialize)]
struct VitestTest {
    #[serde(rename = "fullName")]
    name: String,
    status: String,
    /// What each try said.
    #[serde(rename = "failureMessages", default)]
    messages: Vec<String>,
}

impl VitestFile {
    fn failures(self) -> impl Iterator<Item = String> {
        let file = Path::new(&self.name).file_name().unwrap_or_default().display().to_string();
        let failed = self.tests.into_iter().filter(|test| test.status == "failed");
        failed.map(move |test| format!("{file}: {}{}", test.name, test.reason()))
    }
}

impl VitestTest {
    /// The first line of what the last try said, as the end of a sentence.
    fn reason(&self) -> String {
        let line = self.messages.last().and_then(|message| message.lines().next());
        match line.map(str::trim) {
            None => String::new(),
            // what Vitest writes of a test that has run out of time
            Some("Error: STACK_TRACE_ERROR") => " (timed out)".to_owned(),
            Some(line) => format!(" ({line})"),
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(formatter, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::{CargoRunner, Outcome, Tally};

    #[test]
    fn summaries_of_both_runners_are_read() {
        let line = "test result: FAILED. 6 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out";
        assert_eq!(
            Tally::from_summary_line(CargoRunner::Test, line),
            Some(Tally { passed: 6, failed: 1, skipped: 2 })
        );
        let line = "     Summary [   1.204s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 4 skipped";
        assert_eq!(
            Tally::from_summary_line(CargoRunner::Nextest, line),
            Some(Tally { passed: 6, failed: 3, skipped: 4 })
        );
        let echo = "    test result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert_eq!(Tally::from_summary_line(CargoRunner::Nextest, echo), None);
        assert_eq!(Tally::from_summary_line(CargoRunner::Test, "test tally ... ok"), None);
    }

    #[test]
    fn failed_tests_are_named_once() {
        let mut outcome = Outcome::default();
        outcome.read_line(CargoRunner::Test, "test plan::tests::runs ... FAILED\n");
        outcome.read_line(CargoRunner::Test, "test plan::tests::holes ... ok\n");
        assert_eq!(outcome.failures.iter().collect::<Vec<_>>(), ["plan::tests::runs"]);

        let mut outcome = Outcome::default();
        for _ in 0..2 {
            outcome
                .read_line(CargoRunner::Nextest, "        FAIL [   0.004s] weightkin plan::runs\n");
            outcome.read_line(
                CargoRunner::Nextest,
                "        PASS [   0.004s] weightkin plan::holes\n",
            );
        }
        assert_eq!(outcome.failures.iter().collect::<Vec<_>>(), ["weightkin plan::runs"]);
    }

    #[test]
    fn tallies_add_up_to_the_closing_line() {
        let tallies = [Tally { passed: 3, failed: 0, skipped: 1 }, Tally::ONE_FAILED];
        let total: Tally = tallies.into_iter().sum();
        assert_eq!(total.to_string(), "3 passed, 1 failed, 1 skipped");
    }
}
