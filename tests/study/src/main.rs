//! `weightkin-study [FAMILIES] [--small] [--hard] [--json] [--kept FILE] [--rows N] [--columns N]`:
//! the study, as Markdown or JSON. With `--kept`, the errors of each family are added to a file, and
//! those that are there already are not made again: a study that was interrupted goes on. The density
//! is that of fingerprints unless it is given.
//!
//! Ends with an error where ordinary families, at their whole size, miss what is asked of them.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::ExitCode;

use weightkin::sample::Density;
use weightkin_study::{Demand, Family, Outcome, Scale, demands};

/// Families by their seeds, and what came of them.
type SampledTensor = BTreeMap<u64, Outcome>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let families = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(48);
    let after = |option: &str| arguments.iter().skip_while(|text| *text != option).nth(1);
    let file = after("--kept");
    let number = |option: &str, usual: u32| {
        after(option).map_or(usual, |text| text.parse().expect("a whole number"))
    };
    let density = Density {
        rows: number("--rows", Density::DEFAULT.rows),
        columns: number("--columns", Density::DEFAULT.columns),
    };
    let scale = if has("--small") { Scale::SMALL } else { Scale::WHOLE };
    let mut kept = file.map(|file| read(file)).unwrap_or_default();
    let mut outcome = Outcome::default();
    for seed in 0..families {
        let of_family = kept.remove(&seed).unwrap_or_else(|| {
            let family = Family::new(seed, has("--hard"), scale);
            let mut outcome = Outcome::default();
            let (exact, estimated) = family.compare(density);
            outcome.add(&exact, &estimated);
            if let Some(file) = file {
                keep(file, seed, &outcome);
            }
            eprintln!("{seed:2}  {}", outcome.shown_overall());
            outcome
        });
        outcome.extend(of_family);
    }
    for (block, cosine, error) in outcome.worst_blocks(10) {
        eprintln!("block {block} at {cosine:.3}: {error:+.5}");
    }
    if has("--json") {
        let summaries: BTreeMap<_, _> = outcome.summaries().into_iter().collect();
        println!("{}", serde_json::to_string_pretty(&summaries).expect("it has string keys"));
    } else {
        print(&outcome);
    }
    if has("--hard") || has("--small") {
        return ExitCode::SUCCESS;
    }
    let demands = demands(&outcome);
    if !has("--json") {
        println!("\n| {families} families | asked for | found | cases | |\n|---|---|--:|--:|---|");
        for demand in &demands {
            println!("{demand}");
        }
    }
    if demands.iter().all(Demand::is_met) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The families in `file`, one a line.
fn read(file: &str) -> SampledTensor {
    let text = fs::read_to_string(file).unwrap_or_default();
    // the last line may have been cut short
    text.lines().filter_map(|line| serde_json::from_str::<(u64, Outcome)>(line).ok()).collect()
}

fn keep(file: &str, seed: u64, outcome: &Outcome) {
    let line = serde_json::to_string(&(seed, outcome)).expect("it is all numbers");
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("a file");
    writeln!(file, "{line}").expect("room for a line");
}

fn print(outcome: &Outcome) {
    println!(
        "| figure | cases | covered | largest error | typical error | mean error | widest ± | mean ± |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for (figure, summary) in outcome.summaries() {
        println!(
            "| {figure} | {} | {:.1} % | {:.5} | {:.5} | {:+.5} | {:.5} | {:.5} |",
            summary.cases,
            100.0 * summary.coverage(),
            summary.largest_error,
            summary.typical_error,
            summary.mean_error,
            summary.widest,
            summary.mean_half_width,
        );
    }
}
