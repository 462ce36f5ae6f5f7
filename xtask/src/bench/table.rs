//! The bench of one set of files as a table for reading.

use std::fmt::Write;

use super::Run;
use super::figures::{Figures, Row};
use super::grid::grid;

/// One line per side, and below it what the figures are of.
pub fn render(run: &Run<Figures>) -> String {
    let Run { runs, cores, measured: figures } = run;
    let titles = ["", "reading", "comparing", "ratio", "time", "memory"].map(str::to_owned);
    let is_one = figures.against.len() == 1;
    let title = |number| if is_one { "factor".to_owned() } else { format!("factor {number}") };
    let mut lines = vec![titles.to_vec()];
    lines[0].extend((1..=figures.against.len()).map(title));
    lines.extend(figures.rows().iter().map(|row| line(row, figures)));

    let (count, gigabytes) = (figures.files.len(), figures.bytes as f64 / 1e9);
    let mut text =
        format!("{count} files, {gigabytes:.2} GB in all, {cores} cores, medians of {runs}\n");
    text += &grid(&lines);
    for (number, against) in (1..).zip(&figures.against) {
        let title = title(number);
        let _ = writeln!(text, "{title}: against `{}`, {:.2} s", against.command, against.seconds);
    }
    text.push_str(
        "reading: `cat FILES > /dev/null`; in a browser the fastest of its byte streams\n",
    );
    for browser in &figures.browsers {
        let setup = &browser.best_setup;
        let _ = writeln!(
            text,
            "  {}: {} streams in {} workers, buffers of {} MiB",
            browser.browser,
            setup.streams,
            setup.workers,
            setup.buffer_bytes >> 20
        );
    }
    text
}

fn line(row: &Row, figures: &Figures) -> Vec<String> {
    let side = match row.count {
        Some(count) => format!("{}: {count}", row.side),
        None => row.side.to_string(),
    };
    let memory = row.memory_growth_bytes.map_or_else(String::new, megabytes);
    let factor = |seconds: f64| format!("{:.1} x", seconds / row.seconds);
    let mut line = vec![
        side,
        speed(row.read_gigabytes_per_second),
        speed(row.compare_gigabytes_per_second),
        format!("{:.2}", row.ratio),
        format!("{:.2} s", row.seconds),
        memory,
    ];
    line.extend(figures.against.iter().map(|against| factor(against.seconds)));
    line
}

/// How much memory a comparison takes.
pub fn megabytes(bytes: f64) -> String {
    format!("{:+.0} MB", bytes / 1e6)
}

fn speed(gigabytes_per_second: f64) -> String {
    format!("{gigabytes_per_second:.2} GB/s")
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::browser::{self, CompareFigures, CompareSetup, Engine, ReadSetup};
    use crate::bench::{native, rival};

    /// Figures of 2 GB on the command line and in one browser with these ways of comparing, by the
    /// seconds that they took.
    pub fn figures(native: Option<f64>, compares: &[(Engine, Option<usize>, f64)]) -> Figures {
        let compare = |&(engine, workers, seconds): &(Engine, Option<usize>, f64)| CompareFigures {
            setup: CompareSetup { engine, workers, threads: None },
            gigabytes_per_second: 2.0 / seconds,
            ratio: 1.0 / seconds,
            seconds,
            memory_growth_bytes: 98.4e6,
        };
        let browser = browser::Figures {
            browser: "chromium".to_owned(),
            best_setup: ReadSetup { workers: 2, streams: 4, buffer_bytes: 1 << 20 },
            read_gigabytes_per_second: 2.0,
            compares: compares.iter().map(compare).collect(),
            setups: json!([]),
            rounds: json!([]),
        };
        Figures {
            files: vec!["a".into(), "b".into()],
            bytes: 2_000_000_000,
            native: native.map(|seconds| native::Figures::once(0.5, seconds, 2.0)),
            browsers: if compares.is_empty() { Vec::new() } else { vec![browser] },
            against: Vec::new(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn every_side_has_a_line_and_every_rival_a_column() {
        let compares = [(Engine::Workers, None, 2.0), (Engine::Threads, Some(3), 1.6)];
        let mut measured = figures(Some(1.0), &compares);
        measured.against = vec![rival::Figures::once("python a.py", 24.0)];
        let mut run = Run { runs: 3, cores: 2, measured };
        let expected = "\
2 files, 2.00 GB in all, 2 cores, medians of 3
                       reading  comparing  ratio    time  memory  factor
command line         4.00 GB/s  2.00 GB/s   0.50  1.00 s          24.0 x
chromium workers     2.00 GB/s  1.00 GB/s   0.50  2.00 s  +98 MB  12.0 x
chromium threads: 3  2.00 GB/s  1.25 GB/s   0.62  1.60 s  +98 MB  15.0 x
factor: against `python a.py`, 24.00 s
reading: `cat FILES > /dev/null`; in a browser the fastest of its byte streams
  chromium: 4 streams in 2 workers, buffers of 1 MiB
";
        assert_eq!(render(&run), expected);

        run.measured.against.push(rival::Figures::once("b", 2.0));
        let text = render(&run);
        assert!(text.lines().nth(1).unwrap().ends_with("memory  factor 1  factor 2"), "{text}");
        assert!(text.contains("2.00 s  +98 MB    12.0 x     1.0 x\n"), "{text}");
        assert!(text.contains("factor 2: against `b`, 2.00 s\n"), "{text}");
    }

    #[test]
    fn without_a_browser_there_is_nothing_about_one() {
        let text = render(&Run { runs: 1, cores: 2, measured: figures(Some(1.0), &[]) });
        assert_eq!(text.lines().count(), 4, "{text}");
    }
}
