//! A finished report, for looking at in other ways.

use wasm_bindgen::prelude::*;

use super::error::weightkin_error;
use crate::escape::EscapedQuoted;
use crate::job::CompareError;
use crate::matching::MatchError;
use crate::report::{ReadError, Report, pattern_regex};

/// A report that needs no models any more.
#[wasm_bindgen]
pub struct ReportView {
    report: Report,
}

#[wasm_bindgen]
impl ReportView {
    /// Reads a report's JSON text, from anywhere.
    ///
    /// # Errors
    /// A `WeightkinError` when it is not a report that this version reads.
    pub fn parse(json: &str) -> Result<Self, JsValue> {
        Ok(Self { report: Report::from_json(json)? })
    }

    /// The report's JSON text, in UTF-8: bytes cross to the page's thread without being copied.
    pub fn json(&self) -> Vec<u8> {
        self.report.to_json().into_bytes()
    }

    /// Derives all figures anew, seen from the model at `ancestor`, or from none.
    ///
    /// # Errors
    /// A `WeightkinError` when there is no such model.
    #[wasm_bindgen(js_name = seenFrom)]
    pub fn seen_from(&self, ancestor: Option<usize>) -> Result<Self, JsValue> {
        let count = self.report.models.len();
        if let Some(ancestor) = ancestor.filter(|ancestor| *ancestor >= count) {
            return Err(CompareError::from(MatchError::NoSuchAncestor { ancestor, count }).into());
        }
        Ok(Self { report: self.report.clone().seen_from(ancestor) })
    }

    /// The figures of the tensors whose names match `pattern`, as the JSON of a scope.
    ///
    /// # Errors
    /// A `WeightkinError` when the pattern is not valid.
    pub fn scope(&self, pattern: &str) -> Result<String, JsValue> {
        let regex = regex(pattern)?;
        let scope = self.report.scope(pattern, |name| regex.test(name));
        Ok(serde_json::to_string(&scope).expect("scopes have string keys only"))
    }

    /// One model against all others, in the form of the original script.
    #[wasm_bindgen(js_name = plainText)]
    pub fn plain_text(&self, of: usize) -> String {
        self.report.to_plain_text(of)
    }

    /// All pairs as a Markdown table.
    pub fn markdown(&self) -> String {
        self.report.to_markdown()
    }

    /// All tensors as CSV.
    pub fn csv(&self) -> String {
        self.report.to_csv()
    }
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self { report }
    }
}

#[wasm_bindgen]
extern "C" {
    type RegExp;
    /// Throws where the pattern is not valid, which `js_sys` does not expect.
    #[wasm_bindgen(constructor, catch)]
    fn new(pattern: &str) -> Result<RegExp, JsValue>;
    #[wasm_bindgen(method)]
    fn test(this: &RegExp, text: &str) -> bool;
}

fn regex(pattern: &str) -> Result<RegExp, JsValue> {
    RegExp::new(&pattern_regex(pattern)).map_err(|_| {
        weightkin_error(
            "bad_pattern",
            None,
            &format!("pattern {} is not valid", EscapedQuoted(pattern)),
        )
    })
}

impl From<ReadError> for JsValue {
    fn from(error: ReadError) -> Self {
        weightkin_error(error.code(), None, &error.to_string())
    }
}
