//! What the server was asked, for readers and for tests that expect silence.

use std::fmt;

use serde::Serialize;

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path with its query, as the client sent it.
    pub path: String,
    /// The `Range` header, if there was one.
    pub range: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.status, self.method, self.path)?;
        match &self.range {
            Some(range) => write!(formatter, " [{range}]"),
            None => Ok(()),
        }
    }
}
