//! What adapters have to do with the compared models.
//!
//! With D the change of an adapter at strength 1 and W, B the weights of the target and of another
//! model, the strength that explains `W − B` best is `⟨W − B, D⟩ / ⟨D, D⟩`, and the share that it
//! explains `R² = 1 − ‖W − B − s·D‖² / ‖W − B‖²`; of several adapters, the least squares of their
//! mixture. All of it follows from inner products. [`Report::at_strength`] is the comparison as it
//! would be after the adapter was added to the target.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::quadratic::{minimum, non_negative_minimum};
use super::scope::memberships;
use super::{Report, ReportTensor};
use crate::gram::{ChangeRecord, GramRecord, MOST_STEEP, NODES, distinct_pairs, pair, pairs};
#[cfg(not(target_arch = "wasm32"))]
use crate::lora::{Adapter, Changes, summary};
use crate::model::FileFacts;

/// An adapter of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportAdapter {
    /// What the user calls it.
    pub name: String,
    /// Its files.
    pub files: Vec<FileFacts>,
    /// Usual name of the models that it fits, where its names and shapes tell.
    pub fits: Option<String>,
    /// Modules in it that make sense.
    pub modules: u64,
    /// Modules that change a compared tensor.
    pub placed: u64,
    /// Modules among those whose change is worked out from the target's weights. Their tensors take
    /// no part in strengths: what they would change of the other models is something else.
    pub of_target: u64,
    /// The other modules, and why they change nothing.
    pub ignored: Vec<Ignored>,
    /// What is in its files and belongs to no module, and why.
    pub unused: Vec<Ignored>,
    /// Tensors whose change could not be worked out, although the headers said it could: then
    /// nothing is said of strengths.
    #[serde(default)]
    pub unread: u64,
}

/// Something of an adapter that is not used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Ignored {
    /// Name of the module or of the tensor.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// How the target differs from another model, in terms of the adapters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Adaptation {
    /// Position of the other model.
    pub base: usize,
    /// For each adapter, what it explains by itself; `None` where it changes nothing, or the models
    /// are the same.
    pub alone: Vec<Option<Explained>>,
    /// What all of them explain together; `None` unless there are several.
    pub together: Option<Mixture>,
    /// Share of `‖W − B‖²` in tensors that no adapter changes.
    pub elsewhere: Option<f64>,
}

/// What one adapter explains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explained {
    /// The strength that fits best.
    pub strength: f64,
    /// Share of `‖W − B‖²` that it explains.
    pub r2: f64,
}

/// What several adapters explain together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Mixture {
    /// The strengths that fit best, one for each adapter.
    pub strengths: Vec<f64>,
    /// Share of `‖W − B‖²` that they explain.
    pub r2: f64,
    /// The strengths that fit best when none may be negative.
    pub non_negative: Vec<f64>,
    /// Share that those explain.
    pub non_negative_r2: f64,
}

/// Inner products of models and changes over some tensors.
pub(super) struct ChangeSums {
    models: usize,
    adapters: usize,
    /// Position of the target.
    target: Option<usize>,
    /// For each pair of models `a ≤ b`, over tensors that no adapter changes.
    elsewhere: Vec<f64>,
    /// For each model `‖W − B‖²` over the others.
    squares: Vec<f64>,
    /// For each model and adapter `⟨W − B, D⟩`.
    mixed: Vec<f64>,
    /// For each adapter and adapter.
    changes: Vec<f64>,
}

