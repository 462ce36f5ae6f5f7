//! The suite as a table for reading.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Measured, Suite};
use crate::bench::Run;
use crate::bench::figures::{Row, Side};
use crate::bench::grid::grid;
use crate::bench::latency;
use crate::bench::rival;
use crate::bench::table::megabytes;

/// A column per side. Every case has a line, or one for each number of workers, and below it what it
/// is set against.
pub fn render(run: &Run<Suite>) -> String {
    let Run { runs, cores, measured: suite } = run;
    let latencies = latency::medians_ms(&suite.latency);
    let rows = suite.cases.iter().flat_map(|case| case.figures.rows());
    let sides: BTreeSet<Side> = rows.map(|row| row.side).chain(latencies.keys().cloned()).collect();
    let sides = Columns(sides.into_iter().collect());

    let mut lines = vec![sides.line("", "GB", |side| Some(side.to_string()))];
    lines.extend(suite.cases.iter().flat_map(|case| sides.lines(case)));
    if !latencies.is_empty() {
        lines.push(sides.line("small files, warm", "", |side| {
            latencies.get(side).map(|median_ms| format!("{median_ms:.1} ms"))
        }));
    }
    let mut text = format!(
        "scale {}, {cores} cores, medians of {runs}: comparing against reading, memory\n{}",
        suite.scale,
        grid(&lines)
    );
    for (number, against) in suite.cases.iter().flat_map(|case| (1..).zip(&case.figures.against)) {
        let rival::Figures { command, seconds, .. } = against;
        let _ = writeln!(text, "factor {number}: against `{command}`, {seconds:.2} s");
    }
    text
}

/// The sides, in the order of their columns.
struct Columns(Vec<Side>);

impl Columns {
    /// All lines of a case.
    fn lines(&self, case: &Measured) -> Vec<Vec<String>> {
        let rows = case.figures.rows();
        let gigabytes = format!("{:.2}", case.figures.bytes as f64 / 1e9);
        let counts: BTreeSet<Option<usize>> = rows.iter().map(|row| row.count).collect();
        let mut lines = Vec::new();
        for count in counts {
            let name = match count {
                Some(count) => format!("{}: {count}", case.name),
                None => case.name.to_owned(),
            };
            let row = |side: &Side| rows.iter().find(|row| row.side == *side && row.count == count);
            lines.push(self.line(&name, &gigabytes, |side| row(side).map(cell)));
        }
        if !case.cost_of_a_byte.is_empty() {
            let cost = |side: &Side| case.cost_of_a_byte.get(&side.to_string());
            let shown = |side: &Side| cost(side).map(|cost| format!("{cost:.2} x"));
            lines.push(self.line("  cost of a byte", "", shown));
        }
        for (number, against) in (1..).zip(&case.figures.against) {
            let row = |side: &Side| rows.iter().find(|row| row.side == *side);
            let times = |row: &Row| format!("{:.1} x", against.seconds / row.seconds);
            lines.push(self.line(&format!("  factor {number}"), "", |side| row(side).map(times)));
        }
        lines
    }

    fn line(
        &self,
        name: &str,
        gigabytes: &str,
        cell: impl Fn(&Side) -> Option<String>,
    ) -> Vec<String> {
        let cells = self.0.iter().map(|side| cell(side).unwrap_or_default());
        [name.to_owned(), gigabytes.to_owned()].into_iter().chain(cells).collect()
    }
}

fn cell(row: &Row) -> String {
    let memory = row.memory_growth_bytes.map(|bytes| format!("  {:>7}", megabytes(bytes)));
    format!("{:.2}{}", row.ratio, memory.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::browser::{CompareLatency, CompareSetup, Engine, Latency};
    use crate::bench::suite::costs;
    use crate::bench::table::tests::figures;

    #[test]
    fn every_case_has_its_line_and_what_it_is_set_against_below() {
        let both = [(Engine::Workers, None, 2.0), (Engine::Threads, None, 1.6)];
        let mut first = figures(Some(1.0), &both);
        first.against = vec![rival::Figures::once("a.py", 24.0)];
        let slower = figures(Some(1.25), &[(Engine::Workers, None, 3.0)]);
        let counted = figures(None, &[1, 2].map(|n| (Engine::Workers, Some(n), 4.0 / n as f64)));
        let cost_of_a_byte = costs(&slower, &first);
        let case =
            |name, base, cost_of_a_byte, figures| Measured { name, base, cost_of_a_byte, figures };
        let latency = Latency {
            browser: "chromium".to_owned(),
            compares: vec![CompareLatency::once(CompareSetup::of(Engine::Workers), 12.34)],
        };
        let suite = Suite {
            scale: 4,
            cases: vec![
                case("plain", None, [].into(), first),
                case("shuffled", Some("plain"), cost_of_a_byte, slower),
                case("by workers", None, [].into(), counted),
            ],
            latency: vec![latency],
        };
        let expected = "\
scale 4, 2 cores, medians of 3: comparing against reading, memory
                     GB  command line  chromium workers  chromium threads
plain              2.00          0.50     0.50   +98 MB     0.62   +98 MB
  factor 1                     24.0 x            12.0 x            15.0 x
shuffled           2.00          0.40     0.33   +98 MB
  cost of a byte               1.25 x            1.50 x
by workers: 1      2.00                   0.25   +98 MB
by workers: 2      2.00                   0.50   +98 MB
small files, warm                               12.3 ms
factor 1: against `a.py`, 24.00 s
";
        let text = render(&Run { runs: 3, cores: 2, measured: suite });
        assert_eq!(text, expected, "\n{text}");
    }
}
