//! What is asked of the estimates of ordinary families.

use std::fmt;

use crate::outcome::{BLOCK_ERROR, ERROR, Outcome, Summary};

/// How wide the interval of the column cosine of two models may be to either side.
const HALF_WIDTH: f64 = 0.002;

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
    /// Cases that are as they should be, and all.
    pub cases: (usize, usize),
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
        let Self { what, limit, found, at_least, cases: (kept, all) } = self;
        let bound = if *at_least { "at least" } else { "at most" };
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        write!(f, "| {what} | {bound} {limit} | {found:.5} | {kept} of {all} | {verdict} |")
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
    let error = |what, limit, summary: &Summary| Demand {
        what,
        limit,
        found: summary.largest_error,
        at_least: false,
        cases: (summary.within.map_or(0, |(_, kept)| kept), summary.cases),
    };
    let coverage = |what, summary: &Summary| Demand {
        what,
        limit: 0.9,
        found: summary.coverage(),
        at_least: true,
        cases: (summary.covered, summary.cases),
    };
    vec![
        error("error overall", ERROR, overall),
        error("error of a block", BLOCK_ERROR, by_block),
        Demand {
            what: "half-width of an interval overall",
            limit: HALF_WIDTH,
            found: overall.widest,
            at_least: false,
            cases: (outcome.narrower(HALF_WIDTH), overall.cases),
        },
        coverage("share of intervals that cover, overall", overall),
        coverage("share of intervals that cover, by block", by_block),
    ]
}
