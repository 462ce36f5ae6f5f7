//! Number formats, scales and transposition: the sample is of the weights, whatever the file holds.

use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::Dtype;
use tempfile::TempDir;
use weightkin::matching::Options;
use weightkin::native;
use weightkin::report::{ReadError, Report};

use crate::kin::{File, Stored, f32s, noise, opened, write};

const NAME: &str = "model.diffusion_model.middle_block.1.proj_in";
const SHAPE: [usize; 2] = [900, 300];

fn save(folder: &TempDir, name: &str, tensors: &[(&str, Stored)]) -> PathBuf {
    let path = folder.path().join(format!("{name}.safetensors"));
    let file: File =
        tensors.iter().map(|(end, tensor)| (format!("{NAME}.{end}"), tensor.clone())).collect();
    write(&path, &file);
    path
}

/// Two unrelated models of one tensor.
fn strangers(folder: &TempDir) -> [PathBuf; 2] {
    [("a", 6), ("b", 7)].map(|(name, seed)| {
        save(folder, name, &[("weight", f32s(&SHAPE, &noise(seed, SHAPE[0] * SHAPE[1])))])
    })
}

/// Two models, estimated; the second is known by its fingerprint if that is asked for.
fn estimated(a: &Path, b: &Path, by_fingerprint: bool) -> Report {
    let models = [opened(a, false), opened(b, by_fingerprint)];
    native::compare(&models, &Options::default(), !by_fingerprint, |_| {}, |_| {}).unwrap()
}

/// `values` in a format, and what they are in it.
fn stored(dtype: Dtype, values: &[f32]) -> (Stored, Vec<f32>) {
    let bytes: Vec<u8> = match dtype {
        Dtype::F16 => values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
        Dtype::BF16 => values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
        Dtype::F64 => values.iter().flat_map(|v| (f64::from(*v) / 3.0).to_le_bytes()).collect(),
        _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    };
    let widened = match dtype {
        Dtype::F16 => values.iter().map(|v| f16::from_f32(*v).to_f32()).collect(),
        Dtype::BF16 => values.iter().map(|v| bf16::from_f32(*v).to_f32()).collect(),
        Dtype::F64 => values.iter().map(|v| (f64::from(*v) / 3.0) as f32).collect(),
        _ => values.to_vec(),
    };
    ((dtype, SHAPE.to_vec(), bytes), widened)
}

#[test]
fn every_format_gives_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let values = noise(1, SHAPE[0] * SHAPE[1]);
    let other = save(&folder, "other", &[("weight", f32s(&SHAPE, &noise(2, values.len())))]);
    for dtype in [Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F64] {
        let (tensor, widened) = stored(dtype, &values);
        let there = save(&folder, "there", &[("weight", tensor)]);
        let plain = save(&folder, "plain", &[("weight", f32s(&SHAPE, &widened))]);
        let want = estimated(&other, &plain, false);
        for by_fingerprint in [false, true] {
            let report = estimated(&other, &there, by_fingerprint);
            assert_eq!(report.tensors[0].record, want.tensors[0].record, "{dtype}");
        }
    }
}

#[test]
fn scales_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    let [rows, cols] = SHAPE;
    let codes: Vec<i8> = noise(3, rows * cols).iter().map(|v| (v * 127.0) as i8).collect();
    let bytes = codes.iter().map(|code| code.cast_unsigned()).collect();
    let other = save(&folder, "other", &[("weight", f32s(&SHAPE, &noise(4, rows * cols)))]);
    let by_row: Vec<f32> = noise(5, rows).iter().map(|v| 0.3 + v.abs()).collect();
    for scales in [vec![0.7], by_row] {
        let shape: &[usize] = if scales.len() == 1 { &[] } else { &[rows, 1] };
        let there = save(
            &folder,
            "there",
            &[
                ("weight", (Dtype::I8, SHAPE.to_vec(), Vec::clone(&bytes))),
                ("weight_scale", f32s(shape, &scales)),
            ],
        );
        let widened: Vec<f32> = codes
            .iter()
            .enumerate()
            .map(|(at, code)| f32::from(*code) * scales[(at / cols) % scales.len()])
            .collect();
        let plain = save(&folder, "plain", &[("weight", f32s(&SHAPE, &widened))]);
        let want = estimated(&other, &plain, false);
        for by_fingerprint in [false, true] {
            let report = estimated(&other, &there, by_fingerprint);
            assert_eq!(report.tensors[0].record, want.tensors[0].record);
            assert!(!report.tensors[0].integer);
        }
    }
}

#[test]
fn a_report_tells_of_the_model_behind_a_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let count = SHAPE[0] * SHAPE[1];
    let [a, b] = strangers(&folder);
    let (quick, print) = (estimated(&a, &b, false), estimated(&a, &b, true));
    assert!(quick.models.iter().all(|model| model.sampled && model.fingerprint.is_none()));
    let [there, known] = &print.models[..] else { panic!("two models") };
    assert!(!there.sampled && there.fingerprint.is_none());
    assert!(known.sampled);
    let kept = known.fingerprint.as_ref().unwrap();
    assert_eq!((kept.rule, kept.rows, kept.columns), (1, 24, 63));
    assert_eq!((known.tensors, known.parameters), (1, count as u64));
    assert_eq!(known.dtypes, quick.models[1].dtypes);
    assert_eq!(known.dtypes[0].bytes, 4 * count as u64);

    // nothing is read for a fingerprint, and everything of models that are there besides
    let (all_bytes, sampled_bytes) = (4 * count as u64, print.compared.bytes);
    assert!((1..=all_bytes).contains(&sampled_bytes));
    assert_eq!(quick.compared.bytes, 2 * sampled_bytes);
    let models = [opened(&a, false), opened(&b, true), opened(&b, false)];
    let mixed = native::compare(&models, &Options::default(), false, |_| {}, |_| {}).unwrap();
    assert_eq!(mixed.compared.bytes, 2 * sampled_bytes + 2 * all_bytes);
}

#[test]
fn reports_that_contradict_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = strangers(&folder);
    let report = estimated(&a, &b, false).to_json();
    assert!(Report::from_json(&report).is_ok());
    let mut value: serde_json::Value = serde_json::from_str(&report).unwrap();
    let deviations = value["tensors"][0]["sample"]["deviations"].as_array_mut().unwrap();
    assert_eq!(deviations.len(), 8);
    let deviation = deviations[0].clone();
    deviations.push(deviation);
    let refused = |value: &serde_json::Value| {
        matches!(Report::from_json(&value.to_string()), Err(ReadError::Inconsistent { .. }))
    };
    assert!(refused(&value), "nine deviations");
    let mut value: serde_json::Value = serde_json::from_str(&report).unwrap();
    value["tensors"][0]["sample"]["deviations"][3]["gram"] = serde_json::json!([1.0]);
    assert!(refused(&value), "a deviation of one model");
    let mut value: serde_json::Value = serde_json::from_str(&report).unwrap();
    let record = |key: &str, value: &serde_json::Value| value["tensors"][0][key].clone();
    let exact = serde_json::json!({
        "gram": record("gram", &value),
        "cosine_sums": record("cosine_sums", &value),
        "left_out_columns": record("left_out_columns", &value),
        "finite_columns": record("finite_columns", &value),
        "columns": record("columns", &value),
    });
    value["tensors"][0]["exact"] = exact;
    assert!(refused(&value), "an exact part of models that were sampled");
}
