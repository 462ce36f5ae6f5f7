//! What is claimed about descent, and what is not.

use weightkin::report::{Relation, Report};
use weightkin_family::{CORE, Dtype, Family, Manifest, Recipe};

use crate::kin::Written;

fn relation(report: &Report, name: &str) -> Relation {
    let child = report.models.iter().position(|model| model.name == name).unwrap();
    let recipe = report.recipes.iter().find(|recipe| recipe.child == child).unwrap();
    recipe.relation.unwrap()
}

/// The parent of a model that is said to be a child.
fn parent<'a>(report: &'a Report, name: &str) -> &'a str {
    assert_eq!(relation(report, name), Relation::Nearest, "{name}");
    let child = report.models.iter().position(|model| model.name == name).unwrap();
    let recipe = report.recipes.iter().find(|recipe| recipe.child == child).unwrap();
    &report.models[recipe.nearest.unwrap()].name
}

/// Fine-tunes of `base_a` and of `base_nai`, sums, and the built-in family.
fn family(seed: u64) -> Family {
    let tune = |name: &str, base: &str, amount: f64| {
        Recipe::new().mix(base, 1.0).add(&format!("learnt by {name}"), amount)
    };
    let mut family = Family::new(Manifest::Sdxl).scale(64).seed(seed);
    for name in ["ft1", "ft2", "ft3", "ft4", "ft5", "ft6"] {
        family = family.recipe(name, tune(name, "base_a", 0.08));
    }
    let sum = Recipe::new().mix("base_a", 1.0).mix("base_nai", 1.0).mix("root", -1.0);
    family
        .recipe("ft_light", tune("ft_light", "base_nai", 0.02))
        .recipe("sum", sum)
        .recipe("copy", Recipe::new().mix("base_nai", 1.0).dtype(Dtype::BF16))
}

fn compare(names: &[&str], ancestor: Option<&str>, seed: u64) -> Report {
    Written::new(&family(seed).files(names)).compare(names, ancestor)
}

#[test]
fn a_fine_tune_is_a_child_and_its_parent_is_not() {
    for seed in [1, 2] {
        for tuned in ["ft_nai", "ft_light"] {
            for names in [
                &["base_a", "base_nai", tuned][..],
                &[tuned, "base_nai", "base_a"],
                &["base_b", "base_a", "base_nai", "pony", tuned],
            ] {
                let report = compare(names, None, seed);
                assert_eq!(parent(&report, tuned), "base_nai", "{names:?}");
                assert_eq!(relation(&report, "base_nai"), Relation::Unclear, "{names:?}");
                assert_eq!(relation(&report, "base_a"), Relation::Unclear, "{names:?}");
            }
            let names = ["root", "base_a", "base_nai", tuned];
            let report = compare(&names, Some("root"), seed);
            assert_eq!(parent(&report, tuned), "base_nai");
            assert_ne!(relation(&report, "base_nai"), Relation::Mixture);
        }
    }
}

#[test]
fn a_base_is_not_a_mixture_of_its_children() {
    let children = ["ft1", "ft2", "ft3", "ft4", "ft5", "ft6"];
    let names = [&["base_a"], &children[..], &["root"]].concat();
    let family = Written::new(&family(1).files(&names));
    for (names, ancestor) in [(&names[..7], None), (&names[..], Some("root"))] {
        let report = family.compare(names, ancestor);
        assert_eq!(relation(&report, "base_a"), Relation::Unclear);
        for child in children {
            assert_eq!(parent(&report, child), "base_a");
        }
    }
}

#[test]
fn the_parents_of_a_merge_are_not_made_from_it() {
    for seed in [1, 2] {
        for (merge, parents) in [
            ("mix_5050", &["base_a", "base_nai"][..]),
            ("mix_3way", &["base_a", "base_b", "base_nai"]),
            ("mix_block", &["base_a", "base_nai"]),
            ("mix_pony", &["base_a", "base_nai", "pony"]),
            ("mix_wai", &["base_a", "base_nai"]),
        ] {
            for ancestor in [None, Some("root")] {
                let mut names = [&[merge], parents].concat();
                names.extend(ancestor);
                let report = compare(&names, ancestor, seed);
                assert_eq!(relation(&report, merge), Relation::Mixture);
                for parent in parents {
                    let relation = relation(&report, parent);
                    assert_eq!(relation, Relation::Unclear, "{parent} beside {merge}");
                }
            }
        }
    }
}

