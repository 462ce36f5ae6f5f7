//! Which model each one is closest to, and by how much.

use serde::Serialize;

use super::Pair;
use crate::sorted::sort_by;

/// The nearest neighbour of a model by column cosine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Closest {
    /// The model whose neighbours these are.
    pub of: usize,
    /// The closest one.
    pub model: usize,
    /// The second closest, where there is one.
    pub runner_up: Option<usize>,
    /// By how much the column cosine of the closest exceeds that of the runner-up.
    pub margin: Option<f64>,
}

/// The nearest neighbour of each model; none for a model without any column cosine.
pub(super) fn closest(pairs: &[Pair], models: usize) -> Vec<Closest> {
    (0..models)
        .filter_map(|of| {
            let mut ranked: Vec<(f64, usize)> = pairs
                .iter()
                .filter(|pair| pair.a == of || pair.b == of)
                .filter_map(|pair| Some((pair.figures.column_cosine?, pair.a + pair.b - of)))
                .collect();
            // equals keep the order of the models
            sort_by(&mut ranked, |(a, _), (b, _)| b.total_cmp(a));
            let (first, model) = *ranked.first()?;
            let second = ranked.get(1);
            Some(Closest {
                of,
                model,
                runner_up: second.map(|(_, model)| *model),
                margin: second.map(|(cosine, _)| first - cosine),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::pair;

    #[test]
    fn neighbours_are_ranked_by_column_cosine() {
        let pairs = [
            pair(0, 1, Some(0.5)),
            pair(0, 2, Some(0.75)),
            pair(0, 3, None),
            pair(1, 2, Some(0.5)),
            pair(1, 3, None),
            pair(2, 3, Some(-0.25)),
        ];
        let of = |of, model, runner_up, margin| Closest { of, model, runner_up, margin };
        let expected = [
            of(0, 2, Some(1), Some(0.25)),
            // of equals the first
            of(1, 0, Some(2), Some(0.0)),
            of(2, 0, Some(1), Some(0.25)),
            of(3, 2, None, None),
        ];
        assert_eq!(closest(&pairs, 4), expected);
    }

    #[test]
    fn a_model_without_figures_has_no_neighbour() {
        assert_eq!(closest(&[pair(0, 1, None)], 2), []);
    }
}
