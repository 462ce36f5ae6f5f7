//! Reports that are read back: every digit of one's own, and a clear refusal of what contradicts
//! itself.

use serde_json::{Value, json};
use weightkin::matching::{LeftOut, Reason};
use weightkin::report::Report;

use crate::{ordinary, value};

#[test]
fn every_digit_survives_printing_and_reading() {
    let report = ordinary();
    let json = report.to_json();
    assert!(json.ends_with("}\n") && json.matches('\n').count() == 1);
    let read = Report::from_json(&json).unwrap();
    assert_eq!(read, report);
    assert_eq!(read.to_json(), json);
    // readers that know nothing of the schema keep the digits too
    let value: Value = serde_json::from_str(&json).unwrap();
    for (tensor, read) in value["tensors"].as_array().unwrap().iter().zip(&report.tensors) {
        for (text, number) in tensor["gram"].as_array().unwrap().iter().zip(&read.record.gram) {
            assert_eq!(text.as_f64().unwrap().to_bits(), number.to_bits());
        }
    }
}

#[test]
fn numbers_of_any_size_survive() {
    let mut report = ordinary();
    let numbers = [0.1 + 0.2, 1.0 / 3.0, 1e-308, 5e-324, f64::MAX / 4.0, 2_f64.powi(53) + 2.0, 0.0];
    for number in numbers {
        let record = &mut report.tensors[2].record;
        record.gram.fill(number);
        record.cosine_sums.fill(number);
        let read = Report::from_json(&report.to_json()).unwrap();
        let got = &read.tensors[2].record;
        assert!(got.gram.iter().all(|got| got.to_bits() == number.to_bits()), "{number:e}");
        assert!(got.cosine_sums.iter().all(|got| got.to_bits() == number.to_bits()));
    }
}

#[test]
fn texts_that_are_no_report() {
    let json = ordinary().to_json();
    let edit = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    };
    for (text, code) in [
        (String::new(), "not_a_report"),
        ("{}".to_owned(), "not_a_report"),
        ("[1]".to_owned(), "not_a_report"),
        (json[..json.len() / 2].to_owned(), "not_a_report"),
        (edit("weightkin-report", "weightkin-fingerprint"), "not_a_report"),
        (edit("\"version\":1", "\"version\":2"), "report_too_new"),
        (edit("\"gram\":[", "\"gram\":[1.0,"), "report_inconsistent"),
        (edit("\"ancestor\":null", "\"ancestor\":3"), "report_inconsistent"),
    ] {
        let error = Report::from_json(&text).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}

/// A report from a stranger must not bring the reader down, whatever its numbers.
#[test]
fn reports_with_numbers_at_the_limits() {
    let json = ordinary().to_json();
    let most = u64::MAX.to_string();
    let value: Value = serde_json::from_str(&json).unwrap();
    let limits = |mut value: Value| {
        for tensor in value["tensors"].as_array_mut().unwrap() {
            for key in ["columns", "finite_columns"] {
                tensor[key] = serde_json::from_str(&most).unwrap();
            }
            tensor["left_out_columns"] = json!([u64::MAX, u64::MAX, u64::MAX]);
            tensor["gram"] = json!([1e308, -1e308, 1e308, 1e308, -1e308, 1e308]);
            tensor["cosine_sums"] = json!([1e308, -1e308, 1e308]);
        }
        value
    };
    let report = Report::from_json(&limits(value).to_string()).unwrap();
    assert!(report.to_json().contains("weightkin-report"));
}

/// A report from a stranger may claim shapes whose elements no number can count.
#[test]
fn a_report_of_impossible_shapes_is_read() {
    let mut report = value(&ordinary());
    for tensor in report["tensors"].as_array_mut().unwrap() {
        tensor["shape"] = json!([u64::MAX, u64::MAX]);
    }
    let read = Report::from_json(&report.to_string()).unwrap();
    assert_eq!(read.tensors[0].shape, [u64::MAX, u64::MAX]);
    assert!(!read.seen_from(Some(0)).recipes.is_empty());
}