#[cfg(not(target_arch = "wasm32"))]
impl ReportAdapter {
    /// Of `adapter`, which `changes` so much of the compared tensors.
    pub fn new(adapter: &Adapter, files: Vec<FileFacts>, changes: &Changes) -> Self {
        let skipped = adapter.skipped.iter();
        Self {
            name: adapter.name.clone(),
            files,
            fits: summary::fits(adapter).map(str::to_owned),
            modules: adapter.modules.len() as u64,
            placed: changes.placed,
            of_target: changes.of_target,
            ignored: changes
                .ignored
                .iter()
                .map(|(name, reason)| Ignored { name: name.clone(), reason: reason.clone() })
                .collect(),
            unused: skipped
                .map(|skipped| Ignored {
                    name: skipped.name.clone(),
                    reason: skipped.why.to_string(),
                })
                .collect(),
            unread: 0,
        }
    }
}

impl ChangeSums {
    /// Over `tensors`, of `models` and `adapters`.
    pub(super) fn of<'a>(
        models: usize,
        adapters: usize,
        tensors: impl Iterator<Item = &'a ReportTensor>,
    ) -> Self {
        let mut sums = Self {
            models,
            adapters,
            target: None,
            elsewhere: vec![0.0; pairs(models)],
            squares: vec![0.0; models],
            mixed: vec![0.0; models * adapters],
            changes: vec![0.0; adapters * adapters],
        };
        for tensor in tensors.filter(|tensor| !tensor.integer) {
            sums.add(tensor);
        }
        sums
    }

    fn add(&mut self, tensor: &ReportTensor) {
        let Some(change) = &tensor.change else {
            for (sum, gram) in self.elsewhere.iter_mut().zip(&tensor.record.gram) {
                *sum += gram;
            }
            return;
        };
        self.target = Some(change.target);
        if change.of_target.contains(&true) {
            return;
        }
        let count = change.adapters.len();
        let others = (0..self.models).filter(|model| *model != change.target);
        for (model, sums) in others.zip(change.differences.chunks_exact(1 + count)) {
            self.squares[model] += sums[0];
            for (adapter, sum) in change.adapters.iter().zip(&sums[1..]) {
                self.mixed[model * self.adapters + adapter] += sum;
            }
        }
        for (position, &adapter) in change.adapters.iter().enumerate() {
            for (other, &other_adapter) in change.adapters.iter().enumerate() {
                let at = pair(count, position.min(other), position.max(other));
                self.changes[adapter * self.adapters + other_adapter] += change.gram[at];
            }
        }
    }

    /// What the adapters say of the target and every other model.
    pub(super) fn adaptations(&self) -> Vec<Adaptation> {
        let Some(target) = self.target else { return Vec::new() };
        (0..self.models)
            .filter(|base| *base != target)
            .map(|base| self.adaptation(target, base))
            .collect()
    }

    fn adaptation(&self, target: usize, base: usize) -> Adaptation {
        let product = |a: usize, b: usize| self.elsewhere[pair(self.models, a.min(b), a.max(b))];
        // rounding can make it negative
        let elsewhere = product(target, target) - 2.0 * product(target, base) + product(base, base);
        let elsewhere = elsewhere.max(0.0);
        let whole = elsewhere + self.squares[base];
        let mixed = &self.mixed[base * self.adapters..][..self.adapters];
        let own = |adapter: usize| self.changes[adapter * (self.adapters + 1)];
        let alone = (0..self.adapters)
            .map(|adapter| {
                let strength = mixed[adapter] / own(adapter);
                let r2 = strength * mixed[adapter] / whole;
                (strength.is_finite() && r2.is_finite()).then_some(Explained { strength, r2 })
            })
            .collect();
        let elsewhere = elsewhere / whole;
        Adaptation {
            base,
            alone,
            together: (self.adapters > 1).then(|| self.together(mixed, whole)).flatten(),
            elsewhere: elsewhere.is_finite().then_some(elsewhere),
        }
    }

    fn together(&self, mixed: &[f64], whole: f64) -> Option<Mixture> {
        let count = self.adapters;
        // in units of the changes' own norms: adapters differ by orders of magnitude
        let norms: Vec<f64> = (0..count).map(|at| self.changes[at * (count + 1)].sqrt()).collect();
        if !norms.iter().all(|norm| *norm > 0.0 && norm.is_finite()) {
            return None;
        }
        let size = whole.sqrt();
        let gram = DMatrix::from_fn(count, count, |a, b| {
            self.changes[a * count + b] / (norms[a] * norms[b])
        });
        let scaled = DVector::from_fn(count, |at, _| mixed[at] / (norms[at] * size));
        let solve = |weights: DVector<f64>| {
            let r2 = 2.0 * weights.dot(&scaled) - weights.dot(&(&gram * &weights));
            let strengths: Vec<f64> =
                weights.iter().zip(&norms).map(|(weight, norm)| weight * size / norm).collect();
            let is_finite = r2.is_finite() && strengths.iter().all(|value| value.is_finite());
            is_finite.then_some((strengths, r2))
        };
        let (strengths, r2) = solve(minimum(&gram, &scaled)?)?;
        let (non_negative, non_negative_r2) = solve(non_negative_minimum(&gram, &scaled)?)?;
        Some(Mixture { strengths, r2, non_negative, non_negative_r2 })
    }
}

