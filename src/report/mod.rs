//! The result of a comparison, the same from every face of the crate.
//!
//! A report is JSON with `"format": "weightkin-report"`. It holds the record of every tensor, so
//! that any figure can be derived from it again without the models. It holds no times, paths or
//! machine facts: the same files give the same bytes.

mod account;
mod adapter;
mod ancestor;
mod closest;
mod derive;
mod digits;
mod estimated;
mod exact;
mod export;
mod figures;
mod filter;
#[cfg(test)]
mod fixture;
mod interval;
mod notes;
mod quadratic;
mod read;
mod recipe;
mod relation;
mod scope;
mod total;
mod tree;
mod verdict;

use serde::{Deserialize, Serialize};

use crate::architecture::{Architecture, TensorRole};
use crate::fingerprint::Fingerprint;
use crate::gram::{ChangeRecord, GramRecord, distinct_pairs};
use crate::input::{AdapterModel, FingerprintModel, FullModel, Input};
use crate::layers::LayerMap;
use crate::matching::LeftOut;
use crate::model::{DtypeShare, FileFacts, NotRead};
use crate::pass::plan::{Plan, PlannedTensor};
use crate::sample::{RULE, Spread};

use derive::{Derived, derive, filter_scope};
use interval::SampledTerm;

pub use account::{Account, Gap, LEAST_SHARE, LeftOutParameters};
pub use adapter::{Adaptation, Explained, Ignored, Mixture, ReportAdapter};
pub use closest::Closest;
pub use digits::{ACCURACY, estimated, figure, percent};
pub use estimated::EstimatedTensor;
pub use figures::{Figures, ZeroColumns};
pub use filter::pattern_regex;
pub use interval::Intervals;
pub(crate) use interval::student;
pub use read::ReadError;
pub use recipe::Recipe;
pub use relation::Relation;
pub use scope::{Scope, ScopeBy};
pub use total::Total;
pub use tree::Join;
pub use verdict::{Verdict, Withheld};

/// Value of the `format` field.
pub const FORMAT: &str = "weightkin-report";
/// Version of the schema this crate writes.
pub const VERSION: u32 = 1;

/// Columns of fewer rows have a cosine that says little: with one row it is 1 or −1.
pub const FEW_ROWS: u64 = 8;
/// From this share of all columns on it is said how many those of few rows are.
const SAID_SHARE: f64 = 0.01;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Whether any figure is an estimate from samples; see [`Pair::intervals`].
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub estimate: bool,
    /// The compared models, in the order given.
    pub models: Vec<ReportModel>,
    /// How much was compared.
    pub compared: Compared,
    /// The models of which too little was compared to say anything of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<Gap>>"))]
    pub gaps: Vec<Gap>,
    /// All pairs `a < b`, ordered by `a`, then `b`.
    pub pairs: Vec<Pair>,
    /// For each model the one closest to it.
    pub closest: Vec<Closest>,
    /// Parts of the checkpoints.
    pub scopes: Vec<Scope>,
    /// The model named as the ancestor of all others.
    pub ancestor: Option<usize>,
    /// What each model was probably mixed from, over all tensors.
    pub recipes: Vec<Recipe>,
    /// The models joined step by step, closest first.
    pub tree: Vec<Join>,
    /// Adapters that were compared with the models.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<ReportAdapter>>"))]
    pub adapters: Vec<ReportAdapter>,
    /// What they explain of the differences between their target and each other model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<Adaptation>>"))]
    pub adaptations: Vec<Adaptation>,
    /// All compared tensors, by name.
    pub tensors: Vec<ReportTensor>,
}

/// A model of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportModel {
    /// What the user calls it.
    pub name: String,
    /// Its files.
    pub files: Vec<FileFacts>,
    /// What it is.
    pub architecture: Architecture,
    /// Tensors in them, compared or not.
    pub tensors: u64,
    /// Elements of all of them.
    pub parameters: u64,
    /// Their number formats, largest share first.
    pub dtypes: Vec<DtypeShare>,
    /// What became of its parameters; `None` in reports from before they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub account: Option<Account>,
    /// Share of its weights that was compared, those left out by choice not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub share: Option<f64>,
    /// Whether only a sample of its weights took part. Pairs with such a model are estimates.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub sampled: bool,
    /// The variant that was read, where several lie side by side and it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub variant: Option<String>,
    /// What lies beside its files and was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<NotRead>>"))]
    pub not_read: Vec<NotRead>,
    /// The fingerprint that stood in for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub fingerprint: Option<ReportFingerprint>,
}

/// The fingerprint of a model that was not there itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportFingerprint {
    /// Version of its sampling rule.
    pub rule: u32,
    /// Rows it holds of a tensor with 1280 columns; see [`crate::sample::Density`].
    pub rows: u32,
    /// Columns it holds of every 1024.
    pub columns: u32,
}

