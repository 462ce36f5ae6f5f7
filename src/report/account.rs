//! What became of every parameter of a model: compared, or left out for which reason.

use serde::{Deserialize, Serialize};

use super::{Report, ReportModel};
use crate::dtype::{Class, Dtype, class};
use crate::input::{AdapterModel, FingerprintModel, FullModel, Input};
use crate::matching::{Matched, Matching};
use crate::model::Tensor;
use crate::sorted::sort_by;

/// Below this share of a model's weights nothing is said of the model: the larger part of it was
/// not looked at, and may say the opposite.
pub const LEAST_SHARE: f64 = 0.5;

/// Numbers of a stored byte of a quantised tensor whose form is not known. Four bits a number are
/// the usual; where they are more, the share compared comes out too small rather than too large.
const QUANTISED_PER_BYTE: u64 = 2;

/// Code of rows that only some models have, where the common ones are compared.
const ROWS: &str = "rows";
/// Code of what a fingerprint does not hold.
const NOT_SAMPLED: &str = "not_sampled";

/// What became of the parameters of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Account {
    /// Parameters that were compared.
    pub compared: u64,
    /// All others, the most first.
    pub left_out: Vec<LeftOutParameters>,
}

/// Parameters of a model that were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LeftOutParameters {
    /// The reason, as in the list of left-out tensors; `rows` for rows beyond those that all models
    /// have, `not_sampled` for what a fingerprint does not hold.
    pub reason: String,
    /// Elements as stored.
    pub parameters: u64,
    /// How many weights they stand for: more than are stored where several are packed into one.
    pub weights: u64,
    /// Whether they are left out by choice or are no weights, and so missed by nobody.
    pub by_choice: bool,
}

/// A model of which too little was compared to say anything.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gap {
    /// Position of the model.
    pub model: usize,
    /// Share of its weights that was compared.
    pub share: f64,
    /// Why most of the others were not: a reason as in the list of left-out tensors.
    pub reason: String,
    /// Share of the weights that were left out for this reason.
    pub reason_share: f64,
}

impl Account {
    /// Of the model at `position` of a comparison.
    pub fn of(input: &Input, position: usize, matching: &Matching) -> Self {
        let mut account = Self { compared: 0, left_out: Vec::new() };
        match input {
            Input::Full(full) | Input::Adapter(AdapterModel { full, .. }) => {
                account.add_full(full, position, matching);
            }
            Input::Fingerprint(known) => account.add_fingerprint(known, position, matching),
        }
        // equals keep their order
        sort_by(&mut account.left_out, |a, b| b.weights.cmp(&a.weights));
        account
    }

    fn add_full(&mut self, full: &FullModel, position: usize, matching: &Matching) {
        let compared = Compared::of(position, matching);
        let stored = full.canonical.tensors.iter().flat_map(|(canonical, tensor)| {
            tensor.stored_names.iter().map(move |name| (name, canonical))
        });
        let mut stored: Vec<(&String, &String)> = stored.collect();
        sort_by(&mut stored, |(a, _), (b, _)| a.cmp(b));
        // a layer that a model is compared with several times is stored once
        stored.dedup_by(|(later, _), (first, _)| later == first);
        for (name, canonical) in stored {
            let Some(stored) = full.model.tensors.get(name) else { continue };
            match compared.all(name) {
                [] => self.leave_out(matching, canonical, stored),
                [(_, matched)] => self.add_compared(stored.elements(), matched, position),
                several => {
                    let rest = self.add_several(stored.elements(), several, position);
                    self.add(reason(matching, canonical).0, rest, rest, false);
                }
            }
        }
        for name in full.canonical.excluded.keys() {
            if let Some(stored) = full.model.tensors.get(name) {
                self.leave_out(matching, name, stored);
            }
        }
    }

    fn add_fingerprint(&mut self, known: &FingerprintModel, position: usize, matching: &Matching) {
        let compared = Compared::of(position, matching);
        let source = &known.fingerprint.source;
        let mut sampled = 0_u64;
        for (canonical, tensor) in &known.canonical.tensors {
            let elements = tensor.source.shape.iter().copied().fold(1, u64::saturating_mul);
            sampled = sampled.saturating_add(elements);
            if let Some((_, matched)) =
                tensor.stored_names.first().and_then(|name| compared.all(name).first())
            {
                self.add_compared(elements, matched, position);
            } else {
                let (code, by_choice) = reason(matching, canonical);
                self.add(code, elements, elements, by_choice);
            }
        }
        // averages of the training, or packed numbers: then its formats show whole ones
        let packed = source.dtypes.iter().filter(|share| class(share.dtype) != Class::Float);
        let packed_bytes: u64 = packed.map(|share| share.bytes).fold(0, u64::saturating_add);
        let rest = source.parameters.saturating_sub(sampled);
        let is_packed = packed_bytes > rest / 2;
        let weights = if is_packed {
            rest.max(packed_bytes.saturating_mul(QUANTISED_PER_BYTE))
        } else {
            rest
        };
        self.add(NOT_SAMPLED, rest, weights, !is_packed);
    }

