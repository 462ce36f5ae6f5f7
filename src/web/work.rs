//! What passes between the desk and a lane.

use serde::{Deserialize, Serialize};

use crate::execute::Outcome;
use crate::fingerprint::{Portion, Taken};
use crate::plan::Batch;

/// Work for one lane.
#[derive(Serialize, Deserialize)]
pub(super) enum Work {
    /// Compare.
    Batch(Batch),
    /// Sample.
    Portion(Portion),
}

/// What became of it.
#[derive(Serialize, Deserialize)]
pub(super) enum Done {
    /// Of a batch.
    Outcome(Outcome),
    /// Of a portion.
    Taken(Taken),
}
