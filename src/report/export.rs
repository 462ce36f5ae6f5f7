//! A report as text for other places.

use std::fmt::Write as _;

use super::{Intervals, Pair, Report};

impl Report {
    /// The figures of one model against all others in the form of the script that started it all:
    /// a heading and a line for each, with all digits. Pastes where tables are not allowed.
    pub fn to_plain_text(&self, of: usize) -> String {
        let mut text = "Mean cosine similarity:\n".to_owned();
        for pair in self.pairs.iter().filter(|pair| pair.a == of || pair.b == of) {
            let other = pair.a + pair.b - of;
            let _ = writeln!(
                text,
                "{}<=>{}: {}",
                self.models[other].name,
                self.models[of].name,
                pair.shown(pair.figures.column_cosine, |intervals| intervals.column_cosine)
            );
        }
        text
    }

    /// All pairs as a Markdown table.
    pub fn to_markdown(&self) -> String {
        let mut text = "| pair | mean column cosine | flat cosine | relative distance | identical tensors | verdict |\n|---|--:|--:|--:|--:|---|\n".to_owned();
        for pair in &self.pairs {
            let (a, b) = self.names(pair);
            let _ = writeln!(
                text,
                "| {} ⇔ {} | {} | {} | {} | {} | {} |",
                escape_markdown(a),
                escape_markdown(b),
                pair.shown(pair.figures.column_cosine, |intervals| intervals.column_cosine),
                pair.shown(pair.figures.flat_cosine, |intervals| intervals.flat_cosine),
                pair.shown(pair.figures.relative_distance, |intervals| intervals.relative_distance),
                pair.identical_tensors,
                pair.verdict.map_or("–", super::Verdict::words),
            );
        }
        text
    }

    /// All tensors as CSV (RFC 4180): a row for each tensor and pair. Estimates have three columns
    /// more, the half-widths of their 95 % intervals, empty where a pair is exact.
    pub fn to_csv(&self) -> String {
        let mut text = "tensor,component,block,kind,shape,a,b,column_cosine,columns,left_out_columns,flat_cosine,relative_distance,identical".to_owned();
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
                    "{},{},{},{},{},{},{},{},{},{},{},{},{}",
                    escape_csv(&tensor.name),
                    tensor.role.component,
                    escape_csv(&tensor.role.block),
                    tensor.role.kind,
                    shape.join("x"),
                    escape_csv(a),
                    escape_csv(b),
                    digits(here.figures.column_cosine),
                    here.figures.columns,
                    here.figures.left_out_columns,
                    digits(here.figures.flat_cosine),
                    digits(here.figures.relative_distance),
                    here.identical,
                );
                if self.estimate {
                    let Intervals { column_cosine, flat_cosine, relative_distance, .. } =
                        here.intervals.unwrap_or_default();
                    for interval in [column_cosine, flat_cosine, relative_distance] {
                        text.push(',');
                        text.push_str(&digits(interval));
                    }
                }
                text.push_str("\r\n");
            }
        }
        text
    }

    fn names(&self, pair: &Pair) -> (&str, &str) {
        (&self.models[pair.a].name, &self.models[pair.b].name)
    }
}

impl Pair {
    /// A figure of this pair for reading: all digits where it is exact; otherwise those that mean
    /// something, and how far it may be off.
    pub fn shown(
        &self,
        figure: Option<f64>,
        interval: impl Fn(&Intervals) -> Option<f64>,
    ) -> String {
        match (figure, self.intervals.as_ref().and_then(interval)) {
            (Some(figure), Some(half_width)) => estimated(figure, half_width),
            _ => digits(figure),
        }
    }
}

/// `0.95634 ± 0.00021`: two digits of the half-width, and the same places of the figure.
pub fn estimated(figure: f64, half_width: f64) -> String {
    let places = (1..7).find(|places| half_width >= 10_f64.powi(1 - places)).unwrap_or(6) as usize;
    format!("{} ± {}", rounded(figure, places), rounded(half_width, places))
}

/// `value` to so many places. The standard formatting of floats would be a fiftieth of what a page
/// downloads, for this one use.
fn rounded(value: f64, places: usize) -> String {
    let unit = 10_u64.pow(places as u32);
    let scaled = (value.abs() * unit as f64).round();
    // beyond that, neighbouring numbers are further apart than the last place
    if !scaled.is_finite() || scaled >= (1_u64 << f64::MANTISSA_DIGITS) as f64 {
        return digits(Some(value));
    }
    let scaled = scaled as u64;
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    format!("{sign}{}.{:0places$}", scaled / unit, scaled % unit)
}

/// All digits, the same as in the JSON; empty where undefined.
fn digits(value: Option<f64>) -> String {
    value.map(|value| serde_json::Value::from(value).to_string()).unwrap_or_default()
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
