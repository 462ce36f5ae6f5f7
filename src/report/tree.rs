//! A family tree of sorts: models joined by average linkage.

use kodama::{MethodChain, nnchain};
use serde::Serialize;

use super::Pair;

/// One joining of two groups. Numbers below the number of models are models; `models + k` is the
/// group made by step `k`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Join {
    /// The group with the lower number.
    pub left: usize,
    /// The group with the higher number.
    pub right: usize,
    /// Mean of `1 - column cosine` between their models.
    pub distance: f64,
}

/// Joins all models, closest first. Empty when a pair has no column cosine.
pub(super) fn joins(pairs: &[Pair], models: usize) -> Vec<Join> {
    let distances: Option<Vec<f64>> =
        pairs.iter().map(|pair| pair.figures.column_cosine.map(|cosine| 1.0 - cosine)).collect();
    let Some(mut distances) = distances else { return Vec::new() };
    nnchain(&mut distances, models, MethodChain::Average)
        .steps()
        .iter()
        .map(|step| Join {
            left: step.cluster1,
            right: step.cluster2,
            distance: step.dissimilarity,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::joins;
    use crate::report::fixture::pair;

    #[test]
    fn the_closest_are_joined_first_and_groups_by_their_mean() {
        // distances of 0.5, 0.75, 0.25
        let pairs = [pair(0, 1, Some(0.5)), pair(0, 2, Some(0.25)), pair(1, 2, Some(0.75))];
        let joined = joins(&pairs, 3);
        let join = |at: usize| (joined[at].left, joined[at].right, joined[at].distance);
        assert_eq!(joined.len(), 2);
        assert_eq!((join(0), join(1)), ((1, 2, 0.25), (0, 3, 0.625)));
    }

    #[test]
    fn there_is_no_tree_where_a_distance_is_unknown() {
        let pairs = [pair(0, 1, Some(0.5)), pair(0, 2, None), pair(1, 2, Some(0.75))];
        assert!(joins(&pairs, 3).is_empty());
    }
}
