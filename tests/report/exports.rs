//! A report as text for other places: every figure where it belongs with all its digits, and no
//! name that breaks out of its field.

use std::fmt::Write as _;

use serde_json::Value;
use weightkin::report::{Intervals, Report, estimated, percent};

use crate::{ordinary, value};

/// Names that mean something where they are pasted.
fn named() -> Report {
    let mut report = ordinary();
    for (model, name) in report.models.iter_mut().zip(["=1+1", "a|b*c_[d]<#`\\", "x\"y,\nz\rw"]) {
        name.clone_into(&mut model.name);
    }
    report
}

/// A figure as the JSON has it; empty where it is undefined.
fn digits(figure: &Value) -> String {
    if figure.is_null() { String::new() } else { figure.to_string() }
}

#[test]
fn plain_text_tells_one_model_against_all_others() {
    let report = ordinary();
    let pairs = value(&report)["pairs"].clone();
    let cosine = |pair: usize| format!("{:.6}", pairs[pair]["column_cosine"].as_f64().unwrap());
    let lines = |of: usize, wanted: [(&str, usize); 2]| {
        let name = ["a", "b", "c ☃"][of];
        let mut want = "Mean cosine similarity:\n".to_owned();
        for (other, pair) in wanted {
            writeln!(want, "{other}<=>{name}: {}", cosine(pair)).unwrap();
        }
        // below the lines is what has to be known to read them
        let text = report.to_plain_text(of);
        let rest = text.strip_prefix(&want).unwrap();
        let is_note = |line: &str| {
            line.ends_with(" in both models and counts 0 in the mean.")
                || line.ends_with(" with fewer than 8 rows, and say little.")
        };
        assert!(rest.lines().all(is_note), "{text}");
    };
    assert!(cosine(0).starts_with("0.8"), "{}", cosine(0));
    lines(0, [("b", 0), ("c ☃", 1)]);
    lines(1, [("a", 0), ("c ☃", 2)]);
    lines(2, [("a", 1), ("b", 2)]);
}

#[test]
fn a_markdown_table_has_a_row_for_each_pair() {
    let report = named();
    let [a, b, c] = ["=1+1", r"a\|b\*c\_\[d\]\<\#\`\\", "x\"y, z w"];
    let text = report.to_markdown();
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[2 + 3].is_empty() && rows[2 + 4..].iter().all(|row| row.starts_with("- ")));
    assert_eq!(rows[1], "|---|--:|--:|--:|--:|--:|--:|---|");
    let pairs = value(&report)["pairs"].clone();
    for (at, (left, right)) in [(a, b), (a, c), (b, c)].into_iter().enumerate() {
        let pair = &pairs[at];
        let figures = ["column_cosine", "flat_cosine", "relative_distance"]
            .map(|figure| format!("{:.6}", pair[figure].as_f64().unwrap()));
        let verdict = report.pairs[at].verdict.unwrap().words();
        let identical = digits(&pair["identical_tensors"]);
        // the first of the position ids is a column of zeros
        let want = format!(
            "| {left} ⇔ {right} | {} | {identical} | 1 | {} | {verdict} |",
            figures.join(" | "),
            percent(report.share(&report.pairs[at]).unwrap())
        );
        assert_eq!(rows[2 + at], want);
    }
}

#[test]
fn a_csv_has_a_row_for_each_tensor_and_pair() {
    let report = named();
    let names = ["'=1+1", "a|b*c_[d]<#`\\", "\"x\"\"y,\nz\rw\""];
    let tensors = value(&report)["tensors"].clone();
    let mut want = "tensor,component,block,kind,shape,a,b,column_cosine,columns,left_out_columns,\
                    flat_cosine,relative_distance,identical,zero_in_both,zero_in_one,\
                    share_a,share_b,verdict\r\n"
        .to_owned();
    for (tensor, shape) in tensors.as_array().unwrap().iter().zip(["1x3", "6", "3x2"]) {
        let place = ["name", "component", "block", "kind"].map(|key| tensor[key].as_str().unwrap());
        for (at_pair, (a, b)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
            let pair = &tensor["pairs"][at_pair];
            let figures = [
                "column_cosine",
                "columns",
                "left_out_columns",
                "flat_cosine",
                "relative_distance",
                "identical",
            ]
            .map(|figure| digits(&pair[figure]));
            let (a, b) = (names[a], names[b]);
            let (place, figures) = (place.join(","), figures.join(","));
            let zeros = u8::from(shape == "1x3");
            let verdict = report.pairs[at_pair].verdict.unwrap().code();
            let [share_a, share_b] = [report.pairs[at_pair].a, report.pairs[at_pair].b]
                .map(|model| digits(&value(&report)["models"][model]["share"]));
            write!(want, "{place},{shape},{a},{b},{figures},{zeros},0,").unwrap();
            write!(want, "{share_a},{share_b},{verdict}\r\n").unwrap();
        }
    }
    assert_eq!(report.to_csv(), want);
}

