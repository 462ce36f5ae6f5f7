//! A small part of the study, on every run of the tests.

use weightkin::sample::Density;
use weightkin_study::{Family, Outcome, Scale};

#[test]
fn intervals_cover_what_is_so() {
    let mut outcome = Outcome::default();
    for seed in [1, 4, 6] {
        let (exact, estimated) = Family::new(seed, false, Scale::TINY).compare(Density::DEFAULT);
        outcome.add(&exact, &estimated);
    }
    for (figure, summary) in outcome.summaries() {
        assert!(summary.cases > 0, "{figure}");
        // a figure's cases share their sample, so that they miss together
        assert!(summary.coverage() >= 0.75, "{figure}: {summary:?}");
    }
    let (_, column) = &outcome.summaries()[0];
    // with a few layers, there is little that averages out
    assert!(column.largest_error <= 0.003, "{column:?}");
}
