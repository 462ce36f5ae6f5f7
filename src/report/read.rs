//! Reading reports that may come from anywhere.

use serde::Deserialize;
use thiserror::Error;

use super::{
    Account, Compared, FORMAT, Report, ReportAdapter, ReportModel, ReportTensor, TensorPair,
    VERSION,
};
use crate::architecture::classify;
use crate::escape::{Escaped, EscapedQuoted};
use crate::gram::{ChangeRecord, ElementStats, GramRecord, pairs};
use crate::layers::LayerMap;
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
    adapters: Vec<ReportAdapter>,
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
    #[serde(default)]
    layers: Vec<LayerMap>,
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
    aligned: Option<Vec<String>>,
    gram: Vec<f64>,
    cosine_sums: Vec<f64>,
    left_out_columns: Vec<u64>,
    #[serde(default)]
    zero_in_both: Vec<u64>,
    #[serde(default)]
    zero_in_one: Vec<u64>,
    finite_columns: u64,
    columns: u64,
    elements: Option<ElementStats>,
    sample: Option<Spread>,
    exact: Option<GramRecord>,
    change: Option<ChangeRecord>,
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
    let mut stored: Stored = serde_json::from_str(json).map_err(failed)?;
    complete(&mut stored);
    check(&stored)?;
    let Stored { models, adapters, compared, .. } = stored;
    let StoredCompared { bytes, unfinished, layers, left_out } = compared;
    let left_out = left_out.into_iter().map(LeftOut::try_from).collect::<Result<Vec<_>, _>>()?;
    let tensors: Vec<ReportTensor> =
        stored.tensors.into_iter().map(|tensor| ReportTensor::restored(tensor, &models)).collect();
    let compared = Compared { bytes, unfinished, layers, left_out, ..Compared::of(&tensors) };
    let scopes = stored.scopes.into_iter();
    let filters = scopes.filter_map(|StoredScope { name, members }| Some((name, members?)));
    let report = Report::derived(models, compared, tensors, stored.ancestor, filters.collect());
    Ok(report.with_adapters(adapters))
}