/// How much was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Compared {
    /// Tensors.
    pub tensors: u64,
    /// Columns of all of them.
    pub columns: u64,
    /// Bytes of all of them in all models.
    pub bytes: u64,
    /// Tensors that were not finished, in the report of a comparison that was broken off.
    #[serde(skip_serializing_if = "is_zero")]
    #[cfg_attr(test, ts(optional, as = "Option<u64>"))]
    pub unfinished: u64,
    /// Columns of tensors of fewer than [`FEW_ROWS`] rows, which are of the sign more than of the
    /// weights.
    #[serde(skip_serializing_if = "is_zero")]
    #[cfg_attr(test, ts(optional, as = "Option<u64>"))]
    pub short_columns: u64,
    /// Layers that moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<LayerMap>>"))]
    pub layers: Vec<LayerMap>,
    /// Everything else, by name.
    pub left_out: Vec<LeftOut>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde asks for
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as above
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Two models against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Pair {
    /// Position of the first model.
    pub a: usize,
    /// Position of the second model.
    pub b: usize,
    /// Over all compared tensors.
    #[serde(flatten)]
    pub figures: Figures,
    /// Tensors that hold the same values in both.
    pub identical_tensors: u64,
    /// The figures in words; `None` without a column cosine, and where it is withheld.
    pub verdict: Option<Verdict>,
    /// Why there is no verdict although there is a column cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub withheld: Option<Withheld>,
    /// Cosine of what the two have learnt since the ancestor; `None` without an ancestor, or
    /// where one of them has learnt nothing that rounding could not feign.
    pub ancestor_cosine: Option<f64>,
    /// Half-widths of the 95 % intervals of the figures that are estimates; `None` where all are
    /// exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub intervals: Option<Intervals>,
}

/// A compared tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportTensor {
    /// Its name in all models.
    pub name: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// How each model stores it.
    pub dtypes: Vec<String>,
    /// Whether it holds whole numbers and so counts in the column cosine only.
    pub integer: bool,
    /// Rows in each model, where they differ and only the common ones are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub heights: Option<Vec<u64>>,
    /// Its name in every model, where the names have nothing in common but their ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub aligned: Option<Vec<String>>,
    /// Component, block and kind.
    #[serde(flatten)]
    pub role: TensorRole,
    /// What the pass kept of it, or what samples of it say.
    #[serde(flatten)]
    pub record: GramRecord,
    /// How far a record made from samples may be off; `None` where it is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub sample: Option<Spread>,
    /// What the pass kept of the models that were there, where at least two were and others not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub exact: Option<GramRecord>,
    /// What adapters change of it; `None` where they change nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub change: Option<ChangeRecord>,
    /// All pairs `a < b`, in the order of [`Report::pairs`].
    pub pairs: Vec<TensorPair>,
}

/// One tensor in two models.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TensorPair {
    /// Over this tensor.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether the models hold the same values, as far as they were looked at.
    pub identical: bool,
    /// Half-widths of the 95 % intervals of estimates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub intervals: Option<Intervals>,
}

impl Report {
    /// Derives everything from the `records` of the tensors of `plan`, seen from `ancestor` where one is known.
    /// Tensors without a record are counted as unfinished.
    pub fn new<'a>(
        models: Vec<ReportModel>,
        plan: &Plan,
        records: impl Iterator<Item = Option<&'a GramRecord>>,
        ancestor: Option<usize>,
    ) -> Self {
        let tensors: Vec<ReportTensor> = plan
            .tensors
            .iter()
            .zip(records)
            .filter_map(|(tensor, record)| Some(ReportTensor::new(tensor, record?.clone())))
            .collect();
        let compared = Compared {
            bytes: plan.bytes(),
            unfinished: (plan.tensors.len() - tensors.len()) as u64,
            left_out: plan.left_out.clone(),
            ..Compared::of(&tensors)
        };
        Self::derived(models, compared, tensors, ancestor, Vec::new())
    }

    /// From what cannot be derived, with a scope for each pattern and the tensors it chose.
    fn derived(
        models: Vec<ReportModel>,
        compared: Compared,
        tensors: Vec<ReportTensor>,
        ancestor: Option<usize>,
        filters: Vec<(String, Vec<usize>)>,
    ) -> Self {
        let Derived { pairs, mut scopes, recipes, tree } = derive(&models, &tensors, ancestor);
        scopes.extend(
            filters.into_iter().map(|(pattern, members)| {
                filter_scope(&models, &tensors, ancestor, pattern, members)
            }),
        );
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            estimate: tensors.iter().any(|tensor| tensor.sample.is_some()),
            closest: closest::closest(&pairs, models.len()),
            gaps: Self::gaps(&models),
            models,
            compared,
            pairs,
            scopes,
            ancestor,
            recipes,
            tree,
            adapters: Vec::new(),
            adaptations: Vec::new(),
            tensors,
        }
    }

    /// The same comparison seen from another ancestor, or from none.
    #[must_use]
    pub fn seen_from(self, ancestor: Option<usize>) -> Self {
        let filters = self
            .scopes
            .into_iter()
            .filter_map(|Scope { name, members, .. }| Some((name, members?)))
            .collect();
        Self::derived(self.models, self.compared, self.tensors, ancestor, filters)
            .with_adapters(self.adapters)
    }

    /// The figures of the tensors whose names `takes` accepts, under the name `pattern`.
    pub fn scope(&self, pattern: &str, takes: impl Fn(&str) -> bool) -> Scope {
        let names = self.tensors.iter().enumerate();
        let members: Vec<usize> =
            names.filter(|(_, tensor)| takes(&tensor.name)).map(|(at, _)| at).collect();
        let adaptations = self.adaptations_of(&members);
        let scope =
            filter_scope(&self.models, &self.tensors, self.ancestor, pattern.to_owned(), members);
        Scope { adaptations, ..scope }
    }

    /// Reads a report back.
    ///
    /// # Errors
    /// When `json` is not a report, or one of a later version.
    pub fn from_json(json: &str) -> Result<Self, ReadError> {
        read::read(json)
    }

    /// The report as JSON text, numbers at full precision, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a report has string keys only");
        json.push('\n');
        json
    }
}

