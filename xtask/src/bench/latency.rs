//! How long small files take in a browser whose workers are warm: from the call of `compare()`,
//! which a click makes, to the report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use super::browser::{self, CompareSetup, Latency};
use super::figures::Side;
use super::grid::grid;
use super::{Arguments, Run, failed};

/// Comparisons with each engine. One takes milliseconds, and some are disturbed.
const PASSES: usize = 31;

/// Everything measured of small files.
#[derive(Serialize)]
struct Measured {
    files: Vec<PathBuf>,
    latency: Vec<Latency>,
}

/// Measures the browsers and prints a table.
pub fn run(arguments: &Arguments) -> Result<()> {
    let files = arguments.small_files(arguments.scale)?;
    let mut failures = Vec::new();
    let latency = measure(&files, arguments.browsers(), &arguments.setups(), &mut failures);
    let run = Run { runs: PASSES, ..Run::new(arguments, Measured { files, latency }) };
    print!("{}", render(&run));
    if let Some(path) = &arguments.json {
        run.write(path)?;
    }
    failed(&failures)
}

/// Measures every browser; one that fails is noted in `failures`.
pub fn measure(
    files: &[PathBuf],
    browsers: &[&str],
    setups: &[CompareSetup],
    failures: &mut Vec<String>,
) -> Vec<Latency> {
    let mut latencies = Vec::new();
    for name in browsers {
        eprintln!("  {name}");
        match browser::latency(name, files, setups, PASSES) {
            Ok(latency) => latencies.push(latency),
            Err(error) => failures.push(format!("latency: {error:#}")),
        }
    }
    latencies
}

/// The median of each side.
pub fn medians_ms(latencies: &[Latency]) -> BTreeMap<Side, f64> {
    let mut medians = BTreeMap::new();
    for Latency { browser, compares } in latencies {
        for compare in compares {
            let side = Side::Browser(browser.clone(), compare.setup.engine);
            medians.insert(side, compare.median_ms);
        }
    }
    medians
}

fn render(run: &Run<Measured>) -> String {
    let mut lines = vec![["", "median", "fastest"].map(str::to_owned).to_vec()];
    for Latency { browser, compares } in &run.measured.latency {
        for compare in compares {
            let side = Side::Browser(browser.clone(), compare.setup.engine);
            let [median, fastest] =
                [compare.median_ms, compare.fastest_ms].map(|ms| format!("{ms:.1} ms"));
            lines.push(vec![side.to_string(), median, fastest]);
        }
    }
    let Run { runs, cores, measured } = run;
    let count = measured.files.len();
    format!("{count} files, {cores} cores, {runs} comparisons, warm\n{}", grid(&lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::browser::{CompareLatency, Engine};

    #[test]
    fn every_engine_has_a_line() {
        let compares =
            Engine::ALL.map(|engine| CompareLatency::once(CompareSetup::of(engine), 12.34));
        let latency = vec![Latency { browser: "firefox".to_owned(), compares: compares.into() }];
        assert_eq!(medians_ms(&latency).len(), 2);
        let measured = Measured { files: vec!["a".into(), "b".into()], latency };
        let expected = "\
2 files, 2 cores, 31 comparisons, warm
                  median  fastest
firefox workers  12.3 ms  12.3 ms
firefox threads  12.3 ms  12.3 ms
";
        assert_eq!(render(&Run { runs: 31, cores: 2, measured }), expected);
    }
}
