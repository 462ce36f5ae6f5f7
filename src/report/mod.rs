//! The result of a comparison, the same from every face of the crate.
//!
//! A report is JSON with `"format": "weightkin-report"`. It holds the record of every tensor, so
//! that any figure can be derived from it again without the models. It holds no times, paths or
//! machine facts: the same files give the same bytes.

mod figures;
mod total;
mod verdict;

use serde::{Deserialize, Serialize};

use crate::compare::LeftOut;
use crate::gram::Record;
use crate::model::{DtypeShare, FileFacts, Model};
use crate::plan::Plan;
use crate::tally::Tally;

pub use figures::Figures;
pub use total::Total;
pub use verdict::Verdict;

/// Value of the `format` field.
pub const FORMAT: &str = "weightkin-report";
/// Version of the schema this crate writes.
pub const VERSION: u32 = 1;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The compared models, in the order given.
    pub models: Vec<ReportModel>,
    /// How much was compared.
    pub compared: Compared,
    /// All pairs `a < b`, ordered by `a`, then `b`.
    pub pairs: Vec<Pair>,
    /// All compared tensors, by name.
    pub tensors: Vec<ReportTensor>,
}

/// A model of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportModel {
    /// What the user calls it.
    pub name: String,
    /// Its files.
    pub files: Vec<FileFacts>,
    /// Tensors in them, compared or not.
    pub tensors: u64,
    /// Elements of all of them.
    pub parameters: u64,
    /// Their number formats, largest share first.
    pub dtypes: Vec<DtypeShare>,
}

/// How much was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Tensors.
    pub tensors: u64,
    /// Columns of all of them.
    pub columns: u64,
    /// Bytes of all of them in all models.
    pub bytes: u64,
    /// Everything else, by name.
    pub left_out: Vec<LeftOut>,
}

/// Two models against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Position of the first model.
    pub a: usize,
    /// Position of the second model.
    pub b: usize,
    /// Over all compared tensors.
    #[serde(flatten)]
    pub figures: Figures,
    /// Tensors that are the same in both, bit for bit.
    pub identical_tensors: u64,
    /// The column cosine in words; `None` without one.
    pub verdict: Option<Verdict>,
}

/// A compared tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportTensor {
    /// Its name in all models.
    pub name: String,
    /// Its dimensions, outermost first.
    pub shape: Vec<u64>,
    /// How each model stores it.
    pub dtypes: Vec<String>,
    /// Whether it holds whole numbers and so counts in the column cosine only.
    pub integer: bool,
    /// What the pass kept of it.
    #[serde(flatten)]
    pub record: Record,
    /// All pairs `a < b`, in the order of [`Report::pairs`].
    pub pairs: Vec<TensorPair>,
}

/// One tensor in two models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TensorPair {
    /// Over this tensor.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether the models hold the same values.
    pub identical: bool,
}

impl Report {
    /// Derives everything from the records of a complete tally.
    ///
    /// # Panics
    /// When the tally is not complete.
    pub fn new(models: &[&Model], plan: &Plan, tally: &Tally) -> Self {
        let mut total = Total::zero(models.len());
        let tensors: Vec<ReportTensor> = plan
            .tensors
            .iter()
            .zip(tally.records())
            .map(|(tensor, record)| {
                let record = record.expect("the tally is complete").clone();
                total.add(&record, tensor.integer);
                let pairs = crate::gram::distinct_pairs(models.len())
                    .enumerate()
                    .map(|(distinct, (a, b))| TensorPair {
                        figures: Figures::of(&record, distinct, a, b),
                        identical: total::is_identical(&record, a, b),
                    })
                    .collect();
                ReportTensor {
                    name: tensor.name.clone(),
                    shape: tensor.shape.clone(),
                    dtypes: tensor.places.iter().map(|place| place.dtype.to_string()).collect(),
                    integer: tensor.integer,
                    record,
                    pairs,
                }
            })
            .collect();
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            models: models.iter().map(|model| ReportModel::new(model)).collect(),
            compared: Compared {
                tensors: plan.tensors.len() as u64,
                columns: plan.columns(),
                bytes: plan.bytes(),
                left_out: plan.left_out.clone(),
            },
            pairs: total.pairs(),
            tensors,
        }
    }

    /// The report as JSON text, numbers at full precision, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a report has string keys only");
        json.push('\n');
        json
    }
}

impl ReportModel {
    fn new(model: &Model) -> Self {
        Self {
            name: model.name.clone(),
            files: model.files.clone(),
            tensors: model.tensors.len() as u64,
            parameters: model.parameters(),
            dtypes: model.dtypes(),
        }
    }
}
