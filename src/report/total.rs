//! Sums of tensor records over a scope.

use super::interval::{Intervals, PerturbedSums, SampledTerm, half_width, replicates};
use super::{Figures, Pair, ReportTensor, Verdict};
use crate::gram::{GramRecord, distinct_pairs, pair};

/// The sum of some tensors' records.
#[derive(Debug, Clone, PartialEq)]
pub struct Total<'a> {
    models: usize,
    tensors: u64,
    record: GramRecord,
    /// Numbers that the inner products run over.
    elements: u64,
    /// Identical tensors for each pair `a < b`.
    identical: Vec<u64>,
    /// The tensors that are samples.
    members: Vec<SampledTerm<'a>>,
}

impl<'a> Total<'a> {
    /// Of no tensors.
    pub fn zero(models: usize) -> Self {
        Self {
            models,
            tensors: 0,
            record: GramRecord::zero(models),
            elements: 0,
            identical: vec![0; distinct_pairs(models).count()],
            members: Vec::new(),
        }
    }

    /// Adds a tensor. Tensors must be added in the order of their names, so that
    /// the last bits do not depend on anything else.
    pub fn add(&mut self, tensor: &'a ReportTensor) {
        let record = &tensor.record;
        if record.columns == 0 {
            // an empty tensor counts nowhere
            return;
        }
        self.tensors += 1;
        for (distinct, (a, b)) in distinct_pairs(self.models).enumerate() {
            self.identical[distinct] += u64::from(is_identical(record, distinct, a, b));
        }
        if let Some(spread) = &tensor.sample {
            self.members.push(SampledTerm { spread, integer: tensor.integer });
        }
        if tensor.integer {
            // whole numbers count in the column cosine only
            let gram = vec![0.0; record.gram.len()];
            self.record.add(&GramRecord { gram, finite_columns: 0, ..record.clone() });
        } else {
            // a report from a stranger may claim any shape
            let elements = tensor.shape.iter().copied().fold(1, u64::saturating_mul);
            self.elements = self.elements.saturating_add(elements);
            self.record.add(record);
        }
    }

    /// Number of models.
    pub fn models(&self) -> usize {
        self.models
    }

    /// Tensors added.
    pub fn tensors(&self) -> u64 {
        self.tensors
    }

    /// Columns of the tensors added.
    pub fn columns(&self) -> u64 {
        self.record.columns
    }

    /// Numbers that the inner products run over.
    pub fn elements(&self) -> u64 {
        self.elements
    }

    /// `⟨W_a, W_b⟩` over the tensors added.
    pub fn product(&self, a: usize, b: usize) -> f64 {
        self.record.gram[pair(self.models, a.min(b), a.max(b))]
    }

    /// `⟨W_a - W_origin, W_b - W_origin⟩` over the tensors added.
    pub fn product_from(&self, origin: usize, a: usize, b: usize) -> f64 {
        self.product(a, b) - self.product(a, origin) - self.product(b, origin)
            + self.product(origin, origin)
    }

    /// Whether any of the tensors is a sample.
    pub(super) fn is_sampled(&self) -> bool {
        !self.members.is_empty()
    }

    /// What a figure is made of.
    pub(super) fn sums(&self) -> PerturbedSums<'_> {
        PerturbedSums::unperturbed(&self.record)
    }

    /// Half-width of the 95 % interval of `figure`.
    pub(super) fn half_width(&self, figure: &dyn Fn(&PerturbedSums<'_>) -> f64) -> Option<f64> {
        half_width(&self.record, &self.members, figure)
    }

    /// The same as other samples might have it; none where nothing is sampled.
    pub(super) fn replicates(&self) -> Vec<Self> {
        if !self.is_sampled() {
            return Vec::new();
        }
        replicates(&self.record, &self.members)
            .into_iter()
            .map(|record| Self { record, members: Vec::new(), ..self.clone() })
            .collect()
    }

    /// The figures of all pairs `a < b`.
    pub fn pairs(&self) -> Vec<Pair> {
        distinct_pairs(self.models)
            .enumerate()
            .map(|(distinct, (a, b))| {
                let figures = Figures::of(&self.record, distinct, a, b);
                Pair {
                    a,
                    b,
                    figures,
                    identical_tensors: self.identical[distinct],
                    // a sample sees only a part
                    verdict: if !self.is_sampled() && self.identical[distinct] == self.tensors {
                        Some(Verdict::Identical)
                    } else {
                        figures.judged_cosine().map(Verdict::of)
                    },
                    withheld: None,
                    ancestor_cosine: None,
                    intervals: self
                        .is_sampled()
                        .then(|| Intervals::of(&self.record, &self.members, distinct, a, b)),
                }
            })
            .collect()
    }
}

/// Whether `a` and `b`, the `distinct`-th pair, hold the same values, whatever format they are
/// stored in.
#[allow(clippy::float_cmp)] // bits are what it is about
pub(super) fn is_identical(record: &GramRecord, distinct: usize, a: usize, b: usize) -> bool {
    if let Some(elements) = &record.elements {
        return elements.same[distinct];
    }
    // of samples, and in older reports: the same values give the same sums, bit for bit; columns
    // that are not finite have no sums
    let models = record.models();
    let aa = record.gram[pair(models, a, a)];
    record.finite_columns == record.columns
        && aa == record.gram[pair(models, a, b)]
        && aa == record.gram[pair(models, b, b)]
}
