//! Reading reports that may come from anywhere.

use serde::Deserialize;
use thiserror::Error;

use super::{FORMAT, Report, VERSION};
use crate::compare::MAX_MODELS;
use crate::gram::{Record, pairs};

/// Why a text is not a report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Not JSON, or not of the schema.
    #[error("not a weightkin report: {message}")]
    Json {
        /// The JSON reader's words.
        message: String,
    },
    /// Some other JSON.
    #[error("not a weightkin report: its format is {found:?}")]
    Format {
        /// What the text says it is.
        found: String,
    },
    /// Written by a later weightkin.
    #[error("the report is of version {found}, this weightkin reads up to {VERSION}")]
    Version {
        /// Version of the report.
        found: u32,
    },
    /// Its parts contradict each other.
    #[error("the report contradicts itself: {what}")]
    Inconsistent {
        /// Which parts.
        what: String,
    },
}

impl ReadError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } | Self::Format { .. } => "not_a_report",
            Self::Version { .. } => "report_too_new",
            Self::Inconsistent { .. } => "report_inconsistent",
        }
    }
}

/// The fields that say what the rest is.
#[derive(Deserialize)]
struct Envelope {
    format: String,
    version: u32,
}

/// Reads `json`; see [`Report::from_json`]. Everything that can be derived is derived anew, so a
/// report cannot claim figures that its records do not have.
pub(super) fn read(json: &str) -> Result<Report, ReadError> {
    let failed = |error: serde_json::Error| ReadError::Json { message: error.to_string() };
    let Envelope { format, version } = serde_json::from_str(json).map_err(failed)?;
    if format != FORMAT {
        return Err(ReadError::Format { found: format });
    }
    if version > VERSION {
        return Err(ReadError::Version { found: version });
    }
    let report: Report = serde_json::from_str(json).map_err(failed)?;
    check(&report)?;
    let ancestor = report.ancestor;
    Ok(report.seen_from(ancestor))
}

fn check(report: &Report) -> Result<(), ReadError> {
    let wrong = |what: String| Err(ReadError::Inconsistent { what });
    let models = report.models.len();
    if !(2..=MAX_MODELS).contains(&models) {
        return wrong(format!("it has {models} models"));
    }
    if report.ancestor.is_some_and(|ancestor| ancestor >= models) {
        return wrong("its ancestor is none of its models".to_owned());
    }
    for tensor in &report.tensors {
        let Record { gram, cosine_sums, left_out_columns, columns, finite_columns } =
            &tensor.record;
        let distinct = pairs(models) - models;
        let lengths = gram.len() == pairs(models)
            && cosine_sums.len() == distinct
            && left_out_columns.len() == distinct;
        let counts = finite_columns <= columns && left_out_columns.iter().all(|n| n <= columns);
        if !lengths || !counts {
            return wrong(format!("tensor {:?} does not fit {models} models", tensor.name));
        }
    }
    Ok(())
}
