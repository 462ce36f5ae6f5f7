//! `weightkin-study [FAMILIES] [--small] [--hard] [--json]`: the study, as Markdown or JSON.

use std::collections::BTreeMap;

use weightkin::fingerprint::Density;
use weightkin_study::{Family, Outcome, Scale};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let families = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(48);
    let scale = if has("--small") { Scale::SMALL } else { Scale::WHOLE };
    let mut outcome = Outcome::default();
    for seed in 0..families {
        let (exact, estimated) = Family::new(seed, has("--hard"), scale).compare(Density::DEFAULT);
        outcome.add(&exact, &estimated);
        let cosines = exact.pairs.iter().map(|pair| pair.figures.column_cosine.unwrap_or(0.0));
        let errors: Vec<String> = cosines
            .zip(outcome.last(exact.pairs.len()))
            .map(|(cosine, (error, half))| format!("{cosine:.3}: {error:+.5} ± {half:.5}"))
            .collect();
        eprintln!("{seed:2}  {}", errors.join("   "));
    }
    for (block, cosine, error) in outcome.worst_blocks(10) {
        eprintln!("block {block} at {cosine:.3}: {error:+.5}");
    }
    if has("--json") {
        let summaries: BTreeMap<_, _> = outcome.summaries().into_iter().collect();
        println!("{}", serde_json::to_string_pretty(&summaries).expect("it has string keys"));
        return;
    }
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
    for (figure, summary) in outcome.summaries() {
        if let Some((limit, kept)) = summary.within {
            println!("\n{figure}: {kept} of {} within {limit}", summary.cases);
        }
    }
}
