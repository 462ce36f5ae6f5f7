//! A small part of the study, on every run of the tests.

use weightkin::sample::Density;
use weightkin_study::{Family, Outcome, Scale};

/// The widest half-width that each figure's intervals may have, and their mean, in the order of
/// [`Outcome::summaries`]: a tenth more than they have.
const HALF_WIDTHS: [(f64, f64); 9] = [
    (0.0029, 0.000_85),
    (0.032, 0.0033),
    (0.0024, 0.000_66),
    (0.022, 0.0025),
    (0.0074, 0.0032),
    (0.0083, 0.0050),
    (0.113, 0.0180),
    (0.0082, 0.0045),
    (0.071, 0.0054),
];

#[test]
fn intervals_cover_what_is_so() {
    let mut outcome = Outcome::default();
    for seed in [1, 4, 6] {
        let (exact, estimated) = Family::new(seed, false, Scale::TINY).compare(Density::DEFAULT);
        outcome.add(&exact, &estimated);
    }
    for ((figure, summary), (widest, mean)) in outcome.summaries().into_iter().zip(HALF_WIDTHS) {
        assert!(summary.cases > 0, "{figure}");
        // a figure's cases share their sample, so that they miss together
        assert!(summary.coverage() >= 0.75, "{figure}: {summary:?}");
        // an interval that covers everything says nothing
        assert!(
            summary.widest <= widest && summary.mean_half_width <= mean,
            "{figure}: {summary:?}"
        );
    }
    let (_, column) = &outcome.summaries()[0];
    // with a few layers, there is little that averages out
    assert!(column.largest_error <= 0.003, "{column:?}");
}
