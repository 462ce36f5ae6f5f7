//! Comparisons in which some or all models are known by samples.
//!
//! Pairs of models that are both there are compared exactly, by the ordinary pass over them. Every
//! pair with a fingerprint is estimated from the samples of all models; of those that are there,
//! the same rows are read.

use std::sync::Arc;

use super::{CompareError, Done, ExactPass, Through, Work};
use crate::input::{FingerprintModel, Input, match_inputs};
use crate::matching::{LeftOut, Matched, Matching, Options};
use crate::pass::plan::Plan;
use crate::report::{Account, EstimatedTensor, Report, ReportModel};
use crate::sample::{
    ChunkTensor, Common, Density, Estimate, Sample, SampleBatch, SampleChunk, SampledTensor,
    Sampling, estimate,
};
use crate::tensor::TensorSource;

/// A comparison with samples: what is matched, what has to be read, and what has come of it.
#[derive(Debug)]
pub struct SampledComparison {
    models: Vec<ReportModel>,
    matched: Vec<Matched>,
    left_out: Vec<LeftOut>,
    ancestor: Option<usize>,
    /// The pass over the models that are there; none where there are fewer than two.
    exact: Option<ExactPass>,
    samplings: Vec<Sampling>,
    /// For each batch to be handed out, its sampling and its position there.
    batches: Vec<(usize, usize)>,
    /// Batches that are handed out, and those that are in.
    handed: usize,
    taken: usize,
    /// Of each model, the tensors in the order matched. Those of a model that is there have no bytes
    /// until they come; no tensor has any after its estimate.
    samples: Vec<Sample>,
    /// For each tensor matched, the samples of it that are not in.
    awaited: Vec<usize>,
    /// Made as soon as all samples of a tensor are in, while others are still being read.
    estimates: Vec<Option<Estimate>>,
    reported: bool,
}

impl SampledComparison {
    /// Plans the comparison of `inputs`. With `quick`, models that are there are sampled only.
    ///
    /// Files of the models that are there are numbered in the order given, without fingerprints.
    pub(super) fn new(
        inputs: &[Arc<Input>],
        options: &Options,
        quick: bool,
        workers: usize,
    ) -> Result<Self, CompareError> {
        let models: Vec<&Input> = inputs.iter().map(AsRef::as_ref).collect();
        let matching = match_inputs(&models, options)?;
        let is_sampled = |input: &Input| quick || !input.is_full();
        let report_model = |(position, input): (usize, &&Input)| {
            let account = Account::of(input, position, &matching);
            ReportModel::new(input, is_sampled(input)).with_account(account)
        };
        let report_models = models.iter().enumerate().map(report_model).collect();
        let Matching { matched, left_out } = matching;
        let there: Vec<usize> =
            (0..models.len()).filter(|&position| models[position].is_full()).collect();
        let exact = if !quick && there.len() >= 2 {
            Some(ExactPass::new(exact_plan(&models, &there, &matched)?, workers))
        } else {
            None
        };

        let density = common_density(&models);
        let mut first_file = 0;
        let mut samplings = Vec::new();
        let mut samples = Vec::with_capacity(models.len());
        for (position, input) in models.iter().enumerate() {
            samples.push(match input {
                // no comparison has an adapter among its models
                Input::Full(_) | Input::Adapter(_) => {
                    let source = |matched| of_model(matched, position);
                    let tensors = matched.iter().map(source);
                    let sampling = Sampling::of_compared(tensors, position, first_file, density);
                    first_file += input.file_count();
                    let tensors = sampling.to_come();
                    samplings.push(sampling);
                    Sample { density, tensors }
                }
                Input::Fingerprint(known) => {
                    let of = |matched: &Matched| sampled(known, matched, position);
                    let density = known.fingerprint.sample.density;
                    Sample { density, tensors: matched.iter().map(of).collect() }
                }
            });
        }
        Ok(Self {
            models: report_models,
            left_out,
            ancestor: options.ancestor,
            exact,
            batches: in_turns(&samplings),
            handed: 0,
            taken: 0,
            awaited: vec![samplings.len(); matched.len()],
            estimates: vec![None; matched.len()],
            samplings,
            samples,
            matched,
            reported: false,
        })
    }

    /// The pass over the models that are there; `None` where there are fewer than two.
    pub fn exact(&self) -> Option<&ExactPass> {
        self.exact.as_ref()
    }

    /// Bytes that the samples and the exact pass read.
    pub fn bytes(&self) -> u64 {
        let sampled: u64 = self.samplings.iter().map(Sampling::bytes).sum();
        sampled + self.exact.as_ref().map_or(0, |pass| pass.plan().bytes())
    }

    /// Samples first: the figures that they give can be shown while the pass goes on.
    pub(super) fn next(&mut self, worker: usize) -> Option<Work> {
        if let Some(batch) = self.next_sample() {
            return Some(Work::Sample(batch));
        }
        self.exact.as_mut()?.next(worker)
    }

    fn next_sample(&mut self) -> Option<SampleBatch> {
        let (sampling, index) = *self.batches.get(self.handed)?;
        self.handed += 1;
        Some(self.samplings[sampling].batch(index))
    }

