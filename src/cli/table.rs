//! A report for reading in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};
use weightkin::report::{Report, Verdict};

/// The report as text, ending in a newline.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for (index, model) in report.models.iter().enumerate() {
        let dtypes: Vec<String> =
            model.dtypes.iter().map(|share| share.dtype.to_string()).collect();
        let _ = writeln!(
            text,
            "[{index}] {}  ({} tensors, {} parameters, {})",
            model.name,
            model.tensors,
            model.parameters,
            dtypes.join(" + "),
        );
    }
    let _ = writeln!(text, "\n{}\n", pairs(report));
    let _ = writeln!(
        text,
        "compared {} tensors, {} columns; left out {}",
        report.compared.tensors,
        report.compared.columns,
        left_out(report)
    );
    text
}

fn pairs(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "pair",
        "column cosine",
        "flat cosine",
        "distance",
        "identical",
        "columns left out",
        "verdict",
    ]);
    for column in 1..=5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for pair in &report.pairs {
        let figures = &pair.figures;
        table.add_row([
            format!("{} ⇔ {}", report.models[pair.a].name, report.models[pair.b].name),
            number(figures.column_cosine),
            number(figures.flat_cosine),
            number(figures.relative_distance),
            pair.identical_tensors.to_string(),
            figures.left_out_columns.to_string(),
            pair.verdict.map_or("–", Verdict::words).to_owned(),
        ]);
    }
    table
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.6}"))
}

/// Left-out tensors, counted by reason.
fn left_out(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for left_out in &report.compared.left_out {
        let reason = left_out.reason.words();
        *counts.entry(reason).or_default() += 1;
    }
    if counts.is_empty() {
        return "none".to_owned();
    }
    let counts: Vec<String> =
        counts.iter().map(|(reason, count)| format!("{count} ({reason})")).collect();
    counts.join(", ")
}
