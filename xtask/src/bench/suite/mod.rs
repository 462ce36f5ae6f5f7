//! `cargo xtask bench --suite`: a fixed list of cases in one table.

mod case;
mod table;

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::browser::Latency;
use super::figures::{Figures, ReadSetups, Row, Sides};
use super::rival::Rival;
use super::{Arguments, Run, failed, latency};
use case::Case;

/// Everything that the suite measured.
#[derive(Serialize)]
struct Suite {
    scale: u64,
    cases: Vec<Measured>,
    latency: Vec<Latency>,
}

/// One case's figures.
#[derive(Serialize)]
struct Measured {
    name: &'static str,
    /// The case that costs are set against.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'static str>,
    /// By side: the time for a byte against that of the base.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    cost_of_a_byte: BTreeMap<String, f64>,
    #[serde(flatten)]
    figures: Figures,
}

/// Measures all cases and prints one table. What fails is left out of it, and said at the end.
pub fn run(arguments: &Arguments) -> Result<()> {
    let scale = arguments.scale.unwrap_or(4);
    let rivals = Rival::of(&arguments.rivals)?;
    let (browsers, engines) = (arguments.browsers(), arguments.engines());
    let dir = arguments.dir.as_deref();
    let mut cases = case::suite(scale)?;
    cases.retain(|case| {
        let is_native = arguments.is_native() && case.has_native();
        is_native || !browsers.is_empty() && !case.setups(&engines).is_empty()
    });
    eprintln!("making the files of {} cases", cases.len());
    let files = cases.iter().map(|case| case.prepare(dir)).collect::<Result<Vec<_>>>()?;
    let small = arguments.small_files(None)?;

    let mut known = ReadSetups::new();
    let mut suite = Suite { scale, cases: Vec::new(), latency: Vec::new() };
    for (number, (case, files)) in (1..).zip(cases.iter().zip(&files)) {
        eprintln!("case {number} of {}: {}", cases.len(), case.name);
        let sides = Sides {
            is_native: arguments.is_native() && case.has_native(),
            browsers,
            setups: case.setups(&engines),
            rivals: if case.has_rivals { &rivals } else { &[] },
        };
        let figures = sides.measure(files, arguments.runs, &mut known)?;
        suite.cases.push(Measured::new(case, figures, &suite.cases));
    }
    let mut failures = suite.cases.iter().flat_map(Measured::failures).collect();
    eprintln!("latency");
    suite.latency = latency::measure(&small, browsers, &arguments.setups(), &mut failures);

    let run = Run::new(arguments, suite);
    print!("{}", table::render(&run));
    if let Some(path) = &arguments.json {
        run.write(path)?;
    }
    failed(&failures)
}

impl Measured {
    /// `earlier` has the case's base, if that was measured.
    fn new(case: &Case, figures: Figures, earlier: &[Self]) -> Self {
        let base = earlier.iter().find(|earlier| Some(earlier.name) == case.base);
        let cost_of_a_byte = base.map_or_else(BTreeMap::new, |base| costs(&figures, &base.figures));
        Self { name: case.name, base: case.base, cost_of_a_byte, figures }
    }

    fn failures(&self) -> impl Iterator<Item = String> {
        self.figures.failures.iter().map(|failure| format!("{}: {failure}", self.name))
    }
}

/// By side: how much longer a byte takes than a byte of `base`.
fn costs(figures: &Figures, base: &Figures) -> BTreeMap<String, f64> {
    let base = base.rows();
    let cost = |row: &Row| {
        let base = base.iter().find(|base| base.side == row.side)?;
        let cost = base.compare_gigabytes_per_second / row.compare_gigabytes_per_second;
        Some((row.side.to_string(), cost))
    };
    figures.rows().iter().filter_map(cost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::browser::Engine;
    use crate::bench::table::tests::figures;

    #[test]
    fn a_byte_costs_more_where_the_same_bytes_take_longer() {
        let base = figures(Some(1.0), &[(Engine::Workers, None, 2.0)]);
        let slow =
            figures(Some(1.5), &[(Engine::Workers, None, 5.0), (Engine::Threads, None, 2.0)]);
        let expected =
            [("command line", 1.5), ("chromium workers", 2.5)].map(|(s, x)| (s.to_owned(), x));
        assert_eq!(costs(&slow, &base), BTreeMap::from(expected));
    }
}