    pub(super) fn accept(&mut self, done: Done) {
        match (done, &mut self.exact) {
            (Done::Windows(results), Some(pass)) => pass.accept(results),
            (Done::Sample(chunk), _) => self.accept_sample(chunk),
            (Done::Windows(_), None) => {}
        }
    }

    fn accept_sample(&mut self, chunk: SampleChunk) {
        let Some(sample) = self.samples.get_mut(chunk.model) else { return };
        self.taken += 1;
        let mut complete = Vec::new();
        for ChunkTensor { tensor, bytes } in chunk.tensors {
            if let (Some(sampled), Some(awaited)) =
                (sample.tensors.get_mut(tensor), self.awaited.get_mut(tensor))
            {
                sampled.bytes = Arc::new(bytes);
                *awaited = awaited.saturating_sub(1);
                if *awaited == 0 {
                    complete.push(tensor);
                }
            }
        }
        for tensor in complete {
            self.estimate(tensor);
        }
    }

    fn estimate(&mut self, tensor: usize) {
        let Matched { name, shape, .. } = &self.matched[tensor];
        let samples: Vec<(&SampledTensor, Density)> =
            self.samples.iter().map(|sample| (&sample.tensors[tensor], sample.density)).collect();
        let Common { pick, values } = Common::of(name, shape, &samples);
        self.estimates[tensor] = Some(estimate(name, &pick, &values));
        for sample in &mut self.samples {
            sample.tensors[tensor].bytes = Arc::default();
        }
    }

    /// Whether all samples and the exact pass are in.
    pub(super) fn is_complete(&self) -> bool {
        self.is_sampled() && self.exact.as_ref().is_none_or(ExactPass::is_complete)
    }

    fn is_sampled(&self) -> bool {
        self.awaited.iter().all(|awaited| *awaited == 0) && self.taken >= self.batches.len()
    }

    pub(super) fn through(&self) -> Through {
        match &self.exact {
            Some(pass) => pass.through(),
            None => Through { done: self.taken.min(self.batches.len()), all: self.batches.len() },
        }
    }

    /// The report, once all samples are in. Before the exact pass is complete, all pairs are
    /// estimates. `None` before that, and a second time.
    pub(super) fn report(&mut self) -> Option<Report> {
        if self.reported || !self.is_sampled() {
            return None;
        }
        self.reported = true;
        for tensor in 0..self.matched.len() {
            // where only fingerprints are compared, nothing ever came
            if self.estimates[tensor].is_none() {
                self.estimate(tensor);
            }
        }
        let complete = self.exact.as_ref().filter(|pass| pass.is_complete());
        let mut records = complete.map(|pass| pass.assembler().records());
        let tensors = std::mem::take(&mut self.estimates)
            .into_iter()
            .map(|estimate| EstimatedTensor {
                estimate: estimate.expect("all are made"),
                exact: records.as_mut().and_then(Iterator::next).flatten().cloned(),
            })
            .collect();
        let left_out = std::mem::take(&mut self.left_out);
        let models = std::mem::take(&mut self.models);
        let bytes = self.bytes();
        Some(Report::estimated(models, &self.matched, tensors, left_out, bytes, self.ancestor))
    }
}

/// The plan over the models at the positions `there`, of the tensors that all models have.
fn exact_plan(
    models: &[&Input],
    there: &[usize],
    matched: &[Matched],
) -> Result<Plan, CompareError> {
    let part = |matched: &Matched| Matched {
        tensors: there.iter().map(|&model| matched.tensors[model].clone()).collect(),
        ..matched.clone()
    };
    let files: Vec<usize> = there.iter().map(|&model| models[model].file_count()).collect();
    let matching = Matching { matched: matched.iter().map(part).collect(), left_out: Vec::new() };
    Ok(Plan::new(&files, matching)?)
}

/// What the samples of all fingerprints hold.
fn common_density(models: &[&Input]) -> Density {
    let densities = models.iter().filter_map(|input| match input {
        Input::Full(_) | Input::Adapter(_) => None,
        Input::Fingerprint(known) => Some(known.fingerprint.sample.density),
    });
    densities.reduce(Density::common).unwrap_or(Density::DEFAULT)
}

/// The batches of all models in turns, so that the samples of a tensor come soon after one another
/// and are held only briefly.
fn in_turns(samplings: &[Sampling]) -> Vec<(usize, usize)> {
    let most = samplings.iter().map(Sampling::batches).max().unwrap_or(0);
    let turn = |index: usize| {
        let has_it = move |&sampling: &usize| index < samplings[sampling].batches();
        (0..samplings.len()).filter(has_it).map(move |sampling| (sampling, index))
    };
    (0..most).flat_map(turn).collect()
}

/// The name of a tensor matched, and where the model at `position` has it.
fn of_model(matched: &Matched, position: usize) -> (&str, &TensorSource) {
    (&matched.name, &matched.tensors[position].source)
}

/// The sample of a tensor matched, from the fingerprint of the model at `position`.
fn sampled(known: &FingerprintModel, matched: &Matched, position: usize) -> SampledTensor {
    let name = &matched.tensors[position].stored_names[0];
    known.sampled(name).cloned().expect("its tensors are those of the sample")
}
