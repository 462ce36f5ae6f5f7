//! Merges by known weights are recovered, overall and block by block.

use weightkin::report::{Recipe, Relation, Report, Scope, ScopeBy};
use weightkin_family::{Family, Manifest, block_of};

use crate::kin::Written;

const SEEDS: [u64; 3] = [1, 2, 3];
const TOLERANCE: f64 = 0.02;

/// The merge first, then its parents, then others; the last is the ancestor of all.
fn family(merge: &str, others: &[&str], seed: u64) -> Written {
    let family = Family::new(Manifest::Sdxl).scale(64).seed(seed).files(&[merge]);
    Written::new(&family.files(others))
}

fn recipe_of<'a>(recipes: &'a [Recipe], name: &str, names: &[&str]) -> &'a Recipe {
    let child = names.iter().position(|one| *one == name).unwrap();
    recipes.iter().find(|recipe| recipe.child == child).unwrap()
}

/// Asserts the weights of a recipe; parents that are not named have none.
fn assert_weights(weights: &[f64], recipe: &Recipe, names: &[&str], wanted: &[(&str, f64)]) {
    for (parent, weight) in recipe.parents.iter().zip(weights) {
        let name = names[*parent];
        let expected = wanted.iter().find(|(one, _)| *one == name).map_or(0.0, |(_, w)| *w);
        assert!((weight - expected).abs() <= TOLERANCE, "{name}: {weight}, not {expected}");
    }
}

/// Compares with and without the ancestor, which comes last.
fn both_ways(merge: &str, others: &[&str], test: impl Fn(&Report, &[&str])) {
    for seed in SEEDS {
        let names = [&[merge], others].concat();
        let family = family(merge, others, seed);
        let parents = &names[..names.len() - 1];
        test(&family.compare(parents, None), parents);
        test(&family.compare(&names, Some("root")), &names);
    }
}

#[test]
fn plain_merges() {
    for (merge, others, wanted) in [
        (
            "mix_5050",
            &["base_a", "base_b", "base_nai", "root"][..],
            &[("base_a", 0.5), ("base_nai", 0.5)][..],
        ),
        (
            "mix_3way",
            &["base_a", "base_b", "base_nai", "root"],
            &[("base_a", 0.2), ("base_b", 0.5), ("base_nai", 0.3)],
        ),
        (
            "mix_pony",
            &["base_a", "base_b", "base_nai", "pony", "root"],
            &[("base_a", 0.2), ("base_nai", 0.2), ("pony", 0.6)],
        ),
    ] {
        both_ways(merge, others, |report, names| {
            let recipe = recipe_of(&report.recipes, merge, names);
            assert_weights(&recipe.weights, recipe, names, wanted);
            assert!(recipe.r2.unwrap() > 0.999, "{merge}: {:?}", recipe.r2);
            assert_eq!(recipe.relation, Some(Relation::Mixture));
            assert_eq!(recipe.signed_weights, None);
        });
    }
}

#[test]
fn merges_that_were_trained_on() {
    let others = ["base_a", "base_b", "base_nai", "root"];
    both_ways("mix_wai", &others, |report, names| {
        let recipe = recipe_of(&report.recipes, "mix_wai", names);
        let wanted = [("base_a", 0.15), ("base_nai", 0.85)];
        assert_weights(&recipe.weights, recipe, names, &wanted);
        assert_eq!(recipe.relation, Some(Relation::Mixture));
        // what it has learnt by itself cannot be explained
        assert!((0.7..0.99).contains(&recipe.r2.unwrap()), "{:?}", recipe.r2);
    });
}

/// The name that the generator has for a block.
fn generators_name(scope: &Scope, report: &Report) -> String {
    let tensor = report.tensors.iter().find(|tensor| tensor.role.block == scope.name).unwrap();
    block_of(&tensor.name)
}