    /// Takes `elements` of a tensor of which `matched` may have fewer rows.
    fn add_compared(&mut self, elements: u64, matched: &Matched, position: usize) {
        let all_rows = matched.tensors[position].source.rows().max(1);
        let rows = matched.shape.first().copied().unwrap_or(1).min(all_rows);
        let common = (u128::from(elements) * u128::from(rows) / u128::from(all_rows)) as u64;
        self.compared = self.compared.saturating_add(common);
        self.add(ROWS, elements - common, elements - common, false);
    }

    /// Takes a tensor of `elements` that is compared in pieces, or under two names. Returns how many
    /// of its elements are not compared.
    fn add_several(&mut self, elements: u64, several: &[(&str, &Matched)], position: usize) -> u64 {
        let source = |(_, matched): &(&str, &Matched)| matched.tensors[position].source.clone();
        let mut rest = elements;
        for same in several.chunk_by(|a, b| source(a) == source(b)) {
            let elements = source(&same[0]).elements().min(rest);
            self.add_compared(elements, same[0].1, position);
            rest -= elements;
        }
        rest
    }

    fn leave_out(&mut self, matching: &Matching, name: &str, stored: &Tensor) {
        let (code, by_choice) = reason(matching, name);
        let is_packed =
            !by_choice && matches!(code, "quantised" | "dtype") && is_packed(stored.dtype);
        let weights = if is_packed {
            stored.bytes().saturating_mul(QUANTISED_PER_BYTE)
        } else {
            stored.elements()
        };
        self.add(code, stored.elements(), weights, by_choice);
    }

    fn add(&mut self, reason: &str, parameters: u64, weights: u64, by_choice: bool) {
        if parameters == 0 {
            return;
        }
        let known = self.left_out.iter_mut().find(|left_out| left_out.reason == reason);
        if let Some(known) = known {
            known.parameters = known.parameters.saturating_add(parameters);
            known.weights = known.weights.saturating_add(weights);
        } else {
            let reason = reason.to_owned();
            self.left_out.push(LeftOutParameters { reason, parameters, weights, by_choice });
        }
    }

    /// Share of the weights that was compared, those left out by choice not counted; `None` where
    /// there are none.
    pub fn share(&self) -> Option<f64> {
        let missed = self.missed().map(|left_out| left_out.weights).fold(0, u64::saturating_add);
        let all = self.compared.saturating_add(missed);
        (all > 0).then(|| self.compared as f64 / all as f64)
    }

    /// What is left out by nobody's choice.
    fn missed(&self) -> impl Iterator<Item = &LeftOutParameters> {
        self.left_out.iter().filter(|left_out| !left_out.by_choice)
    }
}

/// Stored names of what is compared of one model.
struct Compared<'a>(Vec<(&'a str, &'a Matched)>);

impl<'a> Compared<'a> {
    fn of(position: usize, matching: &'a Matching) -> Self {
        let names = matching.matched.iter().flat_map(|matched| {
            let names = matched.tensors[position].stored_names.iter();
            names.map(move |name| (name.as_str(), matched))
        });
        let mut names: Vec<_> = names.collect();
        sort_by(&mut names, |(a, _), (b, _)| a.cmp(b));
        Self(names)
    }

    /// What is compared of the stored tensor `name`.
    fn all(&self, name: &str) -> &[(&'a str, &'a Matched)] {
        let start = self.0.partition_point(|(other, _)| *other < name);
        let count = self.0[start..].partition_point(|(other, _)| *other == name);
        &self.0[start..start + count]
    }
}

/// Code of the reason for which `name` is left out, and whether that is by choice.
fn reason(matching: &Matching, name: &str) -> (&'static str, bool) {
    let at = matching.left_out.binary_search_by(|left_out| left_out.name.as_str().cmp(name));
    // under another name in the list: that is how the other models lack it
    at.map_or(("missing", false), |at| {
        let reason = &matching.left_out[at].reason;
        (reason.code(), reason.is_by_choice())
    })
}

/// Whether a number of this format may hold several weights.
fn is_packed(dtype: Dtype) -> bool {
    class(dtype) != Class::Float
}

impl Report {
    /// The models of which too little was compared, with the reason for most of it.
    pub(super) fn gaps(models: &[ReportModel]) -> Vec<Gap> {
        let gap = |(model, of): (usize, &ReportModel)| {
            let account = of.account.as_ref()?;
            let share = account.share().filter(|share| *share < LEAST_SHARE)?;
            let missed = account.missed().map(|left_out| left_out.weights);
            let all = missed.fold(account.compared, u64::saturating_add);
            let most = account.missed().max_by_key(|left_out| left_out.weights)?;
            Some(Gap {
                model,
                share,
                reason: most.reason.clone(),
                reason_share: most.weights as f64 / all as f64,
            })
        };
        models.iter().enumerate().filter_map(gap).collect()
    }
}