#[test]
fn fields_that_a_spreadsheet_would_run_or_split_are_quoted() {
    for (name, field) in [
        ("plain name", "plain name"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "\"'\rx\""),
        ("a\"b", "\"a\"\"b\""),
        ("=a,b", "\"'=a,b\""),
    ] {
        let mut report = ordinary();
        name.clone_into(&mut report.tensors[0].name);
        let csv = report.to_csv();
        let row = csv.split_once("\r\n").unwrap().1;
        assert!(row.starts_with(&format!("{field},")), "{name:?}: {row}");
    }
}

#[test]
fn estimates_tell_how_far_they_may_be_off() {
    let mut report = ordinary();
    report.estimate = true;
    let intervals = Intervals {
        column_cosine: Some(0.25),
        flat_cosine: Some(0.5),
        relative_distance: None,
        ..Intervals::default()
    };
    report.pairs[0].intervals = Some(intervals);
    for tensor in &mut report.tensors {
        tensor.pairs[0].intervals = Some(intervals);
    }
    let shown = |figure: Option<f64>, half_width| estimated(figure.unwrap(), half_width);
    let figures = report.pairs[0].figures;
    let column_cosine = shown(figures.column_cosine, 0.25);
    assert!(column_cosine.ends_with(" ± 0.25"), "{column_cosine}");
    let text = report.to_plain_text(0);
    assert!(text.contains(&format!(": {column_cosine}\n")), "{text}");
    let table = report.to_markdown();
    let cells = [
        column_cosine,
        shown(figures.flat_cosine, 0.5),
        format!("{:.6}", figures.relative_distance.unwrap()),
    ];
    assert!(table.contains(&cells.join(" | ")), "{table}");

    let csv = report.to_csv();
    let rows: Vec<&str> = csv.lines().collect();
    let columns = ",column_cosine_interval,flat_cosine_interval,relative_distance_interval";
    assert!(rows[0].ends_with(columns));
    for (at, row) in rows[1..].iter().enumerate() {
        // the other pairs are exact
        assert!(row.ends_with(if at % 3 == 0 { ",0.25,0.5," } else { ",,," }), "{row}");
    }
}

#[test]
fn an_estimate_is_shown_to_the_second_digit_of_its_interval() {
    for (figure, half_width, shown) in [
        (0.956_341, 0.000_214, "0.95634 ± 0.00021"),
        (0.956_341, 0.1, "0.96 ± 0.10"),
        (0.956_341, 0.099, "0.956 ± 0.099"),
        (0.956_341, 1.0, "1.0 ± 1.0"),
        (1234.56, 99.0, "1234.6 ± 99.0"),
        (0.5, 0.000_001, "0.500000 ± 0.000001"),
        (0.5, 0.0, "0.500000 ± 0.000001"),
        (0.5, 1e-9, "0.500000 ± 0.000001"),
        (-0.25, 0.01, "-0.250 ± 0.010"),
        (-0.000_4, 0.01, "0.000 ± 0.010"),
        (0.999_9, 0.01, "1.000 ± 0.010"),
        // beyond whole numbers that a float holds, all its digits
        (1e300, 1.0, "1e+300 ± 1.0"),
        (9.007_199_254_740_991e14, 1.0, "900719925474099.1 ± 1.0"),
        (9.007_199_254_740_992e14, 1.0, "900719925474099.2 ± 1.0"),
        (f64::MAX, f64::MAX, "1.7976931348623157e+308 ± 1.7976931348623157e+308"),
    ] {
        assert_eq!(estimated(figure, half_width), shown);
    }
}