#[test]
fn merges_weighted_by_block() {
    let others = ["base_a", "base_b", "base_nai", "root"];
    for seed in SEEDS {
        let names = [&["mix_block"], &others[..]].concat();
        let family = family("mix_block", &others, seed);
        let expected = &family.expected.file("mix_block").unwrap().weights_by_block;
        for ancestor in [None, Some("root")] {
            let names = if ancestor.is_some() { &names[..] } else { &names[..4] };
            let report = family.compare(names, ancestor);
            let blocks: Vec<&Scope> =
                report.scopes.iter().filter(|scope| scope.by == ScopeBy::Block).collect();
            assert_eq!(blocks.len(), 9 + 1 + 9 + 4);
            for block in blocks {
                let wanted = &expected[&generators_name(block, &report)];
                let wanted: Vec<(&str, f64)> =
                    wanted.iter().map(|(parent, weight)| (parent.as_str(), *weight)).collect();
                let recipe = recipe_of(&block.recipes, "mix_block", names);
                assert_weights(&recipe.weights, recipe, names, &wanted);
                assert!(recipe.r2.unwrap() > 0.999, "{}: {:?}", block.name, recipe.r2);
                assert_eq!(recipe.relation, None, "a block alone says nothing about descent");
            }
            // overall it is a mean of its blocks, which fits them less well
            let recipe = recipe_of(&report.recipes, "mix_block", names);
            assert_eq!(recipe.relation, Some(Relation::Mixture));
            assert!((0.8..0.995).contains(&recipe.r2.unwrap()), "{:?}", recipe.r2);
        }
    }
}

#[test]
fn merges_by_component() {
    let others = ["base_a", "base_b", "base_nai", "root"];
    both_ways("mix_3way", &others, |report, names| {
        for scope in report.scopes.iter().filter(|scope| scope.by == ScopeBy::Component) {
            let recipe = recipe_of(&scope.recipes, "mix_3way", names);
            let wanted = [("base_a", 0.2), ("base_b", 0.5), ("base_nai", 0.3)];
            assert_weights(&recipe.weights, recipe, names, &wanted);
        }
    });
}

#[test]
fn negative_weights() {
    let others = ["base_a", "base_b", "base_nai", "root"];
    both_ways("mix_anti", &others, |report, names| {
        let recipe = recipe_of(&report.recipes, "mix_anti", names);
        assert_eq!(recipe.relation, Some(Relation::SignedMixture));
        let signed = recipe.signed_weights.as_ref().unwrap();
        let wanted = [("base_a", 0.7), ("base_b", 0.5), ("base_nai", -0.2)];
        assert_weights(signed, recipe, names, &wanted);
        assert!(recipe.signed_r2.unwrap() > 0.999, "{:?}", recipe.signed_r2);
        assert!(recipe.r2.unwrap() < recipe.signed_r2.unwrap() - 0.01);
        // none of its parents is said to be made from it
        for parent in others {
            if names.contains(&parent) && parent != "root" {
                let relation = recipe_of(&report.recipes, parent, names).relation;
                assert_eq!(relation, Some(Relation::Unclear), "{parent}");
            }
        }
    });
}

#[test]
fn language_models_layer_by_layer() {
    let family = Family::new(Manifest::Qwen2).scale(16).files(&["mix_3way"]);
    let others = ["base_a", "base_b", "base_nai"];
    let names = [&["mix_3way"], &others[..]].concat();
    let report = Written::new(&family.files(&others)).compare(&names, None);
    let wanted = [("base_a", 0.2), ("base_b", 0.5), ("base_nai", 0.3)];
    let layers = report.scopes.iter().filter(|scope| scope.name.starts_with('L'));
    let mut count = 0;
    for layer in layers.filter(|scope| scope.by == ScopeBy::Block) {
        let recipe = recipe_of(&layer.recipes, "mix_3way", &names);
        assert_weights(&recipe.weights, recipe, &names, &wanted);
        count += 1;
    }
    assert_eq!(count, 24);
}
