//! Why a comparison cannot be planned.

use thiserror::Error;

use crate::matching::MatchError;
use crate::pass::plan::PlanError;

/// Why models cannot be compared at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CompareError {
    /// They do not fit together.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// They are too large.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl CompareError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Match(error) => error.code(),
            Self::Plan(error) => error.code(),
        }
    }
}
