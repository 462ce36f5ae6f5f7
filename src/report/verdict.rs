//! The headline number in words.

use serde::Serialize;

/// What a mean column cosine means between two models of one architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All compared tensors hold the same values, whatever the mean says.
    Identical,
    /// At least 0.98.
    TooClose,
    /// At least 0.95.
    FairDifference,
    /// At least 0.90.
    LargeDifference,
    /// Below 0.90.
    OtherAncestry,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Less than half of the weights of a model could be compared; see
    /// the gaps of the report.
    Share,
}

impl Verdict {
    /// The verdict on `column_cosine`.
    pub fn of(column_cosine: f64) -> Self {
        match column_cosine {
            cosine if cosine >= 0.98 => Self::TooClose,
            cosine if cosine >= 0.95 => Self::FairDifference,
            cosine if cosine >= 0.90 => Self::LargeDifference,
            _ => Self::OtherAncestry,
        }
    }

    /// The word of the JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::TooClose => "too_close",
            Self::FairDifference => "fair_difference",
            Self::LargeDifference => "large_difference",
            Self::OtherAncestry => "other_ancestry",
        }
    }

    /// The words, in English.
    pub fn words(self) -> &'static str {
        match self {
            Self::Identical => "the same weights",
            Self::TooClose => "too close for comfort",
            Self::FairDifference => "fair difference",
            Self::LargeDifference => "large difference",
            Self::OtherAncestry => "other ancestry mixed in",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_closer_verdict() {
        assert_eq!(Verdict::of(0.98), Verdict::TooClose);
        assert_eq!(Verdict::of(0.98_f64.next_down()), Verdict::FairDifference);
        assert_eq!(Verdict::of(0.95), Verdict::FairDifference);
        assert_eq!(Verdict::of(0.90), Verdict::LargeDifference);
        assert_eq!(Verdict::of(-1.0), Verdict::OtherAncestry);
    }
}
