//! Comparisons in which some or all models are known by samples.
//!
//! Pairs of models that are both there are compared exactly, by the ordinary plan over them. Every
//! pair with a fingerprint is estimated from the samples of all models; of those that are there,
//! the same rows are read.

use std::sync::Arc;

use super::estimate::{Estimate, estimate};
use super::format::Fingerprint;
use super::rule::{Density, RULE};
use super::sample::{Common, Kept, Sample};
use super::sampling::{Portion, Sampling};
use super::take::{Taken, TakenTensor};
use crate::compare::{CompareError, Matched, Matching, Options, match_models};
use crate::model::Model;
use crate::plan::Plan;
use crate::report::{EstimatedTensor, Report, ReportFingerprint, ReportModel};
use crate::tally::Tally;

/// A model of such a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// Its files are there.
    Model(&'a Model),
    /// Its fingerprint is.
    Fingerprint(&'a Fingerprint),
}

/// One comparison with samples: what is matched, and what has to be read.
pub struct Look {
    models: Vec<ReportModel>,
    matched: Vec<Matched>,
    left_out: Vec<crate::compare::LeftOut>,
    ancestor: Option<usize>,
    exact: Option<Plan>,
    samplings: Vec<Sampling>,
    /// Of each model, the tensors in the order matched. Those of a model that is there have no bytes
    /// until they come; no tensor has any after its estimate.
    samples: Vec<Sample>,
    /// For each tensor matched, the samples of it that are not in.
    awaited: Vec<usize>,
    /// Made as soon as all samples of a tensor are in, while others are still being read.
    estimates: Vec<Option<Estimate>>,
}

impl Look {
    /// Plans the comparison of `subjects`. With `quick`, models that are there are sampled only.
    ///
    /// Files of the models that are there are numbered in the order given, without fingerprints.
    ///
    /// # Errors
    /// As [`match_models`].
    pub fn new(
        subjects: &[Subject<'_>],
        options: &Options,
        quick: bool,
    ) -> Result<Self, CompareError> {
        let stand_ins: Vec<Option<Model>> = subjects
            .iter()
            .map(|subject| match subject {
                Subject::Model(_) => None,
                Subject::Fingerprint(fingerprint) => Some(fingerprint.model()),
            })
            .collect();
        let models: Vec<&Model> = subjects
            .iter()
            .zip(&stand_ins)
            .map(|(subject, stand_in)| match (subject, stand_in) {
                (Subject::Model(model), _) => *model,
                (_, Some(stand_in)) => stand_in,
                (Subject::Fingerprint(_), None) => unreachable!("it has a stand-in"),
            })
            .collect();
        let Matching { matched, left_out } = match_models(&models, options)?;

        let densities = subjects.iter().filter_map(|subject| match subject {
            Subject::Model(_) => None,
            Subject::Fingerprint(fingerprint) => Some(fingerprint.sample.density),
        });
        let density = densities.reduce(Density::common).unwrap_or(Density::DEFAULT);
        let there: Vec<usize> = (0..subjects.len())
            .filter(|&position| matches!(subjects[position], Subject::Model(_)))
            .collect();
        let exact = (!quick && there.len() >= 2).then(|| {
            let part = |matched: &Matched| Matched {
                seen: there.iter().map(|&model| matched.seen[model].clone()).collect(),
                ..matched.clone()
            };
            let matched = matched.iter().map(part).collect();
            let models: Vec<&Model> = there.iter().map(|&model| models[model]).collect();
            Plan::new(&models, Matching { matched, left_out: Vec::new() })
        });
        let exact = exact.transpose()?;

        let mut first_file = 0;
        let mut samplings = Vec::new();
        let mut samples = Vec::with_capacity(subjects.len());
        for (position, subject) in subjects.iter().enumerate() {
            samples.push(match subject {
                Subject::Model(model) => {
                    let sampling = Sampling::of_matched(&matched, position, first_file, density);
                    first_file += model.files.len();
                    let tensors = sampling.to_come();
                    samplings.push(sampling);
                    Sample { density, tensors }
                }
                Subject::Fingerprint(fingerprint) => {
                    let of = |matched: &Matched| of_stand_in(matched, position, fingerprint);
                    let tensors = matched.iter().map(of).collect();
                    Sample { density: fingerprint.sample.density, tensors }
                }
            });
        }
        let models = subjects
            .iter()
            .zip(models)
            .map(|(subject, model)| report_model(*subject, model, quick))
            .collect();
        let ancestor = options.ancestor;
        let awaited = vec![samplings.len(); matched.len()];
        let estimates = vec![None; matched.len()];
        Ok(Self {
            models,
            matched,
            left_out,
            ancestor,
            exact,
            samplings,
            samples,
            awaited,
            estimates,
        })
    }

    /// The pass over the models that are there; `None` where there are fewer than two.
    pub fn exact(&self) -> Option<&Plan> {
        self.exact.as_ref()
    }

    /// Everything that has to be read for the samples: the models in turns, so that the samples of a
    /// tensor come soon after one another and need not be kept long.
    pub fn portions(&self) -> impl Iterator<Item = Portion> {
        let most = self.samplings.iter().map(Sampling::portions).max().unwrap_or(0);
        (0..most).flat_map(|index| {
            let has_it = move |sampling: &&Sampling| index < sampling.portions();
            self.samplings.iter().filter(has_it).map(move |sampling| sampling.portion(index))
        })
    }

    /// Bytes that the portions and the exact pass read.
    pub fn bytes(&self) -> u64 {
        self.sampled_bytes() + self.exact.as_ref().map_or(0, Plan::bytes)
    }

    fn sampled_bytes(&self) -> u64 {
        self.samplings.iter().map(Sampling::bytes).sum()
    }

    /// Takes in what became of a portion.
    pub fn accept(&mut self, taken: Taken) {
        let Some(sample) = self.samples.get_mut(taken.model) else { return };
        let mut complete = Vec::new();
        for TakenTensor { tensor, bytes } in taken.tensors {
            if let (Some(kept), Some(awaited)) =
                (sample.tensors.get_mut(tensor), self.awaited.get_mut(tensor))
            {
                kept.bytes = Arc::new(bytes);
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
        let samples: Vec<(&Kept, Density)> =
            self.samples.iter().map(|sample| (&sample.tensors[tensor], sample.density)).collect();
        let Common { pick, values } = Common::of(name, shape, &samples);
        self.estimates[tensor] = Some(estimate(name, &pick, &values));
        for sample in &mut self.samples {
            sample.tensors[tensor].bytes = Arc::default();
        }
    }

    /// Whether all portions are in.
    pub fn is_complete(&self) -> bool {
        self.awaited.iter().all(|awaited| *awaited == 0)
    }

    /// The report, once all portions are in. `tally` is that of [`Self::exact`]; without it, or
    /// before it is complete, all pairs are estimates.
    ///
    /// # Panics
    /// When portions are missing.
    pub fn finish(mut self, tally: Option<&Tally>) -> Report {
        assert!(self.is_complete(), "portions are missing");
        for tensor in 0..self.matched.len() {
            // where only fingerprints are compared, nothing ever came
            if self.estimates[tensor].is_none() {
                self.estimate(tensor);
            }
        }
        let bytes = self.bytes();
        let Self { models, matched, left_out, ancestor, estimates, .. } = self;
        let mut records = tally.filter(|tally| tally.is_complete()).map(Tally::records);
        let tensors = estimates
            .into_iter()
            .map(|estimate| EstimatedTensor {
                estimate: estimate.expect("all are made"),
                exact: records.as_mut().and_then(Iterator::next).flatten().cloned(),
            })
            .collect();
        Report::estimated(models, &matched, tensors, left_out, bytes, ancestor)
    }
}

fn of_stand_in(matched: &Matched, position: usize, fingerprint: &Fingerprint) -> Kept {
    let index = matched.seen[position].pieces[0].start;
    fingerprint.sample.tensors[index as usize].clone()
}

fn report_model(subject: Subject<'_>, model: &Model, quick: bool) -> ReportModel {
    let seen = ReportModel::new(model);
    match subject {
        Subject::Model(_) => ReportModel { sampled: quick, ..seen },
        Subject::Fingerprint(Fingerprint { source, sample }) => ReportModel {
            tensors: source.tensors,
            parameters: source.parameters,
            dtypes: source.dtypes.clone(),
            sampled: true,
            fingerprint: Some(ReportFingerprint {
                rule: RULE,
                rows: sample.density.rows,
                columns: sample.density.columns,
            }),
            ..seen
        },
    }
}
