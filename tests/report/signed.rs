//! When a mixture is shown with negative weights: where one of them is no noise, takes away much
//! of what is left without it, and that is much of the way to the closest parent.

use weightkin::dtype::Dtype;

use crate::compare;

const COLS: usize = 16;

/// Weights that are 10 everywhere but for `steps`: positions and what is added there.
fn weights(steps: &[(usize, f32)]) -> Vec<f32> {
    let mut values = vec![10.0; 8 * COLS];
    for (at, step) in steps {
        values[*at] += step;
    }
    values
}

/// The signed weights of the first model from all others, rounded to hundredths.
fn signed(models: &[Vec<f32>]) -> Option<Vec<f64>> {
    let tensors: Vec<_> =
        models.iter().map(|model| [("w", Dtype::F32, &[8, 16][..], &model[..])]).collect();
    let models: Vec<_> = ["c", "a", "b", "f"]
        .into_iter()
        .zip(&tensors)
        .map(|(name, tensors)| (name, &tensors[..]))
        .collect();
    let report = compare(&models);
    let recipe = report.recipes.iter().find(|recipe| recipe.child == 0).unwrap();
    let rounded =
        |weights: &Vec<f64>| weights.iter().map(|w| (w * 100.0).round() / 100.0).collect();
    recipe.signed_weights.as_ref().map(rounded)
}

/// `(1 + beyond) a - beyond b`, and what it has learnt by itself: `own`, of the distance from `a`
/// to `b`.
fn beyond(beyond: f32, own: f32) -> Option<Vec<f64>> {
    let (a, b) = (weights(&[(0, 0.5)]), weights(&[(0, -0.5)]));
    signed(&[weights(&[(0, 0.5 + beyond), (1, own)]), a, b])
}

#[test]
fn negative_weights_are_shown_where_they_explain_most() {
    assert_eq!(beyond(0.3, 0.1), Some(vec![1.3, -0.3]));
    // what is left with them is 0.09 of 0.18, and 0.1225 of 0.2125
    assert_eq!(beyond(0.3, 0.29), Some(vec![1.3, -0.3]));
    assert_eq!(beyond(0.3, 0.35), None);
    assert_eq!(beyond(0.3, 0.45), None);
}

#[test]
fn small_negative_weights_are_noise() {
    assert_eq!(beyond(0.04, 0.001), None);
    assert_eq!(beyond(0.06, 0.001), Some(vec![1.06, -0.06]));
    assert_eq!(beyond(-0.3, 0.001), None);
}

#[test]
fn a_gain_that_is_little_of_the_way_to_the_closest_is_none() {
    let parents = |apart: f32| {
        [weights(&[(0, 0.5)]), weights(&[(0, -0.5)]), weights(&[(0, -0.5), (1, apart)])]
    };
    // half of each of two, and as much of a third beyond the second as the parents are apart
    let from = |apart: f32| {
        let child = weights(&[(1, -0.1 * apart)]);
        signed(&[&[child][..], &parents(apart)[..]].concat())
    };
    // 0.01 of a quarter with three that are as far from each other, and 0.0004 of it
    assert_eq!(from(1.0), Some(vec![0.5, 0.6, -0.1]));
    assert_eq!(from(0.2), None);
}