impl Report {
    /// The same with what `adapters` change of each of its tensors: `changes` has whether anything is
    /// changed there, and the record of it.
    #[must_use]
    pub fn with_changes(
        mut self,
        mut adapters: Vec<ReportAdapter>,
        changes: impl Iterator<Item = (Vec<usize>, Option<ChangeRecord>)>,
    ) -> Self {
        for (tensor, (changing, change)) in self.tensors.iter_mut().zip(changes) {
            for adapter in changing.into_iter().filter(|_| change.is_none()) {
                adapters[adapter].unread += 1;
            }
            tensor.change = change;
        }
        self.with_adapters(adapters)
    }

    /// The same with what `adapters` explain, where tensors have records of their changes.
    pub(super) fn with_adapters(mut self, adapters: Vec<ReportAdapter>) -> Self {
        self.adapters = adapters;
        if self.adapters.is_empty() {
            return self;
        }
        let all: Vec<usize> = (0..self.tensors.len()).collect();
        self.adaptations = self.adaptations_of(&all);
        let mut scopes = std::mem::take(&mut self.scopes);
        for scope in &mut scopes {
            let belongs = |tensor: &ReportTensor| {
                memberships(tensor).iter().any(|(by, name)| *by == scope.by && *name == scope.name)
            };
            let members = scope.members.clone().unwrap_or_else(|| {
                all.iter().copied().filter(|at| belongs(&self.tensors[*at])).collect()
            });
            scope.adaptations = self.adaptations_of(&members);
        }
        self.scopes = scopes;
        self
    }

    /// What the adapters explain over the tensors at `members`.
    pub(super) fn adaptations_of(&self, members: &[usize]) -> Vec<Adaptation> {
        if self.adapters.iter().any(|adapter| adapter.unread > 0) {
            return Vec::new();
        }
        let tensors = members.iter().map(|at| &self.tensors[*at]);
        ChangeSums::of(self.models.len(), self.adapters.len(), tensors).adaptations()
    }

    /// The same comparison with the adapter at `adapter` added to the target at `strength`, before
    /// its weights are rounded. No model is read: it follows from the records. `None` where there is
    /// no such adapter, a tensor's change is not known, or the strength is beyond
    /// [`MOST_STRENGTH`](crate::gram::MOST_STRENGTH).
    pub fn at_strength(&self, adapter: usize, strength: f64) -> Option<Self> {
        // NaN is beyond it, too
        let is_within = strength.abs() <= crate::gram::MOST_STRENGTH;
        let is_known = self.adapters.get(adapter).is_some_and(|adapter| adapter.unread == 0);
        if !is_known || !is_within {
            return None;
        }
        let tensors = self.tensors.iter().map(|tensor| tensor.at_strength(adapter, strength));
        let mut filters = Vec::new();
        for scope in &self.scopes {
            filters.extend(scope.members.clone().map(|members| (scope.name.clone(), members)));
        }
        Some(Self::derived(
            self.models.clone(),
            self.compared.clone(),
            tensors.collect(),
            self.ancestor,
            filters,
        ))
    }

