//! What samples say about models, against what is so.

use std::sync::Arc;

use weightkin::input::{FingerprintModel, Input};
use weightkin::matching::Options;
use weightkin::native::{self, MappedFiles, Opened};
use weightkin::report::Report;
use weightkin::sample::{Density, Pick, estimate};
use weightkin_family::{Family, Manifest, Projection};

use super::format::fingerprint_of;
use crate::kin::{Written, opened};

fn family() -> Family {
    Family::new(Manifest::Sdxl).scale(8).files(&["root", "base_a", "base_nai", "mix_wai"])
}

/// Models and, where the flag says so, their fingerprints.
fn open(family: &Written, names: &[(&str, bool)]) -> Vec<Opened> {
    names.iter().map(|(name, is_fingerprint)| opened(&family.path(name), *is_fingerprint)).collect()
}

fn compare(opened: &[Opened], quick: bool) -> Report {
    let options = Options { ancestor: Some(0), ..Options::default() };
    native::compare(opened, &options, quick, |_| {}, |_| {}).unwrap()
}

fn assert_close(estimated: &Report, exact: &Report) {
    let mut covered = 0;
    for (pair, exact) in estimated.pairs.iter().zip(&exact.pairs) {
        let intervals = pair.intervals.unwrap();
        let mut figure = |a: Option<f64>, b: Option<f64>, half_width: Option<f64>| {
            let (error, half_width) = ((a.unwrap() - b.unwrap()).abs(), half_width.unwrap());
            assert!(half_width > 0.0 && error < 3.0 * half_width, "{error} ± {half_width}");
            covered += usize::from(error <= half_width);
        };
        let (a, b) = (pair.figures, exact.figures);
        figure(a.column_cosine, b.column_cosine, intervals.column_cosine);
        figure(a.flat_cosine, b.flat_cosine, intervals.flat_cosine);
        figure(a.relative_distance, b.relative_distance, intervals.relative_distance);
        assert_eq!((a.columns, a.left_out_columns), (b.columns, b.left_out_columns));
    }
    assert!(covered * 10 >= estimated.pairs.len() * 3 * 8, "{covered}");
}

#[test]
fn fingerprints_of_a_family() {
    let family = Written::new(&family());
    let names = ["root", "base_a", "base_nai", "mix_wai"];
    let all = |flag: bool| names.map(|name| (name, flag));
    let exact = compare(&open(&family, &all(false)), false);
    assert!(!exact.estimate && exact.pairs.iter().all(|pair| pair.intervals.is_none()));
    assert!(!exact.to_json().contains("\"intervals\""));

    let estimated = compare(&open(&family, &all(true)), false);
    assert!(estimated.estimate && estimated.models.iter().all(|model| model.sampled));
    assert_close(&estimated, &exact);
    assert_eq!(estimated.models[1].parameters, exact.models[1].parameters);
    assert_eq!(estimated.models[1].dtypes, exact.models[1].dtypes);
    assert_eq!(estimated.models[1].architecture, exact.models[1].architecture);
    assert_eq!(estimated.compared.tensors, exact.compared.tensors);

    // the same sample, whether it comes from a fingerprint or from the model
    let quick = compare(&open(&family, &all(false)), true);
    assert_eq!(quick.pairs, estimated.pairs);
    assert_eq!(quick.scopes, estimated.scopes);
    assert!(quick.models.iter().all(|model| model.fingerprint.is_none()));

    let mixed: Vec<(&str, bool)> = names.iter().map(|name| (*name, *name == "base_nai")).collect();
    let mixed = compare(&open(&family, &mixed), false);
    for (pair, (exact, estimated)) in
        mixed.pairs.iter().zip(exact.pairs.iter().zip(&estimated.pairs))
    {
        let is_exact = pair.a != 2 && pair.b != 2;
        assert_eq!(pair, if is_exact { exact } else { estimated });
    }
    for (scope, exact) in mixed.scopes.iter().zip(&exact.scopes) {
        for (pair, exact) in scope.pairs.iter().zip(&exact.pairs) {
            assert!(pair.a == 2 || pair.b == 2 || pair == exact, "{}", scope.name);
        }
    }
    let mine = mixed.recipes.iter().find(|recipe| recipe.child == 3).unwrap();
    let theirs = exact.recipes.iter().find(|recipe| recipe.child == 3).unwrap();
    for ((weight, exact), half_width) in
        mine.weights.iter().zip(&theirs.weights).zip(mine.weight_intervals.as_ref().unwrap())
    {
        assert!((weight - exact).abs() < 3.0 * half_width.max(1e-3), "{weight} {exact}");
    }

    for report in [&estimated, &quick, &mixed] {
        assert_eq!(Report::from_json(&report.to_json()).unwrap(), *report);
        assert!(report.to_markdown().contains(" ± "));
        assert!(report.to_csv().lines().next().unwrap().contains("column_cosine_interval"));
        let all = report.scope("all", |_| true);
        assert_eq!(all.pairs, report.pairs);
    }
}

