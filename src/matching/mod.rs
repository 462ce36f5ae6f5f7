//! Which tensors are compared, and why the others are not.

mod aligned;
mod clip;
mod fused;
mod left_out;
mod matched;
mod unmatched;

pub use left_out::{LeftOut, Reason};
pub use matched::{Matched, Matching, NamedModel, match_models};
pub use unmatched::Unmatched;

use thiserror::Error;

use crate::escape::Escaped;

/// Most models of one comparison; the Gram matrix grows with the square.
pub const MAX_MODELS: usize = 16;

/// What the user can choose about a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Options {
    /// Compare the VAE (`first_stage_model.`) too. Off by default: most fine-tunes share one VAE
    /// bit for bit, which would only dilute the figure. A model that is nothing but a VAE turns
    /// it on.
    pub include_vae: bool,
    /// Position of a model that all others descend from, if the user knows one.
    pub ancestor: Option<usize>,
    /// Position of the model that adapters are added to.
    pub target: usize,
}

/// Why models cannot be compared at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MatchError {
    /// A comparison needs two models.
    #[error("{} given, at least two are needed", if *count == 1 { "1 model" } else { "no model" })]
    TooFewModels {
        /// Models given.
        count: usize,
    },
    /// More models than one pass can hold.
    #[error("{count} models given, at most {MAX_MODELS} can be compared at once")]
    TooManyModels {
        /// Models given.
        count: usize,
    },
    /// An adapter is a difference between checkpoints, not a checkpoint.
    #[error(
        "{} is a LoRA or another adapter: a difference to be added to a checkpoint, not a checkpoint",
        Escaped(model)
    )]
    Lora {
        /// Name of the model.
        model: String,
    },
    /// The ancestor is not among the models.
    #[error("model {ancestor} is named as the ancestor, but there are only {count}")]
    NoSuchAncestor {
        /// Position given.
        ancestor: usize,
        /// Models given.
        count: usize,
    },
    /// The model that adapters are to be added to is not among the models.
    #[error("adapters are to be added to model {target}, but there are only {count}")]
    NoSuchTarget {
        /// Position given.
        target: usize,
        /// Models given.
        count: usize,
    },
    /// An adapter is compared with models that are there, and read in full.
    #[error(
        "{} is an adapter: it is compared with checkpoints that are read in full, not with samples or fingerprints",
        Escaped(adapter)
    )]
    AdapterOfSamples {
        /// Name of the adapter.
        adapter: String,
    },
    /// No tensor name is common to all models with one shape.
    #[error("{models} have no tensor in common: {} left out{unmatched}", tensors_were(*left_out))]
    NothingInCommon {
        /// Names of the models, joined for reading.
        models: String,
        /// How many tensors were left out.
        left_out: usize,
        /// Names that they have instead.
        unmatched: Unmatched,
    },
}

/// So many tensors, with the verb.
fn tensors_were(count: usize) -> String {
    if count == 1 { "1 tensor was".to_owned() } else { format!("{count} tensors were") }
}

impl MatchError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewModels { .. } => "too_few_models",
            Self::TooManyModels { .. } => "too_many_models",
            Self::Lora { .. } => "lora",
            Self::NoSuchAncestor { .. } => "no_such_ancestor",
            Self::NoSuchTarget { .. } => "no_such_target",
            Self::AdapterOfSamples { .. } => "adapter_of_samples",
            Self::NothingInCommon { .. } => "nothing_in_common",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MatchError, Unmatched};

    #[test]
    fn programs_and_people_can_tell_errors_apart() {
        let models = "a and b".to_owned();
        for (error, code, text) in [
            (
                MatchError::TooFewModels { count: 1 },
                "too_few_models",
                "1 model given, at least two are needed",
            ),
            (
                MatchError::TooManyModels { count: 17 },
                "too_many_models",
                "17 models given, at most 16 can be compared at once",
            ),
            (
                MatchError::Lora { model: "a".to_owned() },
                "lora",
                "a is a LoRA or another adapter: a difference to be added to a checkpoint, not a checkpoint",
            ),
            (
                MatchError::NoSuchAncestor { ancestor: 2, count: 2 },
                "no_such_ancestor",
                "model 2 is named as the ancestor, but there are only 2",
            ),
            (
                MatchError::NothingInCommon {
                    models,
                    left_out: 3,
                    unmatched: Unmatched {
                        sides: vec![
                            ("a".to_owned(), vec!["net.x".to_owned(), "net.y".to_owned()]),
                            ("b".to_owned(), vec!["x".to_owned()]),
                        ],
                        prefixes: Some(("net.".to_owned(), String::new())),
                    },
                },
                "nothing_in_common",
                "a and b have no tensor in common: 3 tensors were left out; a has \"net.x\", \
                 \"net.y\"; b has \"x\"; the same names stand behind \"net.\" in a and behind \
                 nothing in b",
            ),
        ] {
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
    }
}
