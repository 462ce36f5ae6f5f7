//! A search for the nearest relatives of one model, step by step.
//!
//! 1. [`Search::new`] ranks the whole index by sketches.
//! 2. [`Search::wanted`] names the few fingerprints that are worth reading.
//! 3. [`Search::refine`] compares each with the model, as a comparison of fingerprints does.
//! 4. [`Search::finish`] puts both together.

use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;

use super::error::SearchError;
use super::index::{Index, hash};
use super::rank::{Candidate, Ranking, Similarity, rank};
use super::sketch::Sketch;
use crate::architecture::Architecture;
use crate::fingerprint::Fingerprint;
use crate::input::{FingerprintModel, Input};
use crate::job::compare_fingerprints;
use crate::report::{Figures, Intervals, Verdict};
use crate::sorted::sort_by;

/// Value of the `format` field.
pub const FORMAT: &str = "weightkin-identification";
/// Version of the schema this crate writes.
const VERSION: u32 = 1;
/// Most fingerprints that are read because each may be the nearest.
pub const MOST_CONTENDERS: usize = 16;

/// A search that is under way, over an index that is borrowed or shared.
#[derive(Debug)]
pub struct Search<I> {
    probe: Arc<Input>,
    index: I,
    ranking: Ranking,
    /// For each model of the index.
    refined: Vec<Option<Box<Refined>>>,
}

/// Result of a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Identification {
    /// [`FORMAT`].
    pub format: String,
    /// Version of the schema.
    pub version: u32,
    /// The model whose relatives these are.
    pub model: Identified,
    /// Its relatives, nearest first.
    pub relatives: Vec<Relative>,
    /// How far the nearest is ahead, where there are two.
    pub margin: Option<Margin>,
    /// Models of other kinds, in the order of the index.
    pub apart: Vec<Apart>,
}

/// The model that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Identified {
    /// What to call it.
    pub name: String,
    /// What it is.
    pub architecture: Architecture,
}

/// A model of the same kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Relative {
    /// Its fingerprint, as the index names it.
    pub file: String,
    /// What to call it.
    pub name: String,
    /// Its title, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub title: Option<String>,
    /// What it is.
    pub architecture: Architecture,
    /// Estimate from the sketches.
    pub sketch: Similarity,
    /// Share of the columns of the smaller sketch that both have.
    pub shared: f64,
    /// Estimate from the fingerprints; only of the nearest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub refined: Option<Box<Refined>>,
}

/// What two fingerprints say about each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Refined {
    /// Over all tensors that both have.
    #[serde(flatten)]
    pub figures: Figures,
    /// Half-widths of the 95 % intervals.
    pub intervals: Intervals,
    /// The column cosine in words.
    pub verdict: Option<Verdict>,
    /// Tensors compared.
    pub tensors: u64,
    /// Those that are the same as far as the sample goes.
    pub identical_tensors: u64,
}

/// How far the nearest is ahead of the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Margin {
    /// Difference of the column cosines.
    pub column_cosine: f64,
    /// Half-width of its 95 % interval, as if the two estimates had nothing in common. They are
    /// of the same rows and columns, so the true one is narrower.
    pub half_width: f64,
}

/// A model of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Apart {
    /// Its fingerprint, as the index names it.
    pub file: String,
    /// What to call it.
    pub name: String,
    /// What it is.
    pub architecture: Architecture,
}

impl<I: Deref<Target = Index>> Search<I> {
    /// Ranks the models of `index` by how close they are to the one of `probe`.
    pub fn new(probe: Arc<Fingerprint>, index: I) -> Self {
        let ranking = rank(&Sketch::of(&probe.sample), &index);
        let probe = Arc::new(Input::Fingerprint(FingerprintModel::new(probe)));
        let refined = index.models.iter().map(|_| None).collect();
        Self { probe, index, ranking, refined }
    }

