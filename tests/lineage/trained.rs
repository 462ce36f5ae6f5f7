//! What is said of models that were really trained.
//!
//! `trained.json` has the inner products of the matrices of two families: small networks trained by
//! gradient descent, fine-tuned on other data, and merged in the usual ways. What was trained from
//! one base shares directions, which models made of noise do not.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weightkin::matching::Options;
use weightkin::report::{Relation, Report};

use crate::kin::{compare, f32s, noise, write};

/// Companies of each family.
const COMPANIES: usize = 500;

#[derive(Deserialize)]
struct Trained {
    family: String,
    names: Vec<String>,
    /// How each came about: `init`, `base`, `ft`, `lora`, `merge`, `task`, `mtuned`.
    kinds: Vec<String>,
    /// What each was made from.
    sources: Vec<Vec<usize>>,
    /// `⟨W_a, W_b⟩` for `a ≤ b`.
    gram: Vec<Vec<f64>>,
}

fn families() -> Vec<Trained> {
    serde_json::from_str(include_str!("trained.json")).unwrap()
}

/// The report of a comparison of so many models of one matrix.
fn template(models: usize) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..models)
        .map(|model| {
            let path = folder.path().join(format!("{model}.safetensors"));
            write(&path, &[("w".to_owned(), f32s(&[8, 8], &noise(model as u64, 64)))].into());
            path
        })
        .collect();
    serde_json::from_str(&compare(&paths, &Options::default()).to_json()).unwrap()
}

impl Trained {
    /// The report on `members`, derived from their inner products.
    fn report(&self, members: &[usize], templates: &BTreeMap<usize, Value>) -> Report {
        let mut json = templates[&members.len()].clone();
        let product = |a: usize, b: usize| self.gram[a.min(b)][a.max(b) - a.min(b)];
        let gram: Vec<f64> = (0..members.len())
            .flat_map(|a| (a..members.len()).map(move |b| (a, b)))
            .map(|(a, b)| product(members[a], members[b]))
            .collect();
        json["tensors"][0]["gram"] = gram.into();
        Report::from_json(&json.to_string()).unwrap()
    }
}

/// What is said of each member, and the members that are named.
fn claims(report: &Report, members: &[usize]) -> BTreeMap<usize, (Relation, Vec<usize>)> {
    let of = |recipe: &weightkin::report::Recipe| {
        let named = recipe.parents.iter().zip(&recipe.weights);
        let mut named: Vec<usize> =
            named.filter(|(_, weight)| **weight > 0.05).map(|(at, _)| members[*at]).collect();
        named.sort_unstable();
        (members[recipe.child], (recipe.relation.unwrap(), named))
    };
    report.recipes.iter().map(of).collect()
}

#[test]
fn no_mixture_is_claimed_where_nothing_was_merged() {
    let templates: BTreeMap<usize, Value> = (2..=9).map(|count| (count, template(count))).collect();
    for family in families() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..COMPANIES {
            let mut members: Vec<usize> = (0..family.names.len()).collect();
            let count = 3 + random(7);
            for at in 0..count {
                let other = at + random(members.len() - at);
                members.swap(at, other);
            }
            members.truncate(count);
            let said = claims(&family.report(&members, &templates), &members);
            for (child, (relation, named)) in &said {
                let kind = family.kinds[*child].as_str();
                let is_merge = matches!(kind, "merge" | "task" | "mtuned");
                if *relation == Relation::Mixture {
                    let names: Vec<&str> =
                        named.iter().map(|at| family.names[*at].as_str()).collect();
                    // an adapter merged at 0.7 is 0.7 of the one merged at 1, and 0.3 of the base
                    let is_on_line = kind == "lora" && names == ["A", "lora1.0"];
                    assert!(is_merge || is_on_line, "{} of {names:?}", family.names[*child]);
                    *counts.entry("mixtures claimed").or_default() += 1;
                }
                let sources = &family.sources[*child];
                if kind == "merge" && sources.iter().all(|source| members.contains(source)) {
                    *counts.entry("direct merges").or_default() += 1;
                    *counts.entry("direct merges claimed").or_default() +=
                        usize::from(*relation == Relation::Mixture);
                }
            }
            // what is said of the others does not depend on a stranger
            let stranger = family.names.iter().position(|name| name == "B").unwrap();
            let is_kin = |member: &usize| family.names[*member].starts_with('B');
            if let Some(at) = members.iter().position(|member| *member == stranger)
                && members.iter().filter(|member| is_kin(member)).count() == 1
                && members.len() > 2
            {
                members.remove(at);
                let without = claims(&family.report(&members, &templates), &members);
                for (child, claim) in without {
                    assert_eq!(said[&child], claim, "{}", family.names[child]);
                }
                *counts.entry("companies without their stranger").or_default() += 1;
            }
        }
        println!("{}: {counts:?}", family.family);
        let [all, claimed] = ["direct merges", "direct merges claimed"].map(|name| counts[name]);
        assert!(claimed * 10 >= all * 6, "{claimed} of {all} direct merges are claimed");
        assert!(counts["companies without their stranger"] > 20);
    }
}
