//! The exact comparison of models that are there.

use std::sync::Arc;

use super::{CompareError, Through, Work};
use crate::gram::{GramRecord, RecordAssembler, WindowResult};
use crate::input::{Input, match_inputs};
use crate::matching::Options;
use crate::pass::plan::{Plan, Shares};
use crate::report::{Account, Report, ReportModel};

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
        let matching = match_inputs(&models, options)?;
        let files: Vec<usize> = models.iter().map(|input| input.file_count()).collect();
        let report_model = |(position, input): (usize, &&Input)| {
            ReportModel::new(input, false).with_account(Account::of(input, position, &matching))
        };
        let report_models = models.iter().enumerate().map(report_model).collect();
        let pass = ExactPass::new(Plan::new(&files, matching)?, workers);
        Ok(Self { models: report_models, pass, ancestor: options.ancestor })
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
        (assembler.complete() > 0)
            .then(|| Report::new(self.models.clone(), plan, assembler.records(), self.ancestor))
    }
}
