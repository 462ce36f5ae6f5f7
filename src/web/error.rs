//! Errors as JavaScript sees them.

use std::fmt::Display;

use js_sys::{Error, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::escape::Escaped;
use crate::job::{CompareError, MakeError};
use crate::model::OpenError;

/// What went wrong while a picked file was read.
#[derive(Debug)]
pub(super) struct ReadError {
    /// Name of the file.
    pub file: String,
    /// The browser's exception, or our own words.
    pub cause: JsValue,
}

impl ReadError {
    /// The file ended before the bytes the plan expects.
    pub(super) fn ended(file: String) -> Self {
        let cause = Error::new("the file ended early");
        cause.set_name("NotReadableError");
        Self { file, cause: cause.into() }
    }

    fn describe(&self) -> (&'static str, String) {
        let cause = self.cause.dyn_ref::<Error>();
        let name = cause.map(|error| String::from(error.name())).unwrap_or_default();
        let words =
            cause.map_or_else(|| format!("{:?}", self.cause), |e| String::from(e.message()));
        match name.as_str() {
            "NotReadableError" => {
                ("file_changed", "the file changed or can no longer be read".into())
            }
            "NotFoundError" => ("file_vanished", "the file is no longer there".into()),
            "SecurityError" | "NotAllowedError" => {
                ("permission_lost", "the browser no longer allows reading the file".into())
            }
            "RangeError" | "QuotaExceededError" => {
                ("out_of_memory", format!("out of memory: {words}"))
            }
            _ => ("file_unreadable", words),
        }
    }
}

/// A `WeightkinError`: an `Error` with `code` (a stable word) and, where there is one, `file`.
pub(super) fn weightkin_error(code: &str, file: Option<&str>, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_name("WeightkinError");
    let set = |key: &str, value: &str| {
        // cannot fail: the object is ours and not frozen
        let _ = Reflect::set(&error, &key.into(), &value.into());
    };
    set("code", code);
    if let Some(file) = file {
        set("file", file);
    }
    error.into()
}

impl From<ReadError> for JsValue {
    fn from(error: ReadError) -> Self {
        let (code, words) = error.describe();
        weightkin_error(code, Some(&error.file), &format!("{}: {words}", Escaped(&error.file)))
    }
}

impl From<OpenError> for JsValue {
    fn from(error: OpenError) -> Self {
        weightkin_error(error.code(), error.file(), &error.to_string())
    }
}

impl From<CompareError> for JsValue {
    fn from(error: CompareError) -> Self {
        weightkin_error(error.code(), None, &error.to_string())
    }
}

impl From<MakeError> for JsValue {
    fn from(error: MakeError) -> Self {
        weightkin_error(error.code(), None, &error.to_string())
    }
}

/// What is wrong with the content of `file`; `code` is the stable word for it.
pub(super) fn file_error(file: &str, code: &str, error: &dyn Display) -> JsValue {
    weightkin_error(code, Some(file), &format!("{}: {error}", Escaped(file)))
}

/// For messages that break the protocol between page and workers, which is our own fault.
pub(super) fn protocol_error(message: &str) -> JsValue {
    weightkin_error("protocol", None, message)
}
