//! How often the nearest relative is found, over many searches.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use weightkin::fingerprint::Fingerprint;
use weightkin::identify::{Index, Indexed, Search};
use weightkin_study::{Lineup, Size};

/// Lead of the nearest over the second from which on it has to be found.
const LEAD: f64 = 0.005;

/// What came of some searches.
#[derive(Default)]
struct Outcome {
    bases: usize,
    searches: usize,
    /// Searches in which the nearest leads by [`LEAD`].
    clear: usize,
    clear_found: usize,
    /// Of these, by the sketches alone.
    clear_first: usize,
    found: usize,
    /// Searches in which the nearest was among the fingerprints that were read.
    read: usize,
    /// Fingerprints that had to be read.
    contenders: usize,
    most_contenders: usize,
    /// Errors of the sketches' estimates, all of them …
    all: Errors,
    /// … and those of models that are near, by column cosine.
    near: Errors,
    index_bytes: usize,
    load: Duration,
    slowest: Duration,
}

/// Column cosine from which on models are near each other.
const NEAR: f64 = 0.9;

/// How far estimates are off.
#[derive(Default)]
struct Errors {
    cases: usize,
    covered: usize,
    largest: f64,
    squares: f64,
    widest: f64,
}

impl Errors {
    fn add(&mut self, error: f64, half_width: f64) {
        self.cases += 1;
        // rounding alone is no miss
        self.covered += usize::from(error.abs() <= half_width + 1e-6);
        self.largest = self.largest.max(error.abs());
        self.squares += error * error;
        self.widest = self.widest.max(half_width);
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{:.5} typical, {:.5} at most; {:.1} % of {} inside their 95 % interval, the widest ± {:.5}",
            (self.squares / self.cases as f64).sqrt(),
            self.largest,
            100.0 * self.covered as f64 / self.cases as f64,
            self.cases,
            self.widest,
        )
    }
}

fn run(seed: u64, size: Size, outcome: &mut Outcome) {
    let Lineup { bases, probes, truth } = Lineup::new(seed, size);
    let mut made = Index::default();
    for (number, bytes) in bases.iter().enumerate() {
        let fingerprint = Fingerprint::from_bytes(bytes).unwrap();
        made.push(Indexed::new(format!("{number}.kin.safetensors"), bytes, &fingerprint));
    }
    let file = made.to_bytes();
    let started = Instant::now();
    let index = Index::from_bytes(&file).unwrap();
    outcome.load = outcome.load.max(started.elapsed());
    assert_eq!(index, made);
    outcome.bases = bases.len();
    outcome.index_bytes = file.len();
    for (probe, truth) in probes.into_iter().map(Arc::new).zip(&truth) {
        let started = Instant::now();
        let mut search = Search::new(probe, &index);
        let wanted = search.wanted(1);
        for &model in &wanted {
            search.refine(model, &bases[model]).unwrap();
        }
        let candidates = search.ranking().candidates.clone();
        let found = search.finish();
        outcome.slowest = outcome.slowest.max(started.elapsed());

        let mut order: Vec<usize> = (0..truth.len()).collect();
        order.sort_by(|a, b| truth[*b].total_cmp(&truth[*a]));
        let (nearest, second) = (order[0], order[1]);
        let file = format!("{nearest}.kin.safetensors");
        let is_clear = truth[nearest] - truth[second] >= LEAD;
        let is_found = found.relatives[0].file == file;
        outcome.searches += 1;
        outcome.found += usize::from(is_found);
        outcome.clear += usize::from(is_clear);
        outcome.clear_found += usize::from(is_clear && is_found);
        outcome.clear_first += usize::from(is_clear && candidates[0].model == nearest);
        outcome.read += usize::from(wanted.contains(&nearest));
        outcome.contenders += wanted.len();
        outcome.most_contenders = outcome.most_contenders.max(wanted.len());
        for candidate in &candidates {
            let (exact, similarity) = (truth[candidate.model], candidate.similarity);
            let error = similarity.column_cosine - exact;
            outcome.all.add(error, similarity.half_width);
            if exact >= NEAR {
                outcome.near.add(error, similarity.half_width);
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize, of: usize| format!("{count} of {of}");
        let lines = [
            ("models in the index", self.bases.to_string()),
            ("size of the index", format!("{:.2} MB", self.index_bytes as f64 / 1e6)),
            ("searches", self.searches.to_string()),
            ("nearest found, where it leads by 0.005", count(self.clear_found, self.clear)),
            ("of these, first by the sketches alone", count(self.clear_first, self.clear)),
            ("nearest found, whatever its lead", count(self.found, self.searches)),
            ("nearest among the fingerprints read", count(self.read, self.searches)),
            (
                "fingerprints read in a search",
                format!(
                    "{:.1} on average, {} at most",
                    self.contenders as f64 / self.searches as f64,
                    self.most_contenders
                ),
            ),
            ("error of a sketch's estimate", self.all.to_string()),
            ("the same, of column cosines from 0.9 on", self.near.to_string()),
            ("index read", format!("{:.2} s", self.load.as_secs_f64())),
            (
                "slowest search, fingerprints included",
                format!("{:.2} s", self.slowest.as_secs_f64()),
            ),
        ];
        for (what, figure) in lines {
            writeln!(to, "| {what} | {figure} |")?;
        }
        Ok(())
    }
}

/// A fast look at the same: fewer and smaller models.
#[test]
fn the_nearest_is_found() {
    let mut outcome = Outcome::default();
    let size = Size { most_rows: 64, channels: 16, layers: 6, bases: 40, probes: 30 };
    run(1, size, &mut outcome);
    println!("{outcome}");
    assert!(outcome.clear >= 15, "{outcome}");
    assert_eq!(outcome.clear_found, outcome.clear, "{outcome}");
    assert!(outcome.all.covered * 10 >= outcome.all.cases * 9, "{outcome}");
    assert!(outcome.index_bytes <= 65_000 * outcome.bases, "{outcome}");
}

/// The study whose result is in the document:
/// `cargo test --release --test identify -- --ignored --nocapture study`.
#[test]
#[ignore = "takes minutes"]
fn study() {
    let mut outcome = Outcome::default();
    let size = Size { most_rows: 160, channels: 8, layers: 2, bases: 200, probes: 180 };
    run(2, size, &mut outcome);
    println!("{outcome}");
    assert!(outcome.clear >= 100, "{outcome}");
    assert_eq!(outcome.clear_found, outcome.clear, "{outcome}");
}
