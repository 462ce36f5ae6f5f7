//! What adapters have to do with compared models, for reading in a terminal.

use std::fmt::Write as _;

use weightkin::escape::Escaped;
use weightkin::report::{
    Adaptation, Explained, Pair, Report, ReportAdapter, Scope, ScopeBy, figure, percent,
};

use super::listing::listing;
use super::table::table;

/// The adapters of `report`, what they explain, and the figures at `strengths`; nothing where there
/// are none.
pub fn render(report: &Report, by: Option<ScopeBy>, strengths: &[f64]) -> String {
    let mut text = String::new();
    for adapter in &report.adapters {
        text += &describe(report, adapter);
    }
    if !report.adaptations.is_empty() {
        let _ = writeln!(text, "\n{}", explained(report, by));
        for adaptation in &report.adaptations {
            text += &together(report, adaptation);
        }
    }
    for (index, _) in report.adapters.iter().enumerate() {
        text += &at_strengths(report, index, strengths);
    }
    text
}

fn describe(report: &Report, adapter: &ReportAdapter) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\n{}  (adapter, fits {}): {} of {} modules would be ignored on {}",
        Escaped(&adapter.name),
        adapter.fits.as_deref().unwrap_or("an unknown architecture"),
        adapter.ignored.len(),
        adapter.modules,
        Escaped(&report.models[report.target().unwrap_or(0)].name),
    );
    let not_used = adapter.ignored.iter().chain(&adapter.unused);
    let entries = not_used.map(|ignored| (ignored.name.as_str(), Escaped(&ignored.reason)));
    text += &listing(&entries.collect::<Vec<_>>(), false);
    if adapter.of_target > 0 {
        let _ = writeln!(
            text,
            "  {} modules change the model by its own weights: no strength is said of their tensors",
            adapter.of_target
        );
    }
    text
}

/// Strengths and shares, overall and for each part asked for.
fn explained(report: &Report, by: Option<ScopeBy>) -> comfy_table::Table {
    let header =
        vec!["difference", "part", "adapter", "strength", "R²", "in tensors it leaves alone"];
    let mut table = table(header, 3..6);
    let mut add = |part: &str, adaptation: &Adaptation| {
        for (adapter, alone) in report.adapters.iter().zip(&adaptation.alone) {
            table.add_row(vec![
                difference(report, adaptation.base),
                Escaped(part).to_string(),
                Escaped(&adapter.name).to_string(),
                figure(alone.map(|Explained { strength, .. }| strength)),
                figure(alone.map(|Explained { r2, .. }| r2)),
                adaptation.elsewhere.map_or_else(|| "–".to_owned(), percent),
            ]);
        }
    };
    for adaptation in &report.adaptations {
        add("all", adaptation);
    }
    let shown = |scope: &&Scope| Some(scope.by) == by || scope.by == ScopeBy::Filter;
    for scope in report.scopes.iter().filter(shown) {
        for adaptation in &scope.adaptations {
            add(&scope.name, adaptation);
        }
    }
    table
}

/// `W − B`, by the names of the models.
fn difference(report: &Report, base: usize) -> String {
    let name = |model: usize| Escaped(&report.models[model].name);
    format!("{} − {}", name(report.target().unwrap_or(0)), name(base))
}

/// One line on several adapters at once.
fn together(report: &Report, adaptation: &Adaptation) -> String {
    let Some(mixture) = &adaptation.together else { return String::new() };
    let sum = |strengths: &[f64]| {
        let parts = strengths.iter().zip(&report.adapters);
        let parts = parts.map(|(strength, of)| format!("{strength:.4} {}", Escaped(&of.name)));
        parts.collect::<Vec<_>>().join(" + ")
    };
    let mut text = format!(
        "{} ≈ {}  (R² {})\n",
        difference(report, adaptation.base),
        sum(&mixture.strengths),
        figure(Some(mixture.r2))
    );
    if mixture.strengths.iter().any(|strength| *strength < 0.0) {
        let _ = writeln!(
            text,
            "  without negative strengths: {}  (R² {})",
            sum(&mixture.non_negative),
            figure(Some(mixture.non_negative_r2))
        );
    }
    text
}

/// The pairs of the target as they would be with the adapter at `index` added at `strengths`.
fn at_strengths(report: &Report, index: usize, strengths: &[f64]) -> String {
    let Some(target) = report.target() else { return String::new() };
    let name = |model: usize| Escaped(&report.models[model].name);
    let mut rows = table(
        vec!["pair", "strength", "column cosine", "flat cosine", "distance", "verdict"],
        1..5,
    );
    let mut is_empty = true;
    for strength in strengths {
        let Some(changed) = report.at_strength(index, *strength) else { continue };
        let of_target = |pair: &&Pair| pair.a == target || pair.b == target;
        for pair in changed.pairs.iter().filter(of_target) {
            is_empty = false;
            let other = if pair.a == target { pair.b } else { pair.a };
            rows.add_row(vec![
                format!("{} ⇔ {}", name(target), name(other)),
                strength.to_string(),
                figure(pair.figures.column_cosine),
                figure(pair.figures.flat_cosine),
                figure(pair.figures.relative_distance),
                pair.verdict.map_or("–", weightkin::report::Verdict::words).to_owned(),
            ]);
        }
    }
    if is_empty {
        return String::new();
    }
    let adapter = Escaped(&report.adapters[index].name);
    let mut text = format!(
        "\n{} with {adapter} added, before its weights are rounded:\n\n{rows}\n",
        name(target)
    );
    let rough = report.rough_columns();
    if rough > 0 {
        let _ = writeln!(
            text,
            "{rough} columns change so much that these figures are less exact than others"
        );
    }
    text
}
