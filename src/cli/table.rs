//! A report for reading in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use weightkin::escape::Escaped;
use weightkin::report::{
    Intervals, Pair, Recipe, Relation, Report, ScopeBy, Verdict, estimated, percent,
};

/// The report as text, ending in a newline: overall, then the scopes asked for.
pub fn render(report: &Report, by: Option<ScopeBy>) -> String {
    let mut text = String::new();
    for (index, model) in report.models.iter().enumerate() {
        let dtypes: Vec<String> =
            model.dtypes.iter().map(|share| share.dtype.to_string()).collect();
        let _ = writeln!(
            text,
            "[{index}] {}  ({}, {} tensors, {} parameters, {}{}){}",
            Escaped(&model.name),
            model.architecture.title(),
            model.tensors,
            model.parameters,
            dtypes.join(" + "),
            model.share.map(|share| format!(", {} compared", percent(share))).unwrap_or_default(),
            match (report.ancestor == Some(index), model.fingerprint.is_some()) {
                (true, true) => "  = ancestor, fingerprint",
                (true, false) => "  = ancestor",
                (false, true) => "  = fingerprint",
                (false, false) => "",
            },
        );
    }
    let _ = writeln!(text, "\n{}\n", pairs(report));
    let notes = report.notes(|_| true, &|name| Escaped(name).to_string());
    for note in &notes {
        let _ = writeln!(text, "{note}");
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    let shown = |scope: &&_| -> bool {
        let scope: &weightkin::report::Scope = scope;
        Some(scope.by) == by || scope.by == ScopeBy::Filter
    };
    if report.scopes.iter().any(|scope| shown(&scope)) {
        let _ = writeln!(text, "{}\n", scopes(report, shown));
    }
    for recipe in &report.recipes {
        text.push_str(&describe(report, recipe));
    }
    if report.estimate {
        let _ = writeln!(text, "\n± is a 95 % interval: the figure is estimated from a sample");
    }
    let _ = writeln!(
        text,
        "\ncompared {} tensors, {} columns; left out {}",
        report.compared.tensors,
        report.compared.columns,
        left_out(report)
    );
    for tensor in &report.tensors {
        if let Some(heights) = &tensor.heights {
            let heights: Vec<String> = heights.iter().map(u64::to_string).collect();
            let _ = writeln!(
                text,
                "{}: rows differ ({}), the first {} are compared",
                Escaped(&tensor.name),
                heights.join(", "),
                tensor.shape[0]
            );
        }
    }
    text
}

fn pairs(report: &Report) -> Table {
    let mut header = vec!["pair", "column cosine", "flat cosine", "distance", "identical"];
    header.push("columns left out");
    let has_zeros = report.pairs.iter().any(|pair| {
        let zeros = pair.figures.zero_columns;
        zeros.both > 0 || zeros.one > 0
    });
    if has_zeros {
        header.extend(["zero in both", "zero in one"]);
    }
    if report.ancestor.is_some() {
        header.push("from ancestor");
    }
    let numbers = 1..header.len();
    header.push("verdict");
    let mut table = table(header, numbers);
    for pair in &report.pairs {
        let figures = &pair.figures;
        let mut row = vec![
            pair_name(report, pair),
            figure(pair, figures.column_cosine, |intervals| intervals.column_cosine),
            figure(pair, figures.flat_cosine, |intervals| intervals.flat_cosine),
            figure(pair, figures.relative_distance, |intervals| intervals.relative_distance),
            pair.identical_tensors.to_string(),
            figures.left_out_columns.to_string(),
        ];
        if has_zeros {
            let zeros = figures.zero_columns;
            row.extend([zeros.both.to_string(), zeros.one.to_string()]);
        }
        if report.ancestor.is_some() {
            row.push(figure(pair, pair.ancestor_cosine, |intervals| intervals.ancestor_cosine));
        }
        row.push(pair.verdict.map_or("–", Verdict::words).to_owned());
        table.add_row(row);
    }
    table
}

/// Column cosines of every pair, a row for each scope.
fn scopes(report: &Report, shown: impl Fn(&&weightkin::report::Scope) -> bool) -> Table {
    let mut header = vec!["scope".to_owned(), "tensors".to_owned()];
    header.extend(report.pairs.iter().map(|pair| format!("[{}]⇔[{}]", pair.a, pair.b)));
    let numbers = 1..header.len();
    let mut table = table(header, numbers);
    for scope in report.scopes.iter().filter(shown) {
        let mut row = vec![Escaped(&scope.name).to_string(), scope.tensors.to_string()];
        row.extend(scope.pairs.iter().map(|pair| {
            figure(pair, pair.figures.column_cosine, |intervals| intervals.column_cosine)
        }));
        table.add_row(row);
    }
    table
}

pub fn table(header: Vec<impl Into<String>>, numbers: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(header.into_iter().map(Into::into).collect::<Vec<String>>());
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// One line on where a model seems to come from; none where the figures do not say.
fn describe(report: &Report, recipe: &Recipe) -> String {
    let name = |model: usize| Escaped(&report.models[model].name);
    let mixture = |weights: &[f64], intervals: Option<&Vec<f64>>| {
        let mut parts: Vec<(f64, usize)> = weights.iter().copied().zip(0..).collect();
        parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(weight, _)| weight.abs() >= 0.005)
            .map(|(weight, index)| {
                let parent = name(recipe.parents[index]);
                match intervals {
                    Some(intervals) => {
                        format!("{} {parent}", estimated(weight, intervals[index].max(0.001)))
                    }
                    None => format!("{weight:.2} {parent}"),
                }
            })
            .collect();
        parts.join(" + ")
    };
    let child = name(recipe.child);
    let r2 = recipe.r2.map_or_else(|| "–".to_owned(), |r2| format!("{r2:.3}"));
    match recipe.relation {
        Some(Relation::Mixture) => {
            format!(
                "{child} ≈ {}  (R² {r2})\n",
                mixture(&recipe.weights, recipe.weight_intervals.as_ref())
            )
        }
        Some(Relation::Nearest) => match recipe.nearest {
            Some(nearest) => format!(
                "{child} is nearest to {}, by a step of its own; which came first the weights do \
                 not show\n",
                name(nearest)
            ),
            None => String::new(),
        },
        Some(Relation::SignedMixture) => format!(
            "{child} is no plain merge: a negative weight fits better, {}\n",
            mixture(recipe.signed_weights.as_deref().unwrap_or_default(), None)
        ),
        Some(Relation::Unrelated) => format!("{child} is unrelated to the others\n"),
        Some(Relation::Unclear) | None => String::new(),
    }
}

fn pair_name(report: &Report, pair: &Pair) -> String {
    format!("{} ⇔ {}", Escaped(&report.models[pair.a].name), Escaped(&report.models[pair.b].name))
}

/// A figure, with how far it may be off where it is an estimate.
fn figure(pair: &Pair, value: Option<f64>, interval: impl Fn(&Intervals) -> Option<f64>) -> String {
    match (value, pair.intervals.as_ref().and_then(interval)) {
        (Some(value), Some(half_width)) => estimated(value, half_width),
        (Some(_), None) => weightkin::report::figure(value),
        (None, _) => "–".to_owned(),
    }
}

/// Left-out tensors, counted by reason.
fn left_out(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for left_out in &report.compared.left_out {
        *counts.entry(left_out.reason.words()).or_default() += 1;
    }
    if counts.is_empty() {
        return "none".to_owned();
    }
    let counts: Vec<String> =
        counts.iter().map(|(reason, count)| format!("{count} ({reason})")).collect();
    counts.join(", ")
}
