//! What can be wrong with a header, one variant per rule of the format.

use thiserror::Error;

use crate::escape::{Escaped, EscapedQuoted, EscapedShape};

/// Why a file is not a valid `.safetensors` file. Messages are lower-case, carry the numbers, and
/// leave the file's name to [`crate::model::OpenError`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// The file ends inside the eight bytes that give the header's length.
    #[error("file has {file_bytes} bytes, too few for a safetensors header")]
    TooSmall {
        /// Size of the file.
        file_bytes: u64,
    },
    /// The header is longer than the format allows.
    #[error("header claims {header_bytes} bytes, over the cap of {cap_bytes}")]
    TooLarge {
        /// Length the file states.
        header_bytes: u64,
        /// Largest length accepted.
        cap_bytes: u64,
    },
    /// The header runs past the end of the file.
    #[error("header claims {header_bytes} bytes, but only {left_bytes} follow in the file")]
    BeyondFile {
        /// Length the file states.
        header_bytes: u64,
        /// Bytes that follow the length field.
        left_bytes: u64,
    },
    /// The header's bytes are not UTF-8.
    #[error("header is not UTF-8: bad byte at header offset {offset}")]
    Utf8 {
        /// Offset of the first bad byte, from the start of the JSON text.
        offset: u64,
    },
    /// The format wants the JSON text to begin with `{`.
    #[error("header does not begin with '{{' but with byte 0x{found:02x}")]
    NotAnObject {
        /// The byte found instead.
        found: u8,
    },
    /// The text is not JSON, or not JSON of the format's shape.
    #[error("header is not valid: {}", Escaped(message))]
    Json {
        /// The JSON reader's words, with line and column.
        message: String,
    },
    /// A tensor name, or a key of `__metadata__`, appears twice.
    #[error("{} appears twice in the header", EscapedQuoted(name))]
    Duplicate {
        /// The repeated key.
        name: String,
    },
    /// An unknown number format.
    #[error("tensor {} has unknown dtype {}", EscapedQuoted(tensor), EscapedQuoted(dtype))]
    UnknownDtype {
        /// Name of the tensor.
        tensor: String,
        /// The dtype as written.
        dtype: String,
    },
    /// Shape or byte count does not fit in 64 bits.
    #[error("tensor {} of shape {} overflows 64 bits", EscapedQuoted(tensor), EscapedShape(shape))]
    Overflow {
        /// Name of the tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<u64>,
    },
    /// A sub-byte dtype whose elements do not fill whole bytes.
    #[error("tensor {} has {bits} bits, not a whole number of bytes", EscapedQuoted(tensor))]
    Misaligned {
        /// Name of the tensor.
        tensor: String,
        /// Bits its elements take.
        bits: u64,
    },
    /// The end offset lies before the start offset.
    #[error("tensor {} ends at {end} before it starts at {start}", EscapedQuoted(tensor))]
    Backwards {
        /// Name of the tensor.
        tensor: String,
        /// Start offset in the data section.
        start: u64,
        /// End offset in the data section.
        end: u64,
    },
    /// Offsets and shape × dtype disagree.
    #[error(
        "tensor {} has {stored_bytes} bytes, but its shape and dtype need {needed_bytes}",
        EscapedQuoted(tensor)
    )]
    SizeMismatch {
        /// Name of the tensor.
        tensor: String,
        /// Bytes between the offsets.
        stored_bytes: u64,
        /// Bytes of shape × dtype.
        needed_bytes: u64,
    },
    /// Two tensors share bytes.
    #[error(
        "tensor {} starts at {start}, inside the tensor that ends at {previous_end}",
        EscapedQuoted(tensor)
    )]
    Overlap {
        /// Name of the later tensor.
        tensor: String,
        /// Where it starts.
        start: u64,
        /// Where the tensor before it ends.
        previous_end: u64,
    },
    /// Bytes between two tensors belong to none.
    #[error("{} bytes before tensor {} (offsets {previous_end} to {start}) belong to no tensor", start - previous_end, EscapedQuoted(tensor))]
    Gap {
        /// Name of the later tensor.
        tensor: String,
        /// Where it starts.
        start: u64,
        /// Where the tensor before it ends.
        previous_end: u64,
    },
    /// The file ends before its last tensor.
    #[error("file is cut short: {file_bytes} bytes of {needed_bytes}; {} missing", needed_bytes - file_bytes)]
    Truncated {
        /// Size of the file.
        file_bytes: u64,
        /// Size the header asks for.
        needed_bytes: u64,
    },
    /// The file goes on after its last tensor.
    #[error("file has {} bytes after its last tensor ({file_bytes} bytes, {needed_bytes} expected)", file_bytes - needed_bytes)]
    TrailingBytes {
        /// Size of the file.
        file_bytes: u64,
        /// Size the header asks for.
        needed_bytes: u64,
    },
}

/// The words for programs, one for each variant, as a function and as a list.
macro_rules! codes {
    ($(#[$attribute:meta])* pub fn code(&self) { $($variant:pat => $code:literal,)* }) => {
        /// All that [`Self::code`] gives.
        pub const CODES: &[&str] = &[$($code),*];

        $(#[$attribute])*
        pub fn code(&self) -> &'static str {
            match self {
                $($variant => $code,)*
            }
        }
    };
}

impl HeaderError {
    codes! {
        /// A stable word for programs, the same on every face of the crate.
        pub fn code(&self) {
            Self::TooSmall { .. } => "header_too_small",
            Self::TooLarge { .. } => "header_too_large",
            Self::BeyondFile { .. } => "header_beyond_file",
            Self::Utf8 { .. } => "header_not_utf8",
            Self::NotAnObject { .. } => "header_not_an_object",
            Self::Json { .. } => "header_not_json",
            Self::Duplicate { .. } => "duplicate_name",
            Self::UnknownDtype { .. } => "unknown_dtype",
            Self::Overflow { .. } => "overflow",
            Self::Misaligned { .. } => "misaligned",
            Self::Backwards { .. } => "backwards_offsets",
            Self::SizeMismatch { .. } => "size_mismatch",
            Self::Overlap { .. } => "overlap",
            Self::Gap { .. } => "gap",
            Self::Truncated { .. } => "truncated",
            Self::TrailingBytes { .. } => "trailing_bytes",
        }
    }
}