#[test]
fn a_fingerprint_against_a_diffusers_folder() {
    let single = Family::new(Manifest::Sdxl).scale(16).files(&["root", "base_a"]);
    let folder = single.clone().diffusers(Projection::Matrix);
    let (single, folder) = (Written::new(&single), Written::new(&folder));
    let root = |family: &Written, flag| open(family, &[("root", flag)]).remove(0);
    let other = || open(&single, &[("base_a", true)]).remove(0);
    let want = compare(&[other(), root(&single, true)], false);
    for (family, flag) in [(&single, false), (&folder, false), (&folder, true)] {
        let report = compare(&[other(), root(family, flag)], false);
        // diffusers has no place for `logit_scale`
        assert!(report.compared.tensors + 1 >= want.compared.tensors);
        for tensor in &report.tensors {
            let same = want.tensors.iter().find(|other| other.name == tensor.name).unwrap();
            assert_eq!(tensor.record, same.record, "{}", tensor.name);
        }
    }
}

#[test]
fn densities_meet_in_what_they_share() {
    let family = Written::new(&family());
    let sampled = |name: &str, density| {
        let mut model = open(&family, &[(name, false)]).remove(0);
        let files = MappedFiles::of(std::slice::from_ref(&model)).unwrap();
        let Input::Full(full) = model.input.as_ref() else { panic!("its files are there") };
        let fingerprint = Arc::new(fingerprint_of(&full.model, &files, density));
        model.input = Arc::new(Input::Fingerprint(FingerprintModel::new(fingerprint)));
        model
    };
    let sparse = Density { rows: 12, columns: 20 };
    let other = || open(&family, &[("base_nai", false)]).remove(0);
    let of = |density| compare(&[other(), sampled("base_a", density)], false);
    let dense = sampled("base_nai", Density { rows: 40, columns: 70 });
    let mixed = compare(&[dense, sampled("base_a", sparse)], false);
    assert_eq!(mixed.pairs, of(sparse).pairs);
    let half_width = |report: &Report| report.pairs[0].intervals.unwrap().column_cosine.unwrap();
    assert!(half_width(&of(Density::DEFAULT)) < half_width(&of(sparse)));
}

#[test]
fn the_whole_is_exact() {
    let (rows, cols) = (60_u64, 30_u64);
    let value = |at: u64, model: u64| ((at * 7919 + model * 31) % 1000) as f32 / 500.0 - 1.0;
    let values: Vec<Vec<f32>> =
        (0..3).map(|model| (0..rows * cols).map(|at| value(at, model)).collect()).collect();
    let pick = Pick::new("w", &[rows, cols], Density::DEFAULT);
    assert_eq!(pick.elements(), rows * cols);
    let estimate = estimate("w", &pick, &values);
    assert!(estimate.spread.deviations.is_empty());
    let product = |a: usize, b: usize, col: Option<u64>| -> f64 {
        (0..rows * cols)
            .filter(|at| col.is_none_or(|col| at % cols == col))
            .map(|at| f64::from(values[a][at as usize]) * f64::from(values[b][at as usize]))
            .sum()
    };
    for (at, (a, b)) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into_iter().enumerate() {
        assert!((estimate.record.gram[at] - product(a, b, None)).abs() < 1e-9);
    }
    for (at, (a, b)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
        let sum: f64 = (0..cols)
            .map(|col| {
                let of = |a, b| product(a, b, Some(col));
                of(a, b) / (of(a, a) * of(b, b)).sqrt()
            })
            .sum();
        assert!((estimate.record.cosine_sums[at] - sum).abs() < 1e-9);
    }
}

#[test]
fn odd_numbers_are_met_as_in_the_exact_pass() {
    let shape = [400_u64, 200];
    let pick = Pick::new("w", &shape, Density::DEFAULT);
    let count = pick.elements() as usize;
    let ones: Vec<f32> = (0..count).map(|at| 1.0 + (at % 7) as f32).collect();
    let mut broken = ones.clone();
    broken[3] = f32::NAN;
    let result = estimate("w", &pick, &[ones.clone(), broken, vec![0.0; count]]);
    let share = 200.0 / pick.cols.len() as f64;
    assert_eq!(result.record.left_out_columns[0], share.round() as u64);
    assert_eq!(result.record.finite_columns, 200 - share.round() as u64);
    assert!((result.record.cosine_sums[0] - (200.0 - share.round())).abs() < 1e-9);
    // a zero column scores 0
    assert!(result.record.cosine_sums[1].abs() < 1e-12);
    assert!(result.record.gram.iter().all(|sum| sum.is_finite()));
}
