//! What passes between the desk and a lane.

use serde::{Deserialize, Serialize};

use crate::pass::plan::Batch;
use crate::pass::run::Outcome;
use crate::sample::{SampleBatch, SampleChunk};

/// Work for one lane.
#[derive(Serialize, Deserialize)]
pub(super) enum Work {
    /// Compare.
    Batch(Batch),
    /// Sample.
    SampleBatch(SampleBatch),
}

/// What became of it.
#[derive(Serialize, Deserialize)]
pub(super) enum Done {
    /// Of a batch.
    Outcome(Outcome),
    /// Of a portion.
    SampleChunk(SampleChunk),
}
