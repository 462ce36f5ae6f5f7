//! How the sums of a record change when a part of the sample is left out.

use weightkin_kernel::gram::GramRecord;

/// A change of the sums of a record.
pub(super) struct Move {
    pub(super) gram: Vec<f64>,
    pub(super) cosine_sums: Vec<f64>,
}

impl Move {
    fn between(from: &GramRecord, to: &GramRecord, scale: f64) -> Self {
        let scaled = |from: &[f64], to: &[f64]| {
            from.iter().zip(to).map(|(from, to)| (to - from) * scale).collect()
        };
        Self {
            gram: scaled(&from.gram, &to.gram),
            cosine_sums: scaled(&from.cosine_sums, &to.cosine_sums),
        }
    }
}

/// The moves from the mean of `leave_outs` to each of them, as the jackknife scales them where
/// the share `missing` of everything is not in the sample.
pub(super) fn jackknife(leave_outs: &[GramRecord], missing: f64) -> Vec<Move> {
    let count = leave_outs.len() as f64;
    let mut mean = leave_outs[0].clone();
    for other in &leave_outs[1..] {
        mean.add(other);
    }
    mean.gram.iter_mut().chain(&mut mean.cosine_sums).for_each(|sum| *sum /= count);
    let scale = ((count - 1.0) / count * missing).sqrt();
    leave_outs.iter().map(|without| Move::between(&mean, without, scale)).collect()
}
