//! The making of a fingerprint.

use super::{MakeError, SizeLimit, Through, Work};
use crate::fingerprint::{Fingerprint, SourceFacts};
use crate::input::{FullModel, Input};
use crate::sample::{Collector, SampleChunk, Sampling};

/// The making of the fingerprint of one model.
#[derive(Debug)]
pub struct FingerprintMaking {
    source: SourceFacts,
    limit: SizeLimit,
    sampling: Sampling,
    /// Batches that are handed out.
    handed: usize,
    /// Gone once the file is made.
    collector: Option<Collector>,
}

impl FingerprintMaking {
    pub(super) fn new(
        input: &Input,
        limit: SizeLimit,
        sha256: Option<String>,
    ) -> Result<Self, MakeError> {
        let density = limit.density(input)?;
        let Input::Full(FullModel { model, canonical, .. }) = input else {
            return Err(MakeError::IsOne { model: input.name().to_owned() });
        };
        let sampling = Sampling::of_model(canonical, density);
        let source = SourceFacts::of(model, canonical, sha256);
        let collector = Some(Collector::new(&sampling));
        Ok(Self { source, limit, sampling, handed: 0, collector })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.sampling.bytes()
    }

    pub(super) fn next(&mut self) -> Option<Work> {
        let batch =
            (self.handed < self.sampling.batches()).then(|| self.sampling.batch(self.handed))?;
        self.handed += 1;
        Some(Work::Sample(batch))
    }

    pub(super) fn accept(&mut self, chunk: SampleChunk) {
        if let Some(collector) = &mut self.collector {
            collector.accept(chunk);
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.collector.as_ref().is_some_and(|collector| collector.missing() == 0)
    }

    pub(super) fn through(&self) -> Through {
        let missing = self.collector.as_ref().map_or(0, Collector::missing);
        Through { done: self.sampling.batches() - missing, all: self.sampling.batches() }
    }

    /// The file, once everything is in.
    pub(super) fn file(&mut self) -> Result<Option<Vec<u8>>, MakeError> {
        let complete = self.is_complete();
        let Some(collector) = self.collector.take_if(|_| complete) else { return Ok(None) };
        let fingerprint = Fingerprint { source: self.source.clone(), sample: collector.finish() };
        let bytes = fingerprint.to_bytes();
        self.limit.check(&self.source.name, bytes.len() as u64)?;
        Ok(Some(bytes))
    }
}
