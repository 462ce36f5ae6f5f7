//! How far a comparison is, for showing.

use serde::Serialize;

use crate::gram::{GramRecord, distinct_pairs};

/// A snapshot. Times come from the page, so that the core needs no clock.
#[derive(Serialize)]
pub(super) struct Progress<'a> {
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Share of the bytes, 0 to 1.
    pub fraction: f64,
    /// Mean rate since the start; 0 before any time has passed.
    pub bytes_per_second: f64,
    /// At the mean rate; `None` before anything is done.
    pub eta_seconds: Option<f64>,
    /// The tensor read last.
    pub tensor: &'a str,
    pub tensors_done: usize,
    pub tensors: usize,
    /// Running means of all pairs `a < b`.
    pub pairs: Vec<RunningPair>,
}

/// Mean column cosine over the tensors done so far.
#[derive(Serialize)]
pub(super) struct RunningPair {
    pub a: usize,
    pub b: usize,
    pub column_cosine: Option<f64>,
}

impl RunningPair {
    pub(super) fn all(running: &GramRecord) -> Vec<Self> {
        distinct_pairs(running.models())
            .enumerate()
            .map(|(distinct, (a, b))| Self {
                a,
                b,
                column_cosine: crate::report::Figures::of(running, distinct, a, b).column_cosine,
            })
            .collect()
    }
}

impl Progress<'_> {
    /// Fills in what follows from bytes and time.
    pub(super) fn timed(mut self, elapsed_ms: f64) -> Self {
        let seconds = elapsed_ms / 1000.0;
        self.fraction = if self.bytes_total == 0 {
            1.0
        } else {
            self.bytes_done as f64 / self.bytes_total as f64
        };
        if seconds > 0.0 {
            self.bytes_per_second = self.bytes_done as f64 / seconds;
        }
        if self.bytes_per_second > 0.0 {
            let rest_bytes = self.bytes_total.saturating_sub(self.bytes_done);
            self.eta_seconds = Some(rest_bytes as f64 / self.bytes_per_second);
        }
        self
    }
}
