//! Byte ranges of files, and streams over them.
//!
//! [`Source`] is the one seam between the core and whatever holds the bytes: a `Blob` in a
//! browser, a memory-mapped file and a counting double in the tests implement it.

mod reader;
mod source;

pub(crate) use reader::StreamReader;
pub use source::{ByteStream, Read, Source, Span};
