//! A report as text for other places.

use std::fmt::Write as _;

use super::digits::{self, all_digits, estimated};
use super::{Intervals, Pair, Report, Verdict, percent};

impl Report {
    /// The figures of one model against all others in the form of the script that started it all:
    /// a heading and a line for each, and what has to be known to read them. Pastes where tables are
    /// not allowed.
    pub fn to_plain_text(&self, of: usize) -> String {
        let mut text = "Mean cosine similarity:\n".to_owned();
        let concerns = |pair: &&Pair| pair.a == of || pair.b == of;
        for pair in self.pairs.iter().filter(concerns) {
            let other = pair.a + pair.b - of;
            let _ = writeln!(
                text,
                "{}<=>{}: {}",
                self.models[other].name,
                self.models[of].name,
                pair.shown(pair.figures.column_cosine, |intervals| intervals.column_cosine)
            );
            if pair.verdict == Some(Verdict::Identical) {
                let _ = writeln!(text, "({})", Verdict::Identical.words());
            }
        }
        for note in self.notes(concerns, &str::to_owned) {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    /// All pairs as a Markdown table, and below it what has to be known to read it.
    pub fn to_markdown(&self) -> String {
        let mut text = "| pair | mean column cosine | flat cosine | relative distance | identical tensors | zero columns | share compared | verdict |\n|---|--:|--:|--:|--:|--:|--:|---|\n".to_owned();
        for pair in &self.pairs {
            let (a, b) = self.names(pair);
            let _ = writeln!(
                text,
                "| {} ⇔ {} | {} | {} | {} | {} | {} | {} | {} |",
                escape_markdown(a),
                escape_markdown(b),
                pair.shown(pair.figures.column_cosine, |intervals| intervals.column_cosine),
                pair.shown(pair.figures.flat_cosine, |intervals| intervals.flat_cosine),
                pair.shown(pair.figures.relative_distance, |intervals| intervals.relative_distance),
                pair.identical_tensors,
                pair.figures.zero_columns.both + pair.figures.zero_columns.one,
                self.share(pair).map_or_else(|| "–".to_owned(), percent),
                pair.verdict.map_or("–", Verdict::words),
            );
        }
        let notes = self.notes(|_| true, &escape_markdown);
        if !notes.is_empty() {
            text.push('\n');
        }
        for note in notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// All tensors as CSV (RFC 4180): a row for each tensor and pair; the shares of the models that
    /// were compared and the verdict are those of the pair. Estimates have three columns
    /// more, the half-widths of their 95 % intervals, empty where a pair is exact.
    pub fn to_csv(&self) -> String {
        let mut text = "tensor,component,block,kind,shape,a,b,column_cosine,columns,left_out_columns,flat_cosine,relative_distance,identical,zero_in_both,zero_in_one,share_a,share_b,verdict".to_owned();
        if self.estimate {
            text.push_str(
                ",column_cosine_interval,flat_cosine_interval,relative_distance_interval",
            );
        }
        text.push_str("\r\n");
        for tensor in &self.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(u64::to_string).collect();
            for (pair, here) in self.pairs.iter().zip(&tensor.pairs) {
                let (a, b) = self.names(pair);
                let _ = write!(
                    text,
                    "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
                    escape_csv(&tensor.name),
                    tensor.role.component,
                    escape_csv(&tensor.role.block),
                    tensor.role.kind,
                    shape.join("x"),
                    escape_csv(a),
                    escape_csv(b),
                    all_digits(here.figures.column_cosine),
                    here.figures.columns,
                    here.figures.left_out_columns,
                    all_digits(here.figures.flat_cosine),
                    all_digits(here.figures.relative_distance),
                    here.identical,
                    here.figures.zero_columns.both,
                    here.figures.zero_columns.one,
                    all_digits(self.models[pair.a].share),
                    all_digits(self.models[pair.b].share),
                    pair.verdict.map_or("", Verdict::code),
                );
                if self.estimate {
                    let Intervals { column_cosine, flat_cosine, relative_distance, .. } =
                        here.intervals.unwrap_or_default();
                    for interval in [column_cosine, flat_cosine, relative_distance] {
                        text.push(',');
                        text.push_str(&all_digits(interval));
                    }
                }
                text.push_str("\r\n");
            }
        }
        text
    }

    /// The smaller share of the two models that was compared.
    pub fn share(&self, pair: &Pair) -> Option<f64> {
        let share = |model: usize| self.models[model].share;
        Some(f64::min(share(pair.a)?, share(pair.b)?))
    }

    fn names(&self, pair: &Pair) -> (&str, &str) {
        (&self.models[pair.a].name, &self.models[pair.b].name)
    }
}

impl Pair {
    /// A figure of this pair for reading, and where it is an estimate how far it may be off.
    pub fn shown(
        &self,
        figure: Option<f64>,
        interval: impl Fn(&Intervals) -> Option<f64>,
    ) -> String {
        match (figure, self.intervals.as_ref().and_then(interval)) {
            (Some(figure), Some(half_width)) => estimated(figure, half_width),
            _ => digits::figure(figure),
        }
    }
}

fn escape_markdown(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let special = "\\|`*_[]<>#".contains(character);
            special.then_some('\\').into_iter().chain([character])
        })
        .collect::<String>()
        .replace(['\n', '\r'], " ")
}

/// Quotes what needs it. A field that a spreadsheet would take for a formula gets a `'` in front:
/// names come from files of strangers.
fn escape_csv(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}
