//! One run under way, as the coordinator sees it: a comparison, or a fingerprint in the making.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::error::protocol_error;
use super::progress::{Progress, RunningPair};
use super::view::ReportView;
use crate::job::{Done, Job, Product, Through};

/// Hands out work, takes what came of it in, and makes the report or the fingerprint.
#[wasm_bindgen]
pub struct Run {
    files: Vec<File>,
    job: Job,
    bytes_total: u64,
    bytes_done: u64,
    tensor: String,
}

#[wasm_bindgen]
impl Run {
    /// All files, in the order every worker must have them.
    pub fn files(&self) -> Vec<File> {
        self.files.clone()
    }

    /// The next piece of work for `worker`, as bytes for [`super::WorkerCore::execute`]; `None` when all
    /// are handed out.
    #[wasm_bindgen(js_name = next)]
    pub fn next_work(&mut self, worker: usize) -> Option<Vec<u8>> {
        let work = self.job.next(worker)?;
        Some(postcard::to_allocvec(&work).expect("work has known lengths"))
    }

    /// Takes in what a worker made of a piece of work.
    ///
    /// # Errors
    /// A `WeightkinError` when the bytes are not a worker's.
    pub fn accept(&mut self, done: &[u8]) -> Result<(), JsValue> {
        let done: Done = postcard::from_bytes(done)
            .map_err(|error| protocol_error(&format!("bad outcome: {error}")))?;
        self.job.accept(done);
        Ok(())
    }

    /// Counts bytes that a worker has taken, the last ones for `tensor`.
    pub fn advance(&mut self, bytes: f64, tensor: String) {
        self.bytes_done += bytes as u64;
        self.tensor = tensor;
    }

    /// How far the run is after `elapsed_ms`, as JSON.
    pub fn progress(&self, elapsed_ms: f64) -> String {
        let Through { done: tensors_done, all: tensors } = self.job.through();
        let progress = Progress {
            bytes_done: self.bytes_done,
            bytes_total: self.bytes_total,
            fraction: 0.0,
            bytes_per_second: 0.0,
            eta_seconds: None,
            tensor: &self.tensor,
            tensors_done,
            tensors,
            pairs: self.job.running().map(RunningPair::all).unwrap_or_default(),
        };
        json(&progress.timed(elapsed_ms))
    }

    /// Whether everything is done.
    pub fn finished(&self) -> bool {
        self.job.is_complete()
    }

    /// The report of a comparison. Before the run is finished it covers the tensors done so far, and
    /// says how many are not; `None` where nothing can be said.
    pub fn report(&mut self) -> Option<ReportView> {
        // the file of a fingerprint can be taken once, and not here
        if matches!(self.job, Job::Fingerprint(_)) {
            return None;
        }
        match self.job.finish() {
            Ok(Some(Product::Report(report))) => Some((*report).into()),
            _ => None,
        }
    }

    /// The file of a fingerprint; `None` in other runs.
    ///
    /// # Errors
    /// A `WeightkinError` when it is larger than asked for.
    pub fn fingerprint(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        match self.job.finish()? {
            Some(Product::Fingerprint(bytes)) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }
}

impl Run {
    /// Of `job`, which reads `files`.
    pub(super) fn new(files: Vec<File>, job: Job) -> Self {
        Self { files, bytes_total: job.bytes(), job, bytes_done: 0, tensor: String::new() }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("messages have string keys only")
}