#[test]
fn a_sum_of_differences_has_a_negative_part() {
    // the four are the corners of a parallelogram, so each is the sum of its neighbours minus the
    // one opposite
    let names = ["base_a", "sum", "base_nai", "root"];
    let report = compare(&names, None, 1);
    for (name, recipe) in names.iter().zip(&report.recipes) {
        assert_eq!(relation(&report, name), Relation::Unclear, "{name}");
        assert!(recipe.signed_r2.unwrap() > 0.999, "{name}");
    }
    // seen from what was subtracted, nothing is negative
    let report = compare(&["base_a", "sum", "base_nai", "root"], Some("root"), 1);
    assert_eq!(relation(&report, "sum"), Relation::Mixture);
}

#[test]
fn strangers() {
    for seed in [1, 2] {
        let report = compare(&["unrelated", "base_a", "base_nai"], None, seed);
        assert_eq!(relation(&report, "unrelated"), Relation::Unrelated);
        assert_eq!(relation(&report, "base_a"), Relation::Unclear);
        assert_eq!(relation(&report, "base_nai"), Relation::Unclear);
        let report = compare(&["base_a", "unrelated"], None, seed);
        assert_eq!(relation(&report, "base_a"), Relation::Unrelated);
        // an ancestor is a relative, too
        let names = ["root", "unrelated", "base_a"];
        let report = compare(&names, Some("root"), seed);
        assert_eq!(relation(&report, "unrelated"), Relation::Unrelated);
        assert_eq!(relation(&report, "base_a"), Relation::Unclear);
    }
}

#[test]
fn two_models_alone_have_no_direction() {
    let report = compare(&["base_nai", "ft_nai"], None, 1);
    assert_eq!(relation(&report, "base_nai"), Relation::Unclear);
    assert_eq!(relation(&report, "ft_nai"), Relation::Unclear);
}

#[test]
fn a_copy_is_no_child() {
    let report = compare(&["copy", "base_nai", "base_a"], None, 1);
    assert_eq!(relation(&report, "copy"), Relation::Unclear);
    assert_eq!(relation(&report, "base_nai"), Relation::Unclear);
}

#[test]
fn the_whole_family_at_once() {
    for seed in [1, 2] {
        let family = Written::new(&family(seed).files(CORE));
        for ancestor in [None, Some("root")] {
            let report = family.compare(CORE, ancestor);
            for (name, wanted) in [
                ("base_a", Relation::Unclear),
                ("base_b", Relation::Unclear),
                ("base_nai", Relation::Unclear),
                ("pony", Relation::Unclear),
                ("mix_5050", Relation::Mixture),
                ("mix_block", Relation::Mixture),
                ("mix_wai", Relation::Mixture),
                ("mix_pony", Relation::Mixture),
                ("ft_nai", Relation::Nearest),
                ("unrelated", Relation::Unrelated),
            ] {
                assert_eq!(relation(&report, name), wanted, "{name}, ancestor {ancestor:?}");
            }
            // each of these two is a mixture of the other and of the rest; never a plain one
            // where a negative weight was used
            assert_ne!(relation(&report, "mix_anti"), Relation::Mixture);
            assert_ne!(relation(&report, "mix_anti"), Relation::Nearest);
            // 13 models, of which 12 are joined to the first
            assert_eq!(report.tree.len(), CORE.len() - 1);
            let last = report.tree.last().unwrap();
            let stranger = CORE.iter().position(|name| *name == "unrelated").unwrap();
            assert_eq!(last.left, stranger, "the stranger joins last");
            assert!(report.tree.is_sorted_by(|a, b| a.distance <= b.distance));
        }
    }
}
