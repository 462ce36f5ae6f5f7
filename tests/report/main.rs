//! The report: its schema, its digits, and what it says of odd models.

mod accounting;
mod exports;
mod reading;
mod signed;

#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::comparison;
use support::double::{Content, Double};
use support::file::read_file;
use support::model::stored;
use weightkin::dtype::Dtype;
use weightkin::matching::Options;
use weightkin::model::{FileFacts, Model};
use weightkin::report::{FORMAT, Report, VERSION, Verdict};

type Tensors<'a> = &'a [(&'a str, Dtype, &'a [u64], &'a [f32])];

fn compare_with(models: &[(&str, Tensors<'_>)], options: &Options) -> Report {
    let (mut facts, mut contents) = (Vec::new(), Vec::new());
    for (name, tensors) in models {
        let bytes = stored(tensors);
        let header = read_file(&bytes, bytes.len() as u64).unwrap();
        let file = FileFacts { name: format!("{name}.safetensors"), bytes: bytes.len() as u64 };
        facts.push(Model::assemble((*name).to_owned(), vec![(file, header)], &[]).unwrap());
        contents.push(Content::Held(bytes.into()));
    }
    let plan = comparison::plan_with(&facts, options);
    let tally = comparison::run(&plan, &Double::new(contents));
    comparison::report(&facts, &plan, &tally)
}

fn compare(models: &[(&str, Tensors<'_>)]) -> Report {
    compare_with(models, &Options::default())
}

/// Three models that differ in everything a report can tell.
fn ordinary() -> Report {
    let w: [f32; 6] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    let close = w.map(|x| x * 1.1 + 0.003);
    let far = [-0.3, 0.7, 0.1, 0.2, -0.9, 0.4];
    let ids: [f32; 3] = [0.0, 1.0, 2.0];
    compare(&[
        (
            "a",
            &[
                ("m.w", Dtype::F32, &[3, 2], &w),
                ("m.bias", Dtype::F16, &[6], &w),
                ("ids", Dtype::I64, &[1, 3], &ids),
                ("first_stage_model.w", Dtype::F32, &[6], &w),
                ("only.a", Dtype::F32, &[1], &w[..1]),
                ("sizes", Dtype::F32, &[2], &w[..2]),
                ("p.f4", Dtype::F4, &[2, 2], &w[..2]),
                ("model_ema.w", Dtype::F32, &[6], &w),
            ],
        ),
        (
            "b",
            &[
                ("sizes", Dtype::F32, &[2, 2], &w[..4]),
                ("m.bias", Dtype::F16, &[6], &w),
                ("m.w", Dtype::F16, &[3, 2], &close),
                ("p.f4", Dtype::F4, &[2, 2], &w[..2]),
                ("ids", Dtype::I64, &[1, 3], &ids),
                ("first_stage_model.w", Dtype::F32, &[6], &w),
            ],
        ),
        (
            "c ☃",
            &[
                ("m.w", Dtype::F32, &[3, 2], &far),
                ("m.bias", Dtype::F32, &[6], &close),
                ("ids", Dtype::I64, &[1, 3], &ids),
                ("sizes", Dtype::F32, &[2], &w[..2]),
                ("p.f4", Dtype::F4, &[2, 2], &w[..2]),
            ],
        ),
    ])
}

fn value(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn assert_keys(value: &Value, want: &[&str]) {
    for key in want {
        assert!(value.get(key).is_some(), "{key} is not among {:?}", keys(value));
    }
}

fn is_figure(value: &Value) -> bool {
    value.is_f64() || value.is_null()
}

#[test]
fn the_schema() {
    let report = value(&ordinary());
    assert_keys(&report, &["format", "version", "models", "compared", "pairs", "tensors"]);
    assert_eq!(report["format"], "weightkin-report");
    assert_eq!(report["version"], 1);
    assert_eq!((FORMAT, VERSION), ("weightkin-report", 1));

    // only where it is an estimate, or of a part
    assert!(report.get("estimate").is_none());
    assert!(report["compared"].get("unfinished").is_none());

    let models = report["models"].as_array().unwrap();
    assert_eq!(models.len(), 3);
    for model in models {
        assert!(model.get("sampled").is_none());
        assert_keys(model, &["name", "files", "tensors", "parameters", "dtypes"]);
        assert!(model["name"].is_string() && model["tensors"].is_u64());
        for file in model["files"].as_array().unwrap() {
            assert!(file["name"].is_string() && file["bytes"].is_u64());
        }
        for share in model["dtypes"].as_array().unwrap() {
            assert!(share["dtype"].is_string() && share["tensors"].is_u64());
            assert!(share["bytes"].is_u64());
        }
    }
    assert_eq!(models[2]["name"], "c ☃");
    assert_eq!(models[0]["files"][0]["name"], "a.safetensors");
    assert_eq!(models[0]["tensors"], 8);

    let compared = &report["compared"];
    assert_keys(compared, &["tensors", "columns", "bytes", "left_out"]);
    assert_eq!(compared["tensors"], 3);
    assert_eq!(compared["columns"], 2 + 1 + 3);
    assert_eq!(compared["bytes"], (24 + 12 + 24) + (12 + 12 + 24) + (24 + 24 + 24));

    let figures =
        ["column_cosine", "columns", "left_out_columns", "flat_cosine", "relative_distance"];
    let pairs = report["pairs"].as_array().unwrap();
    let ends: Vec<(u64, u64)> = pairs
        .iter()
        .map(|pair| (pair["a"].as_u64().unwrap(), pair["b"].as_u64().unwrap()))
        .collect();
    assert_eq!(ends, [(0, 1), (0, 2), (1, 2)]);
    for pair in pairs {
        assert_keys(pair, &figures);
        assert_keys(pair, &["identical_tensors", "verdict"]);
        assert!(is_figure(&pair["column_cosine"]) && is_figure(&pair["flat_cosine"]));
        assert!(is_figure(&pair["relative_distance"]) && pair["identical_tensors"].is_u64());
    }

    let tensors = report["tensors"].as_array().unwrap();
    let names: Vec<&str> = tensors.iter().map(|tensor| tensor["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ids", "m.bias", "m.w"], "by name");
    for tensor in tensors {
        assert_keys(tensor, &["shape", "dtypes", "integer", "gram", "cosine_sums", "pairs"]);
        assert_eq!(tensor["gram"].as_array().unwrap().len(), 6);
        assert_eq!(tensor["cosine_sums"].as_array().unwrap().len(), 3);
        assert_eq!(tensor["pairs"].as_array().unwrap().len(), 3);
        for pair in tensor["pairs"].as_array().unwrap() {
            assert_keys(pair, &figures);
            assert!(pair["identical"].is_boolean());
        }
    }
    assert_eq!(tensors[0]["integer"], true);
    assert_eq!(tensors[2]["dtypes"], serde_json::json!(["F32", "F16", "F32"]));
    assert_eq!(tensors[2]["shape"], serde_json::json!([3, 2]));
}

#[test]
fn everything_left_out_has_its_reason() {
    let report = value(&ordinary());
    let left_out = report["compared"]["left_out"].as_array().unwrap();
    assert_eq!(
        *left_out,
        [
            serde_json::json!({"name": "first_stage_model.w", "reason": "vae"}),
            serde_json::json!({"name": "model_ema.w", "reason": "ema", "models": [0]}),
            serde_json::json!({"name": "only.a", "reason": "missing", "missing_in": [1, 2]}),
            serde_json::json!({"name": "p.f4", "reason": "dtype", "dtypes": ["F4", "F4", "F4"]}),
            serde_json::json!({"name": "sizes", "reason": "shape", "shapes": [[2], [2, 2], [2]]}),
        ]
    );
}

#[test]
fn a_report_can_be_derived_from_its_records() {
    let report = ordinary();
    for (distinct, pair) in report.pairs.iter().enumerate() {
        let records = || report.tensors.iter().map(|tensor| &tensor.record);
        let sum: f64 = records().map(|record| record.cosine_sums[distinct]).sum();
        let columns: u64 = records().map(|record| record.columns).sum();
        assert_eq!(pair.figures.column_cosine, Some(sum / columns as f64));
        assert_eq!(pair.figures.columns, columns);
    }
}

#[test]
fn whole_numbers_count_in_the_column_cosine_only() {
    let report = ordinary();
    let [ids, bias, w] = &report.tensors[..] else { panic!("three tensors") };
    assert!(ids.integer && !bias.integer && !w.integer);
    // 0 scores 0, the others 1
    assert_eq!(ids.record.cosine_sums, [2.0; 3]);
    let product = |pair: usize| bias.record.gram[pair] + w.record.gram[pair];
    let flat = product(1) / (product(0) * product(3)).sqrt();
    assert_eq!(report.pairs[0].figures.flat_cosine, Some(flat));
}

#[test]
fn the_same_model_twice() {
    let w: Vec<f32> = (0..4000).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
    let tensors: Tensors<'_> = &[("w", Dtype::F32, &[40, 100], &w), ("v", Dtype::F16, &[4000], &w)];
    let report = compare(&[("a", tensors), ("b", tensors)]);
    let pair = &report.pairs[0];
    assert_eq!(pair.figures.column_cosine, Some(1.0));
    assert_eq!(pair.figures.flat_cosine, Some(1.0));
    assert_eq!(pair.figures.relative_distance, Some(0.0));
    assert_eq!(pair.identical_tensors, 2);
    assert_eq!(pair.verdict, Some(Verdict::Identical));
}

#[test]
fn identical_is_said_of_values_not_of_formats() {
    let coarse: Vec<f32> = (0..640).map(|i| ((i * 37) % 101) as f32 / 64.0 - 0.75).collect();
    let mut other = coarse.clone();
    other[77] = half::f16::from_bits(half::f16::from_f32(other[77]).to_bits() + 1).to_f32();
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[64, 10], &coarse)]),
        ("b", &[("w", Dtype::F16, &[64, 10], &coarse)]),
        ("c", &[("w", Dtype::F16, &[64, 10], &other)]),
    ]);
    let identical: Vec<u64> = report.pairs.iter().map(|pair| pair.identical_tensors).collect();
    assert_eq!(identical, [1, 0, 0], "one weight by one step of F16 is a difference");
}

#[test]
fn nothing_finite_has_no_figures() {
    let nan = [f32::NAN; 6];
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[3, 2], &nan)]),
        ("b", &[("w", Dtype::F32, &[3, 2], &[1.0; 6])]),
    ]);
    let pair = &report.pairs[0];
    assert_eq!((pair.figures.columns, pair.figures.left_out_columns), (2, 2));
    assert_eq!(pair.figures.column_cosine, None);
    assert_eq!(pair.figures.flat_cosine, None);
    assert_eq!(pair.figures.relative_distance, None);
    assert_eq!((pair.identical_tensors, pair.verdict), (0, None));
    let value = value(&report);
    assert!(value["pairs"][0]["column_cosine"].is_null() && value["pairs"][0]["verdict"].is_null());
    assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
}

#[test]
fn zeros_everywhere() {
    let zeros: Tensors<'_> = &[("w", Dtype::F32, &[3, 2], &[0.0; 6])];
    let report = compare(&[("a", zeros), ("b", zeros)]);
    let pair = &report.pairs[0];
    assert_eq!(pair.figures.column_cosine, Some(0.0));
    assert_eq!(pair.figures.flat_cosine, None);
    assert_eq!(pair.figures.relative_distance, None);
    assert_eq!(pair.identical_tensors, 1);
}

#[test]
fn one_model_of_zeros() {
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[3, 2], &[1.0; 6])]),
        ("b", &[("w", Dtype::F32, &[3, 2], &[0.0; 6])]),
    ]);
    let figures = &report.pairs[0].figures;
    assert_eq!(figures.column_cosine, Some(0.0));
    assert_eq!(figures.relative_distance, Some(1.0));
}
