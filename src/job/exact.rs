//! The exact comparison of models that are there.

use std::sync::Arc;

use super::{CompareError, Through, Work};
use crate::gram::{GramRecord, RecordAssembler, WindowResult};
#[cfg(not(target_arch = "wasm32"))]
use crate::input::AdapterModel;
use crate::input::{Input, match_inputs};
#[cfg(not(target_arch = "wasm32"))]
use crate::lora::{Changes, Target};
#[cfg(not(target_arch = "wasm32"))]
use crate::matching::MatchError;
use crate::matching::{Matching, Options};
use crate::pass::plan::{Plan, Shares, TensorChange};
use crate::report::{Account, Report, ReportAdapter, ReportModel};

/// The pass over full models: the plan, and what has come of it so far.
#[derive(Debug)]
pub struct ExactPass {
    plan: Plan,
    shares: Shares,
    assembler: RecordAssembler,
}

/// The comparison of models all of which are there.
#[derive(Debug)]
pub struct ExactComparison {
    models: Vec<ReportModel>,
    adapters: Vec<ReportAdapter>,
    pass: ExactPass,
    ancestor: Option<usize>,
}

impl ExactPass {
    /// `plan`, on `workers` workers.
    pub(super) fn new(plan: Plan, workers: usize) -> Self {
        let shares = Shares::new(plan.batches(), workers);
        Self { assembler: RecordAssembler::new(&plan), shares, plan }
    }

    /// What is read in which order.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The record of each tensor of the plan that is complete.
    pub fn assembler(&self) -> &RecordAssembler {
        &self.assembler
    }

    pub(super) fn next(&mut self, worker: usize) -> Option<Work> {
        self.shares.next(worker).map(|batch| Work::Windows(self.plan.batch(batch)))
    }

    pub(super) fn accept(&mut self, results: Vec<WindowResult>) {
        self.assembler.accept(results);
    }

    pub(super) fn is_complete(&self) -> bool {
        self.assembler.is_complete()
    }

    pub(super) fn through(&self) -> Through {
        Through { done: self.assembler.complete(), all: self.plan.tensors.len() }
    }

    pub(super) fn running(&self) -> &GramRecord {
        self.assembler.running()
    }
}

impl ExactComparison {
    pub(super) fn new(
        inputs: &[Arc<Input>],
        options: &Options,
        workers: usize,
    ) -> Result<Self, CompareError> {
        let models: Vec<&Input> = inputs.iter().map(AsRef::as_ref).collect();
        let models: Vec<&Input> = models.into_iter().filter(|input| !input.is_adapter()).collect();
        let matching = match_inputs(&models, options)?;
        let files: Vec<usize> = models.iter().map(|input| input.file_count()).collect();
        let report_model = |(position, input): (usize, &&Input)| {
            ReportModel::new(input, false).with_account(Account::of(input, position, &matching))
        };
        let report_models = models.iter().enumerate().map(report_model).collect();
        let changes = changes(inputs, options.target, &models, &files, &matching)?;
        let mut plan = Plan::new(&files, matching)?;
        let mut adapters = Vec::new();
        for (adapter, changes) in changes {
            adapters.push(adapter);
            for (tensor, change) in plan.tensors.iter_mut().zip(changes) {
                tensor.changes.extend(change);
            }
        }
        let pass = ExactPass::new(plan, workers);
        Ok(Self { models: report_models, adapters, pass, ancestor: options.ancestor })
    }

    /// The pass.
    pub fn pass(&self) -> &ExactPass {
        &self.pass
    }

    pub(super) fn next(&mut self, worker: usize) -> Option<Work> {
        self.pass.next(worker)
    }

    pub(super) fn accept(&mut self, results: Vec<WindowResult>) {
        self.pass.accept(results);
    }

    /// The report on the tensors that are complete; `None` where none is.
    pub(super) fn report(&self) -> Option<Report> {
        let ExactPass { plan, assembler, .. } = &self.pass;
        if assembler.complete() == 0 {
            return None;
        }
        let report = Report::new(self.models.clone(), plan, assembler.records(), self.ancestor);
        let records = plan.tensors.iter().zip(assembler.records().zip(assembler.changes()));
        let changes =
            records.filter(|(_, (record, _))| record.is_some()).map(|(tensor, (_, change))| {
                let adapters = tensor.changes.iter().map(|change| change.adapter);
                (adapters.collect(), change.cloned())
            });
        Some(report.with_changes(self.adapters.clone(), changes))
    }
}

/// An adapter, and what it changes of each tensor that is compared.
type AdapterChanges = (ReportAdapter, Vec<Option<TensorChange>>);

/// What the adapters among `inputs`, whose files come behind those of `models`, change of the model
/// at `target`.
#[cfg(not(target_arch = "wasm32"))]
fn changes(
    inputs: &[Arc<Input>],
    target: usize,
    models: &[&Input],
    files: &[usize],
    matching: &Matching,
) -> Result<Vec<AdapterChanges>, CompareError> {
    let mut first_file = files.iter().sum();
    let mut found = Vec::new();
    for input in inputs {
        let Input::Adapter(AdapterModel { full, adapter }) = input.as_ref() else { continue };
        let Some(model) = models.get(target) else {
            return Err(MatchError::NoSuchTarget { target, count: models.len() }.into());
        };
        let model = Target {
            position: target,
            first_file: files[..target].iter().sum(),
            canonical: model.canonical(),
        };
        let changes = Changes::new(adapter, found.len(), first_file, model, matching);
        let adapter = ReportAdapter::new(adapter, full.model.files.clone(), &changes);
        found.push((adapter, changes.tensors));
        first_file += full.model.files.len();
    }
    Ok(found)
}

/// The page opens adapters as models, and then there are none here.
#[cfg(target_arch = "wasm32")]
#[allow(clippy::unnecessary_wraps)] // as above
fn changes(
    _inputs: &[Arc<Input>],
    _target: usize,
    _models: &[&Input],
    _files: &[usize],
    _matching: &Matching,
) -> Result<Vec<AdapterChanges>, CompareError> {
    Ok(Vec::new())
}
