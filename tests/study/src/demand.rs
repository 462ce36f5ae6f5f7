//! What is asked of the estimates of ordinary families.

use std::fmt;

use crate::outcome::Outcome;

/// Something asked for, and how it went.
#[derive(Debug, Clone)]
pub struct Demand {
    /// What it is about.
    pub what: &'static str,
    /// The most, or least, that is right.
    pub limit: f64,
    /// What was found.
    pub found: f64,
    /// Whether more than the limit is asked for, not less.
    pub at_least: bool,
}

impl Demand {
    /// Whether it is met.
    pub fn is_met(&self) -> bool {
        // figures that are not numbers meet nothing
        if self.at_least { self.found >= self.limit } else { self.found <= self.limit }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, limit, found, at_least } = self;
        let bound = if *at_least { "at least" } else { "at most" };
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        write!(f, "| {what} | {bound} {limit} | {found:.5} | {verdict} |")
    }
}

/// The demands of the fingerprints' issue: how far the column cosine may be off, how wide its
/// interval may be, and how many intervals have to cover what is so.
pub fn demands(outcome: &Outcome) -> Vec<Demand> {
    let summaries = outcome.summaries();
    let of = |figure: &str| {
        let found = summaries.iter().find(|(name, _)| *name == figure);
        &found.expect("a figure of the study").1
    };
    let (overall, by_block) = (of("column cosine"), of("column cosine by block"));
    let at_most = |what, limit, found| Demand { what, limit, found, at_least: false };
    let at_least = |what, limit, found| Demand { what, limit, found, at_least: true };
    vec![
        at_most("error overall", 0.0005, overall.largest_error),
        at_most("half-width of an interval overall", 0.002, overall.widest),
        at_least("share of intervals that cover, overall", 0.9, overall.coverage()),
        at_most("error of a block", 0.005, by_block.largest_error),
        at_least("share of intervals that cover, by block", 0.9, by_block.coverage()),
    ]
}
