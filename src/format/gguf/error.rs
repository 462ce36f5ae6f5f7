//! Why a GGUF file could not be read.

use thiserror::Error;

use crate::escape::EscapedQuoted;

/// Why a GGUF file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GgufError {
    /// The first version, whose counts have 32 bits, or one of the other byte order.
    #[error("an old or big-endian GGUF file (version {version}); convert it again")]
    Version {
        /// The stated version.
        version: u32,
    },
    /// It ends inside its header.
    #[error("the GGUF header goes on behind the end of the file ({file_bytes} bytes)")]
    TooSmall {
        /// Size of the file.
        file_bytes: u64,
    },
    /// More entries than the file could hold.
    #[error("the GGUF header promises {count} {what}, more than {file_bytes} bytes can hold")]
    Count {
        /// Entries of which kind.
        what: &'static str,
        /// How many.
        count: u64,
        /// Size of the file.
        file_bytes: u64,
    },
    /// A value of metadata of a kind that there is not, or nested too deeply.
    #[error("metadata {} has a value of the unknown type {kind}", EscapedQuoted(key))]
    Value {
        /// Name of the entry.
        key: String,
        /// The stated type.
        kind: u32,
    },
    /// A name that is no UTF-8, or longer than any name is.
    #[error("the name of {what} {at} is not readable")]
    Name {
        /// Of which kind of entry.
        what: &'static str,
        /// Position of the entry.
        at: u64,
    },
    /// More text than any model needs.
    #[error("names and short metadata take more than {most_bytes} bytes")]
    TooLarge {
        /// How much is kept.
        most_bytes: u64,
    },
    /// Data begins where it cannot.
    #[error("the alignment of {alignment} bytes is not a power of two")]
    Alignment {
        /// The stated alignment.
        alignment: u64,
    },
    /// A type that llama.cpp does not define, or no longer.
    #[error(
        "tensor {} has ggml type {number}, which llama.cpp does not define",
        EscapedQuoted(tensor)
    )]
    Type {
        /// Name of the tensor.
        tensor: String,
        /// Number of the type.
        number: u32,
    },
    /// Dimensions that no tensor has, or rows that are not made of whole blocks.
    #[error("tensor {} has a shape that its type does not allow: {shape:?}", EscapedQuoted(tensor))]
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Dimensions, outermost first.
        shape: Vec<u64>,
    },
    /// Bytes that are not in the file, not aligned, or another tensor's.
    #[error(
        "tensor {} is at {start}, which is not aligned, behind the end or inside another tensor",
        EscapedQuoted(tensor)
    )]
    Place {
        /// Name of the tensor.
        tensor: String,
        /// First byte, from the start of the file.
        start: u64,
    },
    /// Two tensors of one name.
    #[error("tensor {} is there twice", EscapedQuoted(tensor))]
    Duplicate {
        /// Name of the tensor.
        tensor: String,
    },
}

impl GgufError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version { .. } => "gguf_version",
            Self::Type { .. } => "gguf_type",
            _ => "gguf_damaged",
        }
    }
}