impl ReportTensor {
    fn new(tensor: &PlannedTensor, record: GramRecord) -> Self {
        Self {
            name: tensor.name.clone(),
            shape: tensor.shape.clone(),
            dtypes: tensor.sources.iter().map(|source| source.encoding.name()).collect(),
            integer: tensor.integer,
            heights: tensor.heights.clone(),
            aligned: tensor.aligned.clone(),
            role: tensor.role.clone(),
            pairs: TensorPair::all(&record, None),
            record,
            sample: None,
            exact: None,
            change: None,
        }
    }
}

impl TensorPair {
    /// All pairs of a record, which `sample` says is an estimate.
    fn all(record: &GramRecord, sample: Option<&Spread>) -> Vec<Self> {
        let models = record.models();
        let members: Vec<SampledTerm<'_>> =
            sample.into_iter().map(|spread| SampledTerm { spread, integer: false }).collect();
        let intervals = |distinct, a, b| Intervals::of(record, &members, distinct, a, b);
        distinct_pairs(models)
            .enumerate()
            .map(|(distinct, (a, b))| Self {
                figures: Figures::of(record, distinct, a, b),
                identical: total::is_identical(record, distinct, a, b),
                intervals: sample.map(|_| intervals(distinct, a, b)),
            })
            .collect()
    }
}

impl Compared {
    /// Columns of tensors of few rows, where they are enough to be said.
    pub fn said_short_columns(&self) -> Option<u64> {
        let share = self.short_columns as f64 / self.columns as f64;
        (share > SAID_SHARE).then_some(self.short_columns)
    }

    /// What `tensors` add up to.
    fn of(tensors: &[ReportTensor]) -> Self {
        Self {
            // empty ones count nowhere
            tensors: tensors.iter().filter(|tensor| tensor.record.columns > 0).count() as u64,
            // an untrusted report may claim any number of columns
            columns: tensors
                .iter()
                .fold(0, |columns, tensor| tensor.record.columns.saturating_add(columns)),
            bytes: 0,
            unfinished: 0,
            short_columns: tensors
                .iter()
                .filter(|tensor| tensor.shape.first().is_none_or(|rows| *rows < FEW_ROWS))
                .fold(0, |columns, tensor| tensor.record.columns.saturating_add(columns)),
            layers: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

impl ReportModel {
    /// Of `input`. With `sampled`, only a sample of its weights takes part.
    pub fn new(input: &Input, sampled: bool) -> Self {
        let architecture = input.recognition().architecture;
        match input {
            Input::Full(FullModel { model, .. })
            | Input::Adapter(AdapterModel { full: FullModel { model, .. }, .. }) => Self {
                name: model.name.clone(),
                files: model.files.clone(),
                architecture,
                tensors: model.tensors.len() as u64,
                parameters: model.parameters(),
                dtypes: model.dtypes(),
                account: None,
                share: None,
                sampled,
                variant: model.variant.clone(),
                not_read: model.not_read.clone(),
                fingerprint: None,
            },
            Input::Fingerprint(FingerprintModel { fingerprint, .. }) => {
                let Fingerprint { source, sample } = fingerprint.as_ref();
                Self {
                    name: source.name.clone(),
                    files: source.files.clone(),
                    architecture,
                    tensors: source.tensors,
                    parameters: source.parameters,
                    dtypes: source.dtypes.clone(),
                    account: None,
                    share: None,
                    sampled: true,
                    variant: None,
                    not_read: Vec::new(),
                    fingerprint: Some(ReportFingerprint {
                        rule: RULE,
                        rows: sample.density.rows,
                        columns: sample.density.columns,
                    }),
                }
            }
        }
    }

    /// The same with what became of its parameters.
    #[must_use]
    pub fn with_account(self, account: Account) -> Self {
        Self { share: account.share(), account: Some(account), ..self }
    }
}