    /// Position of the model that adapters are added to; `None` where they change nothing.
    pub fn target(&self) -> Option<usize> {
        self.tensors.iter().find_map(|tensor| Some(tensor.change.as_ref()?.target))
    }

    /// Columns that the adapter at `adapter` changes so much that figures of strengths are rough.
    pub fn rough_columns(&self) -> u64 {
        let changes = self.tensors.iter().filter_map(|tensor| tensor.change.as_ref());
        changes.fold(0, |sum, change| sum.saturating_add(change.rough_columns))
    }
}

impl ReportTensor {
    fn at_strength(&self, adapter: usize, strength: f64) -> Self {
        let mut changed = Self { change: None, ..self.clone() };
        let Some(change) = &self.change else { return changed };
        let position = change.adapters.iter().position(|other| *other == adapter);
        let Some(position) = position.filter(|_| strength != 0.0) else { return changed };
        let own = change.gram[pair(change.adapters.len(), position, position)];
        if own == 0.0 && change.steep.is_empty() {
            return changed;
        }
        changed.record = change.applied(&self.record, position, strength);
        changed.pairs = super::TensorPair::all(&changed.record, None);
        changed
    }
}

impl ChangeRecord {
    /// `record` with the change of the adapter at `position` added to the target.
    fn applied(&self, record: &GramRecord, position: usize, strength: f64) -> GramRecord {
        let models = record.models();
        let target = self.target;
        let mut applied = record.clone();
        let products = &self.with_models[position * models..][..models];
        let own = self.gram[pair(self.adapters.len(), position, position)];
        for (model, product) in products.iter().enumerate() {
            let at = pair(models, target.min(model), target.max(model));
            applied.gram[at] += strength * product;
            if model == target {
                applied.gram[at] += strength * product + strength * strength * own;
            }
        }
        for (distinct, (a, b)) in distinct_pairs(models).enumerate() {
            let other = if a == target { b } else { a };
            if a != target && b != target {
                continue;
            }
            let other = other - usize::from(other > target);
            applied.cosine_sums[distinct] = self.cosine_sum(position, other, strength);
            for column in self.steep.iter().filter(|column| column.adapter == position) {
                // a column of zeros that is none any more
                let Some([_, _, bb]) = column.others[other] else { continue };
                if column.own[0] == 0.0 && bb == 0.0 {
                    // an untrusted report's counts may be anything
                    let both = &mut applied.zero_in_both[distinct];
                    *both = both.saturating_sub(1);
                    let one = &mut applied.zero_in_one[distinct];
                    *one = one.saturating_add(1);
                } else if column.own[0] == 0.0 {
                    let one = &mut applied.zero_in_one[distinct];
                    *one = one.saturating_sub(1);
                }
            }
        }
        // what is known of single numbers is not known of these
        applied.elements = None;
        applied
    }

    /// Whether it may be that of a tensor of `models` and `adapters`.
    pub(super) fn fits(&self, models: usize, adapters: usize) -> bool {
        let count = self.adapters.len();
        let is_ascending = self.adapters.is_sorted_by(|before, after| before < after);
        count > 0
            && is_ascending
            && self.adapters.last().is_some_and(|last| *last < adapters)
            && self.of_target.len() == count
            && self.target < models
            && self.with_models.len() == count * models
            && self.gram.len() == pairs(count)
            && self.differences.len() == (models - 1) * (1 + count)
            && self.node_sums.len() == count * (models - 1) * NODES
            && self.steep.len() <= MOST_STEEP
            && self
                .steep
                .iter()
                .all(|column| column.adapter < count && column.others.len() == models - 1)
    }
}
