//! Comparisons in which some or all models are known by samples.
//!
//! Pairs of models that are both there are compared exactly, by the ordinary plan over them. Every
//! pair with a fingerprint is estimated from the samples of all models; of those that are there,
//! the same rows are read.

use super::estimate;
use super::format::Fingerprint;
use super::rule::{Density, RULE};
use super::sample::{Collector, Common, Kept, Sample};
use super::take::{Portion, Sampling, Taken};
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
    samples: Vec<Held>,
}

/// Where a model's sample is.
enum Held {
    /// On its way, from the samplings' position.
    Coming(Collector),
    /// The tensors of a fingerprint, in the order matched.
    There(Sample),
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
                    let collector = Collector::new(&sampling);
                    samplings.push(sampling);
                    Held::Coming(collector)
                }
                Subject::Fingerprint(fingerprint) => {
                    let of = |matched: &Matched| of_stand_in(matched, position, fingerprint);
                    let tensors = matched.iter().map(of).collect();
                    Held::There(Sample { density: fingerprint.sample.density, tensors })
                }
            });
        }
        let models = subjects
            .iter()
            .zip(models)
            .map(|(subject, model)| report_model(*subject, model, quick))
            .collect();
        let ancestor = options.ancestor;
        Ok(Self { models, matched, left_out, ancestor, exact, samplings, samples })
    }

    /// The pass over the models that are there; `None` where there are fewer than two.
    pub fn exact(&self) -> Option<&Plan> {
        self.exact.as_ref()
    }

    /// Everything that has to be read for the samples.
    pub fn portions(&self) -> impl Iterator<Item = Portion> {
        self.samplings
            .iter()
            .flat_map(|sampling| (0..sampling.portions()).map(|index| sampling.portion(index)))
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
        if let Some(Held::Coming(collector)) = self.samples.get_mut(taken.model) {
            collector.accept(taken);
        }
    }

    /// Whether all portions are in.
    pub fn is_complete(&self) -> bool {
        self.samples.iter().all(|held| match held {
            Held::Coming(collector) => collector.missing() == 0,
            Held::There(_) => true,
        })
    }

    /// The report, once all portions are in. `tally` is that of [`Self::exact`]; without it, or
    /// before it is complete, all pairs are estimates.
    ///
    /// # Panics
    /// When portions are missing.
    pub fn finish(self, tally: Option<&Tally>) -> Report {
        assert!(self.is_complete(), "portions are missing");
        let bytes = self.bytes();
        let Self { models, matched, left_out, ancestor, samples, .. } = self;
        let samples: Vec<Sample> = samples
            .into_iter()
            .map(|held| match held {
                Held::Coming(collector) => collector.finish(),
                Held::There(sample) => sample,
            })
            .collect();
        let mut records = tally.filter(|tally| tally.is_complete()).map(Tally::records);
        let tensors = matched
            .iter()
            .enumerate()
            .map(|(index, matched)| {
                let of_models: Vec<(&Kept, Density)> =
                    samples.iter().map(|sample| (&sample.tensors[index], sample.density)).collect();
                let Common { pick, values } = Common::of(&matched.name, &matched.shape, &of_models);
                let estimate = estimate(&matched.name, &pick, &values);
                let exact = records.as_mut().and_then(Iterator::next).flatten().cloned();
                EstimatedTensor { estimate, exact }
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