/// `stored` as a tensor of a report on `models`.
impl ReportTensor {
    fn restored(stored: StoredTensor, models: &[ReportModel]) -> Self {
        let record = GramRecord {
            gram: stored.gram,
            cosine_sums: stored.cosine_sums,
            left_out_columns: stored.left_out_columns,
            zero_in_both: stored.zero_in_both,
            zero_in_one: stored.zero_in_one,
            finite_columns: stored.finite_columns,
            columns: stored.columns,
            elements: stored.elements,
        };
        let role = classify(&stored.name, &stored.shape);
        let mut tensor = Self {
            name: stored.name,
            shape: stored.shape,
            dtypes: stored.dtypes,
            integer: stored.integer,
            heights: stored.heights,
            aligned: stored.aligned,
            role,
            pairs: TensorPair::all(&record, stored.sample.as_ref()),
            record,
            sample: stored.sample,
            exact: stored.exact,
            change: stored.change,
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
            "positions" => Reason::Positions { models: models() },
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

/// Fills in what reports did not have from the start, and derives what they only claim.
fn complete(report: &mut Stored) {
    for model in &mut report.models {
        model.share = model.account.as_ref().and_then(Account::share);
    }
    for tensor in &mut report.tensors {
        let distinct = tensor.cosine_sums.len();
        let mut counts =
            vec![(distinct, &mut tensor.zero_in_both), (distinct, &mut tensor.zero_in_one)];
        if let Some(exact) = &mut tensor.exact {
            let distinct = exact.cosine_sums.len();
            counts
                .extend([(distinct, &mut exact.zero_in_both), (distinct, &mut exact.zero_in_one)]);
        }
        for (distinct, counts) in counts.into_iter().filter(|(_, counts)| counts.is_empty()) {
            counts.resize(distinct, 0);
        }
        // columns without rows were counted once
        if tensor.shape.contains(&0) {
            (tensor.columns, tensor.finite_columns) = (0, 0);
            tensor.left_out_columns.fill(0);
            if let Some(exact) = &mut tensor.exact {
                (exact.columns, exact.finite_columns) = (0, 0);
                exact.left_out_columns.fill(0);
            }
        }
    }
}

fn check(report: &Stored) -> Result<(), ReadError> {
    let wrong = |what: String| Err(ReadError::Inconsistent { what });
    let models = report.models.len();
    if !(2..=MAX_MODELS).contains(&models) {
        return wrong(format!("it has {models} models"));
    }
    if report.adapters.len() > MAX_MODELS {
        return wrong(format!("it has {} adapters", report.adapters.len()));
    }
    if report.ancestor.is_some_and(|ancestor| ancestor >= models) {
        return wrong("its ancestor is none of its models".to_owned());
    }
    let is_there = |map: &LayerMap| map.parent < models && map.child < models;
    if !report.compared.layers.iter().all(is_there) {
        return wrong("layers moved between models that are not there".to_owned());
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
        let own = Counts {
            left_out: &tensor.left_out_columns,
            zero_in_both: &tensor.zero_in_both,
            zero_in_one: &tensor.zero_in_one,
            finite: tensor.finite_columns,
            columns: tensor.columns,
            elements: tensor.elements.as_ref(),
        };
        let distinct = pairs(models) - models;
        let lengths = tensor.gram.len() == pairs(models)
            && tensor.cosine_sums.len() == distinct
            && tensor.dtypes.len() == models;
        let spread_fits = tensor.sample.as_ref().is_none_or(|spread| {
            spread.deviations.len() <= REPLICATES
                && spread.deviations.iter().all(|deviation| {
                    deviation.gram.len() == pairs(models) && deviation.cosine_sums.len() == distinct
                })
        });
        let there = report.models.iter().filter(|model| !model.sampled).count();
        let exact_fits = tensor.exact.as_ref().is_none_or(|exact| {
            let counts = Counts {
                left_out: &exact.left_out_columns,
                zero_in_both: &exact.zero_in_both,
                zero_in_one: &exact.zero_in_one,
                finite: exact.finite_columns,
                columns: exact.columns,
                elements: exact.elements.as_ref(),
            };
            tensor.sample.is_some()
                && there >= 2
                && exact.gram.len() == pairs(there)
                && exact.cosine_sums.len() == pairs(there) - there
                && exact.columns == tensor.columns
                && counts.fit(there)
        });
        let counts = own.fit(models);
        let adapters = report.adapters.len();
        let change_fits = tensor.change.as_ref().is_none_or(|change| change.fits(models, adapters));
        if !change_fits || !lengths || !counts || !spread_fits || !exact_fits {
            return wrong(format!(
                "tensor {} does not fit {models} models",
                EscapedQuoted(&tensor.name)
            ));
        }
    }
    Ok(())
}

/// The counts of a record.
struct Counts<'a> {
    left_out: &'a [u64],
    zero_in_both: &'a [u64],
    zero_in_one: &'a [u64],
    finite: u64,
    columns: u64,
    elements: Option<&'a ElementStats>,
}

impl Counts<'_> {
    /// Whether they may be those of `models`.
    fn fit(&self, models: usize) -> bool {
        let distinct = pairs(models) - models;
        let lengths = [self.left_out, self.zero_in_both, self.zero_in_one];
        // no more columns than there are, each counted once
        let within = || {
            (0..distinct).all(|pair| {
                let counts = lengths.iter().map(|counts| counts[pair]);
                counts.fold(0, u64::saturating_add) <= self.columns
            })
        };
        let elements = self.elements.is_none_or(|elements| {
            elements.same.len() == distinct
                && elements.equal.len() == distinct
                && elements.equal.iter().all(|equal| *equal <= elements.counted)
                && (elements.sums.is_empty() || elements.sums.len() == models)
        });
        lengths.iter().all(|counts| counts.len() == distinct)
            && within()
            && self.finite <= self.columns
            && elements
    }
}
