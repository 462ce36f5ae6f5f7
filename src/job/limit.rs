//! How large a fingerprint may be, and when none can be made.

use thiserror::Error;

use crate::architecture::Architecture;
use crate::escape::Escaped;
use crate::fingerprint::{MOST_BYTES, fitting_density};
use crate::input::Input;
use crate::sample::Density;

/// How large a fingerprint is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SizeLimit {
    /// Rows to take of a tensor with 1280 columns.
    pub rows: Option<u32>,
    /// Largest size of the file; [`MOST_BYTES`] where neither is given.
    pub most_bytes: Option<u64>,
}

/// Why no fingerprint is made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MakeError {
    /// A fingerprint of a fingerprint would be the same again.
    #[error("this is a fingerprint already: {}", Escaped(model))]
    IsOne {
        /// Name of the model.
        model: String,
    },
    /// A LoRA is a difference between checkpoints.
    #[error(
        "this is a LoRA or another adapter, a difference to be added to a checkpoint, not a checkpoint: {}",
        Escaped(model)
    )]
    Lora {
        /// Name of the model.
        model: String,
    },
    /// No sample has so many rows, or none at all.
    #[error("a fingerprint takes 1 to {} rows, not {rows}", Density::MOST_ROWS)]
    Rows {
        /// Rows asked for.
        rows: u32,
    },
    /// Even the smallest sample is larger than asked for.
    #[error(
        "no fingerprint of this model has at most {most_bytes} bytes; the smallest has {bytes}: {}",
        Escaped(model)
    )]
    TooLarge {
        /// Name of the model.
        model: String,
        /// Size of the smallest.
        bytes: u64,
        /// Largest size asked for.
        most_bytes: u64,
    },
}

impl MakeError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IsOne { .. } => "is_a_fingerprint",
            Self::Lora { .. } => "lora",
            Self::Rows { .. } => "fingerprint_rows",
            Self::TooLarge { .. } => "fingerprint_too_large",
        }
    }
}

impl SizeLimit {
    /// How much to take of `input`.
    ///
    /// # Errors
    /// When `input` is a fingerprint or a LoRA, or no sample has so many rows.
    pub fn density(&self, input: &Input) -> Result<Density, MakeError> {
        let model = || input.name().to_owned();
        if input.recognition().architecture == Architecture::Lora {
            return Err(MakeError::Lora { model: model() });
        }
        if !input.is_full() {
            return Err(MakeError::IsOne { model: model() });
        }
        let Some(rows) = self.rows else {
            return Ok(fitting_density(input.canonical(), self.most_bytes.unwrap_or(MOST_BYTES)));
        };
        let density = Density { rows, ..Density::DEFAULT };
        if density.is_valid() { Ok(density) } else { Err(MakeError::Rows { rows }) }
    }

    /// Whether the file of `model` came out small enough.
    ///
    /// # Errors
    /// When it did not.
    pub fn check(&self, model: &str, bytes: u64) -> Result<(), MakeError> {
        match self.most_bytes {
            Some(most_bytes) if self.rows.is_none() && bytes > most_bytes => {
                Err(MakeError::TooLarge { model: model.to_owned(), bytes, most_bytes })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::safetensors::Header;
    use crate::input::FullModel;
    use crate::model::{FileFacts, Model};

    fn input() -> Input {
        let file = FileFacts { name: "m.safetensors".to_owned(), bytes: 10 };
        let header = Header::parse(b"{}", 10).unwrap();
        let model = Model::assemble("m".to_owned(), vec![(file, header)], &[]).unwrap();
        Input::Full(FullModel::new(model))
    }

    #[test]
    fn programs_and_people_can_tell_errors_apart() {
        let model = || "m".to_owned();
        for (error, code, text) in [
            (
                MakeError::IsOne { model: model() },
                "is_a_fingerprint",
                "this is a fingerprint already: m",
            ),
            (
                MakeError::Lora { model: model() },
                "lora",
                "this is a LoRA or another adapter, a difference to be added to a checkpoint, not a checkpoint: m",
            ),
            (
                MakeError::Rows { rows: 4097 },
                "fingerprint_rows",
                "a fingerprint takes 1 to 4096 rows, not 4097",
            ),
            (
                MakeError::TooLarge { model: model(), bytes: 9, most_bytes: 8 },
                "fingerprint_too_large",
                "no fingerprint of this model has at most 8 bytes; the smallest has 9: m",
            ),
        ] {
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
    }

    #[test]
    fn a_size_asked_for_is_the_largest_that_will_do() {
        let limit = |rows, most_bytes| SizeLimit { rows, most_bytes };
        let too_large = MakeError::TooLarge { model: "m".to_owned(), bytes: 9, most_bytes: 8 };
        assert_eq!(limit(None, Some(8)).check("m", 8), Ok(()));
        assert_eq!(limit(None, Some(8)).check("m", 9), Err(too_large));
        // rows that were asked for are taken whatever becomes of it
        assert_eq!(limit(Some(1), Some(8)).check("m", 9), Ok(()));
        assert_eq!(limit(None, None).check("m", u64::MAX), Ok(()));
    }

    #[test]
    fn rows_are_at_least_one_and_at_most_what_makes_sense() {
        let density = |rows| SizeLimit { rows: Some(rows), most_bytes: None }.density(&input());
        assert_eq!(density(1).unwrap().rows, 1);
        assert_eq!(density(4096).unwrap().rows, 4096);
        for rows in [0, 4097] {
            assert_eq!(density(rows), Err(MakeError::Rows { rows }));
        }
    }
}
