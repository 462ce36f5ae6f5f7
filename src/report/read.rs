//! Reading reports that may come from anywhere.

use serde::Deserialize;
use thiserror::Error;

use super::{Compared, FORMAT, Report, ReportModel, ReportTensor, TensorPair, VERSION};
use crate::architecture::classify;
use crate::escape::{Escaped, EscapedQuoted};
use crate::gram::{GramRecord, pairs};
use crate::matching::{LeftOut, MAX_MODELS, Reason};
use crate::sample::{REPLICATES, Spread};

/// Why a text is not a report.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Not JSON, or not of the schema.
    #[error("not a weightkin report: {}", Escaped(message))]
    Json {
        /// The JSON reader's words.
        message: String,
    },
    /// Some other JSON.
    #[error("not a weightkin report: its format is {}", EscapedQuoted(found))]
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

/// What cannot be derived. Field for field as in [`Report`], where the fields are described.
#[derive(Deserialize)]
struct Stored {
    models: Vec<ReportModel>,
    compared: StoredCompared,
    ancestor: Option<usize>,
    #[serde(default)]
    scopes: Vec<StoredScope>,
    tensors: Vec<StoredTensor>,
}

/// Most scopes of patterns that are read, each with figures to derive.
const MAX_FILTERS: usize = 16;

/// Only what a pattern chose cannot be derived.
#[derive(Deserialize)]
struct StoredScope {
    name: String,
    members: Option<Vec<usize>>,
}

#[derive(Deserialize)]
struct StoredCompared {
    bytes: u64,
    #[serde(default)]
    unfinished: u64,
    left_out: Vec<StoredLeftOut>,
}

#[derive(Deserialize)]
struct StoredLeftOut {
    name: String,
    reason: String,
    missing_in: Option<Vec<usize>>,
    models: Option<Vec<usize>>,
    shapes: Option<Vec<Vec<u64>>>,
    dtypes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct StoredTensor {
    name: String,
    shape: Vec<u64>,
    dtypes: Vec<String>,
    integer: bool,
    heights: Option<Vec<u64>>,
    gram: Vec<f64>,
    cosine_sums: Vec<f64>,
    left_out_columns: Vec<u64>,
    finite_columns: u64,
    columns: u64,
    sample: Option<Spread>,
    exact: Option<GramRecord>,
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
    let stored: Stored = serde_json::from_str(json).map_err(failed)?;
    check(&stored)?;
    let Stored { models, compared: StoredCompared { bytes, unfinished, left_out }, .. } = stored;
    let left_out = left_out.into_iter().map(LeftOut::try_from).collect::<Result<Vec<_>, _>>()?;
    let tensors: Vec<ReportTensor> =
        stored.tensors.into_iter().map(|tensor| ReportTensor::restored(tensor, &models)).collect();
    let compared = Compared { bytes, unfinished, left_out, ..Compared::of(&tensors) };
    let scopes = stored.scopes.into_iter();
    let filters = scopes.filter_map(|StoredScope { name, members }| Some((name, members?)));
    Ok(Report::derived(models, compared, tensors, stored.ancestor, filters.collect()))
}

/// `stored` as a tensor of a report on `models`.
impl ReportTensor {
    fn restored(stored: StoredTensor, models: &[ReportModel]) -> Self {
        let record = GramRecord {
            gram: stored.gram,
            cosine_sums: stored.cosine_sums,
            left_out_columns: stored.left_out_columns,
            finite_columns: stored.finite_columns,
            columns: stored.columns,
        };
        let role = classify(&stored.name, &stored.shape);
        let mut tensor = Self {
            name: stored.name,
            shape: stored.shape,
            dtypes: stored.dtypes,
            integer: stored.integer,
            heights: stored.heights,
            role,
            pairs: TensorPair::all(&record, stored.sample.as_ref()),
            record,
            sample: stored.sample,
            exact: stored.exact,
        };
        tensor.keep_exact_pairs(models);
        tensor
    }
}

impl TryFrom<StoredLeftOut> for LeftOut {
    type Error = ReadError;

    fn try_from(stored: StoredLeftOut) -> Result<Self, ReadError> {
        let StoredLeftOut { name, reason, missing_in, models, shapes, dtypes } = stored;
        let models = || models.unwrap_or_default();
        let reason = match reason.as_str() {
            "vae" => Reason::Vae,
            "missing" => Reason::Missing { missing_in: missing_in.unwrap_or_default() },
            "shape" => Reason::Shape { shapes: shapes.unwrap_or_default() },
            "ema" => Reason::Ema { models: models() },
            "adapter" => Reason::Adapter { models: models() },
            "bookkeeping" => Reason::Bookkeeping { models: models() },
            "quantised" => Reason::Quantised { models: models() },
            "dtype" => Reason::Dtype { dtypes: dtypes.unwrap_or_default() },
            _ => {
                let what =
                    format!("tensor {} is left out for no known reason", EscapedQuoted(&name));
                return Err(ReadError::Inconsistent { what });
            }
        };
        Ok(Self { name, reason })
    }
}

fn check(report: &Stored) -> Result<(), ReadError> {
    let wrong = |what: String| Err(ReadError::Inconsistent { what });
    let models = report.models.len();
    if !(2..=MAX_MODELS).contains(&models) {
        return wrong(format!("it has {models} models"));
    }
    if report.ancestor.is_some_and(|ancestor| ancestor >= models) {
        return wrong("its ancestor is none of its models".to_owned());
    }
    let filters = || report.scopes.iter().filter_map(|scope| scope.members.as_ref());
    if filters().count() > MAX_FILTERS {
        return wrong(format!("more than {MAX_FILTERS} patterns chose tensors"));
    }
    for members in filters() {
        let is_ascending = members.is_sorted_by(|before, after| before < after);
        if !is_ascending || members.last().is_some_and(|last| *last >= report.tensors.len()) {
            return wrong("a pattern chose tensors that are not there".to_owned());
        }
    }
    for tensor in &report.tensors {
        let distinct = pairs(models) - models;
        let lengths = tensor.gram.len() == pairs(models)
            && tensor.cosine_sums.len() == distinct
            && tensor.left_out_columns.len() == distinct
            && tensor.dtypes.len() == models;
        let spread_fits = tensor.sample.as_ref().is_none_or(|spread| {
            spread.deviations.len() <= REPLICATES
                && spread.deviations.iter().all(|deviation| {
                    deviation.gram.len() == pairs(models) && deviation.cosine_sums.len() == distinct
                })
        });
        let there = report.models.iter().filter(|model| !model.sampled).count();
        let exact_fits = tensor.exact.as_ref().is_none_or(|exact| {
            let distinct = pairs(there) - there;
            tensor.sample.is_some()
                && there >= 2
                && exact.gram.len() == pairs(there)
                && exact.cosine_sums.len() == distinct
                && exact.left_out_columns.len() == distinct
                && exact.columns == tensor.columns
                && exact.finite_columns <= exact.columns
                && exact.left_out_columns.iter().all(|count| *count <= exact.columns)
        });
        let counts = tensor.finite_columns <= tensor.columns
            && tensor.left_out_columns.iter().all(|count| *count <= tensor.columns);
        if !lengths || !counts || !spread_fits || !exact_fits {
            return wrong(format!(
                "tensor {} does not fit {models} models",
                EscapedQuoted(&tensor.name)
            ));
        }
    }
    Ok(())
}
