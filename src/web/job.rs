//! The kinds of runs: what there is to do, and what comes of it.

use std::rc::Rc;

use super::desk::OpenModel;
use super::progress::RunningPair;
use super::work::{Done, Work};
use crate::fingerprint::{Fingerprint, MakeError, SizeLimit};
use crate::gram::RecordAssembler;
use crate::job::{Input, SampledComparison};
use crate::matching::{CompareError, Options, match_models};
use crate::model::Model;
use crate::pass::plan::{Plan, Shares};
use crate::report::Report;
use crate::sample::{Collector, SampleBatch, Sampling};

/// The pass over whole models: the plan and what has come of it so far.
pub(super) struct Pass {
    plan: Plan,
    shares: Shares,
    tally: RecordAssembler,
}

/// A run of one kind.
pub(super) enum Job {
    /// All models are there and are compared exactly.
    Exact { models: Vec<Rc<OpenModel>>, pass: Pass, ancestor: Option<usize> },
    /// Some models, or all of them, are known by samples. `look` is gone once it is finished. Of
    /// its portions `handed` are handed out and `out` not taken in yet.
    SampledComparison {
        look: Option<Box<SampledComparison>>,
        portions: Vec<SampleBatch>,
        handed: usize,
        out: usize,
        pass: Option<Pass>,
    },
    /// A fingerprint is made. `collector` is gone once it is finished. `handed` portions are handed
    /// out.
    Make {
        model: Rc<OpenModel>,
        sampling: Sampling,
        handed: usize,
        collector: Option<Collector>,
        make: Make,
    },
}

/// What a fingerprint is to be like.
pub(super) struct Make {
    pub wish: SizeLimit,
    pub sha256: Option<String>,
}

impl Pass {
    fn new(plan: Plan, lanes: usize) -> Self {
        let shares = Shares::new(plan.batches(), lanes);
        Self { tally: RecordAssembler::new(&plan), shares, plan }
    }

    fn work(&mut self, lane: usize) -> Option<Work> {
        self.shares.next(lane).map(|batch| Work::Batch(self.plan.batch(batch)))
    }
}

impl Job {
    pub(super) fn compare(
        models: Vec<Rc<OpenModel>>,
        options: &Options,
        quick: bool,
        lanes: usize,
    ) -> Result<Self, CompareError> {
        let is_there = |open: &Rc<OpenModel>| open.fingerprint.is_none();
        if quick || !models.iter().all(is_there) {
            let subjects: Vec<Input<'_>> = models.iter().map(|open| open.subject()).collect();
            let look = SampledComparison::new(&subjects, options, quick)?;
            let portions: Vec<SampleBatch> = look.portions().collect();
            let pass = look.exact().cloned().map(|plan| Pass::new(plan, lanes));
            let out = portions.len();
            return Ok(Self::SampledComparison {
                look: Some(Box::new(look)),
                portions,
                handed: 0,
                out,
                pass,
            });
        }
        let facts: Vec<&Model> = models.iter().map(|open| &open.model).collect();
        let pass = Pass::new(Plan::new(&facts, match_models(&facts, options)?)?, lanes);
        Ok(Self::Exact { models, pass, ancestor: options.ancestor })
    }

    pub(super) fn make(model: Rc<OpenModel>, make: Make) -> Result<Self, MakeError> {
        if model.fingerprint.is_some() {
            return Err(MakeError::IsOne { model: model.model.name.clone() });
        }
        let sampling = Fingerprint::sampling(&model.model, make.wish.density(&model.model)?);
        let collector = Some(Collector::new(&sampling));
        Ok(Self::Make { model, sampling, handed: 0, collector, make })
    }

