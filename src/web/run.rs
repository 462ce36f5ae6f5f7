//! One comparison under way, as the desk sees it.

use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::desk::OpenModel;
use super::error::protocol_error;
use super::progress::{Progress, RunningPair};
use crate::compare::{CompareError, LeftOut, Options, match_models};
use crate::execute::Outcome;
use crate::model::Model;
use crate::plan::{Plan, PlannedFile};
use crate::report::Report;
use crate::tally::Tally;

/// Hands out batches, takes outcomes in, and makes the report.
#[wasm_bindgen]
pub struct Run {
    models: Vec<Rc<OpenModel>>,
    plan: Plan,
    ancestor: Option<usize>,
    tally: Tally,
    next_batch: usize,
    bytes_done: u64,
    tensor: String,
}

/// What is going to be compared.
#[derive(Serialize)]
struct Summary<'a> {
    bytes_total: u64,
    tensors: usize,
    columns: u64,
    batches: usize,
    files: &'a [PlannedFile],
    left_out: &'a [LeftOut],
}

#[wasm_bindgen]
impl Run {
    /// What is going to be compared, as JSON.
    pub fn summary(&self) -> String {
        json(&Summary {
            bytes_total: self.plan.bytes(),
            tensors: self.plan.tensors.len(),
            columns: self.plan.columns(),
            batches: self.plan.batches(),
            files: &self.plan.files,
            left_out: &self.plan.left_out,
        })
    }

    /// All files, in the order every lane must have them.
    pub fn files(&self) -> Vec<File> {
        self.models.iter().flat_map(|open| open.files.iter().cloned()).collect()
    }

    /// The next batch, as bytes for [`super::Lane::execute`]; `None` when all are handed out.
    #[wasm_bindgen(js_name = next)]
    pub fn next_batch(&mut self) -> Option<Vec<u8>> {
        let index = self.next_batch;
        (index < self.plan.batches()).then(|| {
            self.next_batch += 1;
            postcard::to_allocvec(&self.plan.batch(index)).expect("batches have known lengths")
        })
    }

    /// Takes in what a lane made of a batch.
    ///
    /// # Errors
    /// A `WeightkinError` when the bytes are not a lane's.
    pub fn accept(&mut self, outcome: &[u8]) -> Result<(), JsValue> {
        let outcome: Outcome = postcard::from_bytes(outcome)
            .map_err(|error| protocol_error(&format!("bad outcome: {error}")))?;
        self.tally.accept(outcome);
        Ok(())
    }

    /// Counts bytes that a lane has taken, the last ones for `tensor`.
    pub fn advance(&mut self, bytes: f64, tensor: String) {
        self.bytes_done += bytes as u64;
        self.tensor = tensor;
    }

    /// How far the run is after `elapsed_ms`, as JSON.
    pub fn progress(&self, elapsed_ms: f64) -> String {
        let progress = Progress {
            bytes_done: self.bytes_done,
            bytes_total: self.plan.bytes(),
            fraction: 0.0,
            bytes_per_second: 0.0,
            eta_seconds: None,
            tensor: &self.tensor,
            tensors_done: self.tally.complete(),
            tensors: self.plan.tensors.len(),
            pairs: RunningPair::all(self.plan.models, self.tally.running()),
        };
        json(&progress.timed(elapsed_ms))
    }

    /// Whether every tensor is done.
    pub fn finished(&self) -> bool {
        self.tally.is_complete()
    }

    /// The report as JSON text. Before the run is finished it covers the tensors done so far, and
    /// says how many are not.
    pub fn report(&self) -> String {
        let models: Vec<&Model> = self.models.iter().map(|open| &open.model).collect();
        Report::new(&models, &self.plan, &self.tally, self.ancestor).to_json()
    }
}

impl Run {
    pub(super) fn new(models: Vec<Rc<OpenModel>>, options: &Options) -> Result<Self, CompareError> {
        let facts: Vec<&Model> = models.iter().map(|open| &open.model).collect();
        let plan = Plan::new(&facts, match_models(&facts, options)?)?;
        let tally = Tally::new(&plan);
        let ancestor = options.ancestor;
        Ok(Self {
            models,
            plan,
            ancestor,
            tally,
            next_batch: 0,
            bytes_done: 0,
            tensor: String::new(),
        })
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("messages have string keys only")
}