    /// The ranking by sketches.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// Positions in the index of the models whose fingerprints should be read: the nearest `top`,
    /// and those that may turn out to be the nearest, nearest first.
    pub fn wanted(&self, top: usize) -> Vec<usize> {
        let candidates = self.ranking.candidates.iter().enumerate();
        candidates
            .filter(|(rank, candidate)| {
                *rank < top || (candidate.contends && *rank < MOST_CONTENDERS)
            })
            .map(|(_, candidate)| candidate.model)
            .collect()
    }

    /// Takes in the fingerprint of the model at position `model` of the index, from the content of
    /// its file.
    ///
    /// # Errors
    /// When it is not the file that was indexed, or cannot be compared.
    pub fn refine(&mut self, model: usize, bytes: &[u8]) -> Result<(), SearchError> {
        let facts = &self.index.models[model].facts;
        if facts.bytes != bytes.len() as u64 || facts.hash != hash(bytes) {
            return Err(SearchError::Changed { file: facts.file.clone() });
        }
        let refined = Refined::of(&self.probe, Fingerprint::from_bytes(bytes)?)?;
        self.refined[model] = Some(Box::new(refined));
        Ok(())
    }

    /// The result: what was refined first, by its estimate; then the others by their sketches.
    pub fn finish(self) -> Identification {
        let Self { probe, index, ranking, mut refined } = self;
        let mut relative = |candidate: &Candidate| {
            let facts = &index.models[candidate.model].facts;
            Relative {
                file: facts.file.clone(),
                name: facts.source.name.clone(),
                title: facts.source.title.clone(),
                architecture: facts.architecture,
                sketch: candidate.similarity,
                shared: candidate.shared,
                refined: refined[candidate.model].take(),
            }
        };
        let mut relatives: Vec<Relative> = ranking.candidates.iter().map(&mut relative).collect();
        sort_by(&mut relatives, |a, b| {
            let nearness = |relative: &Relative| {
                (relative.refined.is_some(), relative.similarity().column_cosine)
            };
            let (a, b) = (nearness(a), nearness(b));
            b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        let apart = |model: &usize| {
            let facts = &index.models[*model].facts;
            Apart {
                file: facts.file.clone(),
                name: facts.source.name.clone(),
                architecture: facts.architecture,
            }
        };
        Identification {
            format: FORMAT.to_owned(),
            version: VERSION,
            model: Identified {
                name: probe.name().to_owned(),
                architecture: probe.recognition().architecture,
            },
            margin: Margin::between(&relatives),
            relatives,
            apart: ranking.apart.iter().map(apart).collect(),
        }
    }
}

impl Identification {
    /// The result as JSON text, ending in a newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("it has string keys only");
        json.push('\n');
        json
    }
}

impl Relative {
    /// How close it is, as well as is known.
    pub fn similarity(&self) -> Similarity {
        let refined = self.refined.as_ref().and_then(|refined| {
            let column_cosine = refined.figures.column_cosine?;
            let half_width = refined.intervals.column_cosine.unwrap_or(0.0);
            Some(Similarity { column_cosine, half_width })
        });
        refined.unwrap_or(self.sketch)
    }
}

impl Margin {
    fn between(relatives: &[Relative]) -> Option<Self> {
        let [first, second, ..] = relatives else { return None };
        let (first, second) = (first.similarity(), second.similarity());
        Some(Self {
            column_cosine: first.column_cosine - second.column_cosine,
            half_width: (first.half_width * first.half_width
                + second.half_width * second.half_width)
                .sqrt(),
        })
    }
}

impl Refined {
    fn of(probe: &Arc<Input>, other: Fingerprint) -> Result<Self, SearchError> {
        let other = Input::Fingerprint(FingerprintModel::new(Arc::new(other)));
        let report = compare_fingerprints(Arc::clone(probe), Arc::new(other))?;
        let pair = &report.pairs[0];
        Ok(Self {
            figures: pair.figures,
            intervals: pair.intervals.unwrap_or_default(),
            verdict: pair.verdict,
            tensors: report.compared.tensors,
            identical_tensors: pair.identical_tensors,
        })
    }
}