    /// Bytes that are going to be read.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Exact { pass, .. } => pass.plan.bytes(),
            Self::SampledComparison { look, .. } => look.as_ref().map_or(0, |look| look.bytes()),
            Self::Make { sampling, .. } => sampling.bytes(),
        }
    }

    /// The next piece of work for `lane`; `None` when all are handed out.
    pub(super) fn work(&mut self, lane: usize) -> Option<Work> {
        match self {
            Self::Exact { pass, .. } => pass.work(lane),
            Self::SampledComparison { portions, handed, pass, .. } => match portions.get(*handed) {
                Some(portion) => {
                    *handed += 1;
                    Some(Work::SampleBatch(portion.clone()))
                }
                None => pass.as_mut()?.work(lane),
            },
            Self::Make { sampling, handed, .. } => {
                let portion = (*handed < sampling.portions()).then(|| sampling.portion(*handed))?;
                *handed += 1;
                Some(Work::SampleBatch(portion))
            }
        }
    }

    /// Takes in what became of a piece of work.
    pub(super) fn accept(&mut self, done: Done) {
        match (self, done) {
            (
                Self::Exact { pass, .. } | Self::SampledComparison { pass: Some(pass), .. },
                Done::Outcome(outcome),
            ) => pass.tally.accept(outcome),
            (Self::SampledComparison { look: Some(look), out, .. }, Done::SampleChunk(taken)) => {
                *out = out.saturating_sub(1);
                look.accept(taken);
            }
            (Self::Make { collector: Some(collector), .. }, Done::SampleChunk(taken)) => {
                collector.accept(taken);
            }
            // a lane's answer to what was never asked
            _ => {}
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Exact { pass, .. } => pass.tally.is_complete(),
            Self::SampledComparison { pass, out, .. } => {
                *out == 0 && pass.as_ref().is_none_or(|pass| pass.tally.is_complete())
            }
            Self::Make { collector, .. } => {
                collector.as_ref().is_some_and(|collector| collector.missing() == 0)
            }
        }
    }

    /// Pieces that are through, and all there are: tensors of a pass, portions of a sample.
    pub(super) fn through(&self) -> (usize, usize) {
        match self {
            Self::Exact { pass, .. } | Self::SampledComparison { pass: Some(pass), .. } => {
                (pass.tally.complete(), pass.plan.tensors.len())
            }
            Self::SampledComparison { portions, out, .. } => (portions.len() - out, portions.len()),
            Self::Make { sampling, collector, .. } => {
                let missing = collector.as_ref().map_or(0, Collector::missing);
                (sampling.portions() - missing, sampling.portions())
            }
        }
    }

    /// Figures of the pairs over what is through.
    pub(super) fn running(&self) -> Vec<RunningPair> {
        match self {
            Self::Exact { pass, .. } => RunningPair::all(pass.plan.models, pass.tally.running()),
            _ => Vec::new(),
        }
    }

    /// The report of a comparison, as far as it has come; `None` where nothing can be said yet.
    pub(super) fn report(&mut self) -> Option<Report> {
        match self {
            Self::Exact { models, pass, ancestor } => {
                let models: Vec<&Model> = models.iter().map(|open| &open.model).collect();
                (pass.tally.complete() > 0)
                    .then(|| Report::new(&models, &pass.plan, &pass.tally, *ancestor))
            }
            Self::SampledComparison { look, pass, out: 0, .. } => {
                let look = look.take()?;
                Some(look.finish(pass.as_ref().map(|pass| &pass.tally)))
            }
            _ => None,
        }
    }

    /// The file of a fingerprint that is complete.
    pub(super) fn file(&mut self) -> Result<Option<Vec<u8>>, MakeError> {
        let complete = self.is_complete();
        let Self::Make { model, collector, make, .. } = self else { return Ok(None) };
        let Some(collector) = collector.take_if(|_| complete) else { return Ok(None) };
        let fingerprint = Fingerprint::new(&model.model, collector.finish(), make.sha256.clone());
        let bytes = fingerprint.to_bytes();
        make.wish.check(&model.model, bytes.len() as u64)?;
        Ok(Some(bytes))
    }
}
