//! What models have learnt since their ancestor, against the truth in `f64`.

use std::collections::{BTreeMap, BTreeSet};

use half::f16;
use weightkin::report::{Relation, Report, ReportTensor, Scope, ScopeBy};
use weightkin_family::{Dtype, Family, Manifest, Recipe};

use crate::kin::{Written, read};

type Values = BTreeMap<String, Vec<f64>>;

/// The floating-point values of a member, by tensor.
fn values(family: &Written, name: &str) -> Values {
    let tensors = read(&family.path(name)).into_iter();
    tensors
        .filter(|(_, (dtype, ..))| matches!(dtype, Dtype::F16 | Dtype::F32))
        .map(|(name, (dtype, _, bytes))| {
            let values = if dtype == Dtype::F16 {
                let raw = bytes.chunks_exact(2);
                raw.map(|raw| f16::from_le_bytes([raw[0], raw[1]]).to_f64()).collect()
            } else {
                let raw = bytes.chunks_exact(4);
                raw.map(|raw| f64::from(f32::from_le_bytes(raw.try_into().unwrap()))).collect()
            };
            (name, values)
        })
        .collect()
}

/// `‖τ_a‖ / ‖W_0‖` and `cos(τ_a, τ_b)` over the tensors that `takes` accepts.
fn truth(root: &Values, a: &Values, b: &Values, takes: impl Fn(&str) -> bool) -> (f64, f64) {
    let [mut aa, mut ab, mut bb, mut own] = [0.0; 4];
    for (name, origin) in root.iter().filter(|(name, _)| takes(name)) {
        for ((w, x), y) in origin.iter().zip(&a[name]).zip(&b[name]) {
            let (x, y) = (x - w, y - w);
            (aa, ab, bb, own) = (aa + x * x, ab + x * y, bb + y * y, own + w * w);
        }
    }
    ((aa / own).sqrt(), ab / (aa * bb).sqrt())
}

/// Pairs of light fine-tunes that share two thirds of what they have learnt.
fn family(dtype: Dtype, amounts: &[f64]) -> Written {
    let mut family = Family::new(Manifest::Sdxl).scale(64).dtype(dtype).files(&["root"]);
    for (index, amount) in amounts.iter().enumerate() {
        for side in ["a", "b"] {
            let recipe = Recipe::new()
                .mix("root", 1.0)
                .add(&format!("shared {index}"), amount * 0.8)
                .add(&format!("own {index} {side}"), amount * 0.6);
            family = family.file(&format!("{side}{index}"), recipe);
        }
    }
    Written::new(&family)
}

/// The report on the root and the pair at `index`.
fn compare(family: &Written, index: usize) -> Report {
    let names = [format!("a{index}"), format!("b{index}")];
    family.compare(&["root", &names[0], &names[1]], Some("root"))
}

/// Whether a scope other than a filter takes a tensor.
fn takes(scope: &Scope, tensor: &ReportTensor) -> bool {
    match scope.by {
        ScopeBy::Component => tensor.role.component.to_string() == scope.name,
        ScopeBy::Block => tensor.role.block == scope.name,
        ScopeBy::Kind => tensor.role.kind.to_string() == scope.name,
        _ => false,
    }
}

#[test]
fn close_to_the_truth_where_raw_cosines_are_all_alike() {
    // raw cosines of 0.995, 0.9995 and 0.99995
    let amounts = [0.1, 0.03, 0.01];
    for dtype in [Dtype::F16, Dtype::F32] {
        let family = family(dtype, &amounts);
        let root = values(&family, "root");
        for index in 0..amounts.len() {
            let report = compare(&family, index);
            let (a, b) =
                (values(&family, &format!("a{index}")), values(&family, &format!("b{index}")));
            let raw = report.pairs[2].figures.flat_cosine.unwrap();
            assert!(raw > [0.99, 0.999, 0.9999][index], "{raw}");
            let found = report.pairs[2].ancestor_cosine.unwrap();
            let (_, wanted) = truth(&root, &a, &b, |name| !name.starts_with("first_stage_model."));
            assert!((0.6..0.7).contains(&wanted), "{wanted}");
            assert!((found - wanted).abs() < 1e-3, "{dtype} {raw}: {found}, not {wanted}");

            for scope in &report.scopes {
                if !matches!(scope.by, ScopeBy::Component | ScopeBy::Block | ScopeBy::Kind) {
                    continue;
                }
                let tensors = report.tensors.iter().filter(|one| takes(scope, one));
                let names: BTreeSet<&str> = tensors.map(|one| one.name.as_str()).collect();
                let (size, wanted) = truth(&root, &a, &b, |name| names.contains(name));
                let Some(found) = scope.pairs[2].ancestor_cosine else {
                    assert!(size < 5e-3, "{} is not that small: {size}", scope.name);
                    continue;
                };
                // few numbers, and small differences on top of that
                let tolerance = if size > 1e-2 { 1e-3 } else { 2e-2 };
                let error = (found - wanted).abs();
                assert!(error < tolerance, "{dtype} {} {size}: {found}, not {wanted}", scope.name);
            }
        }
    }
}

#[test]
fn undefined_where_rounding_could_feign_it() {
    for (dtype, amounts) in [
        // relative differences above and below 2.8e-4, and 2.3e-3
        (Dtype::F16, [1e-2, 2e-4]),
        (Dtype::BF16, [1e-2, 2e-3]),
        (Dtype::F32, [1e-2, 1e-5]),
        // 0.39 and 0.015 of distance, above and below 3.6e-2 and 7.2e-2
        (Dtype::F8_E4M3, [0.5, 2e-2]),
        (Dtype::F8_E5M2, [0.5, 2e-2]),
    ] {
        let family = family(dtype, &amounts);
        let defined = |index: usize| {
            let report = compare(&family, index);
            // never between the ancestor and its own child
            assert_eq!(report.pairs[0].ancestor_cosine, None);
            assert_eq!(report.pairs[1].ancestor_cosine, None);
            report.pairs[2].ancestor_cosine.is_some()
        };
        assert!(defined(0), "{dtype} {}", amounts[0]);
        assert!(!defined(1), "{dtype} {}", amounts[1]);
    }
}

#[test]
fn undefined_for_a_copy_of_the_ancestor() {
    let family = Family::new(Manifest::Sdxl).scale(64).files(&["root", "base_a"]);
    let family = family.file("copy", Recipe::new().mix("root", 1.0));
    let family =
        Written::new(&family.file("bf16", Recipe::new().mix("root", 1.0).dtype(Dtype::BF16)));
    let report = family.compare(&["root", "base_a", "copy", "bf16"], Some("root"));
    for pair in &report.pairs {
        assert_eq!(pair.ancestor_cosine, None, "{pair:?}");
    }
    // a model that is its ancestor was not mixed from anything
    let recipe = report.recipes.iter().find(|recipe| recipe.child == 2);
    assert!(recipe.is_none_or(|recipe| recipe.relation == Some(Relation::Unclear)));
    // without an ancestor nobody is asked
    let report = family.compare(&["root", "base_a", "copy"], None);
    assert!(report.pairs.iter().all(|pair| pair.ancestor_cosine.is_none()));
}
