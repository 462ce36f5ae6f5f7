//! A report as text for other places.

use std::fmt::Write as _;

use super::{Pair, Report};

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
                digits(pair.figures.column_cosine)
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
                digits(pair.figures.column_cosine),
                digits(pair.figures.flat_cosine),
                digits(pair.figures.relative_distance),
                pair.identical_tensors,
                pair.verdict.map_or("–", super::Verdict::words),
            );
        }
        text
    }

    /// All tensors as CSV (RFC 4180): a row for each tensor and pair.
    pub fn to_csv(&self) -> String {
        let mut text = "tensor,component,block,kind,shape,a,b,column_cosine,columns,left_out_columns,flat_cosine,relative_distance,identical\r\n".to_owned();
        for tensor in &self.tensors {
            let shape: Vec<String> = tensor.shape.iter().map(u64::to_string).collect();
            for (pair, here) in self.pairs.iter().zip(&tensor.pairs) {
                let (a, b) = self.names(pair);
                let _ = write!(
                    text,
                    "{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
                    escape_csv(&tensor.name),
                    tensor.place.component,
                    escape_csv(&tensor.place.block),
                    tensor.place.kind,
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
            }
        }
        text
    }

    fn names(&self, pair: &Pair) -> (&str, &str) {
        (&self.models[pair.a].name, &self.models[pair.b].name)
    }
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