#[test]
fn every_reason_is_read_back() {
    let mut report = ordinary();
    let reasons = [
        Reason::Vae,
        Reason::Missing { missing_in: vec![0, 2] },
        Reason::Shape { shapes: vec![vec![1], vec![2, 3], vec![]] },
        Reason::Ema { models: vec![1] },
        Reason::Adapter { models: vec![2] },
        Reason::Bookkeeping { models: vec![0, 1] },
        Reason::Quantised { models: vec![2] },
        Reason::Dtype { dtypes: vec!["F4".to_owned(), "F32".to_owned(), "F4".to_owned()] },
    ];
    let left_out = |(index, reason)| LeftOut { name: format!("tensor {index}"), reason };
    report.compared.left_out = reasons.into_iter().enumerate().map(left_out).collect();
    assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);

    let mut unknown = value(&report);
    unknown["compared"]["left_out"][0]["reason"] = json!("mood");
    let error = Report::from_json(&unknown.to_string()).unwrap_err();
    assert_eq!(error.code(), "report_inconsistent");
}

#[test]
fn a_report_of_a_part_stays_one() {
    let mut report = ordinary();
    report.compared.unfinished = 2;
    let read = Report::from_json(&report.to_json()).unwrap();
    assert_eq!(read.compared.unfinished, 2);
    assert_eq!(read, report);
}

/// Two models that were there and one that was sampled.
fn mixed() -> Value {
    let mut report = value(&ordinary());
    report["models"][2]["sampled"] = json!(true);
    for tensor in report["tensors"].as_array_mut().unwrap() {
        let deviation =
            json!({"gram": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], "cosine_sums": [0.1, 0.1, 0.1]});
        tensor["sample"] = json!({"rows": 1, "cols": 1, "freedom": 1, "deviations": [deviation]});
        tensor["exact"] = json!({
            "gram": [2.0, 1.0, 2.0],
            "cosine_sums": [1.0],
            "left_out_columns": [0],
            "finite_columns": tensor["finite_columns"],
            "columns": tensor["columns"],
        });
    }
    report
}

#[test]
fn tensors_that_do_not_fit_their_models_are_refused() {
    let read = |report: &Value| Report::from_json(&report.to_string());
    let mixed = mixed();
    assert_eq!(read(&mixed).unwrap().tensors[2].pairs[0].figures.flat_cosine, Some(0.5));
    let columns = mixed["tensors"][2]["columns"].as_u64().unwrap();
    let deviations = &mixed["tensors"][2]["sample"]["deviations"];
    for (pointer, wrong) in [
        ("/gram", json!([1.0, 1.0, 1.0])),
        ("/cosine_sums", json!([1.0])),
        ("/left_out_columns", json!([0])),
        ("/dtypes", json!(["F32"])),
        ("/finite_columns", json!(columns + 1)),
        ("/left_out_columns/1", json!(columns + 1)),
        ("/sample/deviations", json!(vec![deviations[0].clone(); 9])),
        ("/sample/deviations/0/gram", json!([1.0, 1.0, 1.0])),
        ("/sample/deviations/0/cosine_sums", json!([1.0])),
        ("/sample", json!(null)),
        ("/exact/gram", json!([1.0])),
        ("/exact/cosine_sums", json!([1.0, 1.0, 1.0])),
        ("/exact/left_out_columns", json!([0, 0, 0])),
        ("/exact/columns", json!(columns + 1)),
        ("/exact/finite_columns", json!(columns + 1)),
        ("/exact/left_out_columns/0", json!(columns + 1)),
    ] {
        let mut report = mixed.clone();
        *report["tensors"][2].pointer_mut(pointer).unwrap() = wrong;
        let error = read(&report).expect_err(pointer);
        assert_eq!(error.code(), "report_inconsistent", "{pointer}: {error}");
        assert!(error.to_string().contains("m.w"), "{error}");
    }
    // a pass over one model alone
    let mut report = mixed.clone();
    report["models"][1]["sampled"] = json!(true);
    for tensor in report["tensors"].as_array_mut().unwrap() {
        (tensor["exact"]["gram"], tensor["exact"]["cosine_sums"]) = (json!([2.0]), json!([]));
        tensor["exact"]["left_out_columns"] = json!([]);
    }
    assert_eq!(read(&report).unwrap_err().code(), "report_inconsistent");
}

#[test]
fn a_report_has_two_to_sixteen_models() {
    for count in [0, 1, 17] {
        let mut report = value(&ordinary());
        let model = report["models"][0].clone();
        report["models"] = json!(vec![model; count]);
        report["tensors"] = json!([]);
        let error = Report::from_json(&report.to_string()).unwrap_err();
        assert!(error.to_string().contains(&format!("it has {count} models")), "{error}");
    }
}
