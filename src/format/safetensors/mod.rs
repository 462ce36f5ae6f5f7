//! The header of a `.safetensors` file: which tensors it holds, and where.
//!
//! The format: eight bytes little-endian length `n`, `n` bytes of JSON, then the data section that
//! the tensors fill without gap or overlap. Offsets are `u64` everywhere: the `safetensors`
//! crate's own reader counts in `usize` and so cannot read files over 4 GiB on wasm32. Its rules
//! are kept, and natively it is the oracle of the tests.
//!
//! Nothing here reads: callers fetch [`PREFIX_BYTES`], ask [`json_bytes`] how much more is needed,
//! fetch exactly that, and hand it to [`Header::parse`].

mod error;
mod hash;
mod json;

use litemap::LiteMap;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::decode::blocks::Blocks;
use crate::dtype::Dtype;
use crate::sorted::{self, sort_by};
pub use error::HeaderError;
pub use hash::HeaderHash;

/// Bytes of the length field in front of the JSON text.
pub const PREFIX_BYTES: u64 = 8;

/// Longest JSON text accepted, the cap of the `safetensors` crate.
pub const CAP_BYTES: u64 = 100_000_000;

/// One tensor's place in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Number format; that of bytes where they are blocks.
    pub dtype: Dtype,
    /// Of which type the blocks are that its rows are made of; `safetensors` has none.
    pub blocks: Option<Blocks>,
    /// Dimensions, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
    /// First byte, from the start of the file.
    pub start: u64,
    /// One past the last byte, from the start of the file.
    pub end: u64,
}

/// A validated header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Free text the file's writer left, by key.
    pub metadata: LiteMap<String, String>,
    /// Tensors by name.
    pub tensors: LiteMap<String, TensorInfo>,
}

/// Length of the JSON text, from the file's first eight bytes.
///
/// # Errors
/// When the file is too small, or the stated length exceeds the cap or the file.
pub fn json_bytes(prefix: &[u8], file_bytes: u64) -> Result<u64, HeaderError> {
    let prefix: [u8; PREFIX_BYTES as usize] =
        prefix.try_into().map_err(|_| HeaderError::TooSmall { file_bytes })?;
    let header_bytes = u64::from_le_bytes(prefix);
    if header_bytes > CAP_BYTES {
        return Err(HeaderError::TooLarge { header_bytes, cap_bytes: CAP_BYTES });
    }
    let left_bytes =
        file_bytes.checked_sub(PREFIX_BYTES).ok_or(HeaderError::TooSmall { file_bytes })?;
    if header_bytes > left_bytes {
        return Err(HeaderError::BeyondFile { header_bytes, left_bytes });
    }
    Ok(header_bytes)
}

impl Header {
    /// Parses and validates the JSON text `json` of a file of `file_bytes`.
    ///
    /// # Errors
    /// One [`HeaderError`] for the first rule broken, in the order: text, names, each tensor by
    /// offset, file size.
    pub fn parse(json: &[u8], file_bytes: u64) -> Result<Self, HeaderError> {
        let text = std::str::from_utf8(json)
            .map_err(|error| HeaderError::Utf8 { offset: error.valid_up_to() as u64 })?;
        match text.as_bytes().first() {
            Some(b'{') => {}
            Some(&found) => return Err(HeaderError::NotAnObject { found }),
            None => return Err(HeaderError::Json { message: "it is empty".into() }),
        }
        let raw = json::read(text)?;

        let metadata = unique(raw.metadata)?;
        let data_start = PREFIX_BYTES + json.len() as u64;
        let mut tensors = Vec::with_capacity(raw.tensors.len());
        for (name, tensor) in raw.tensors {
            let dtype = parse_dtype(&name, &tensor.dtype)?;
            let (start, end) = tensor.data_offsets;
            tensors
                .push((name, TensorInfo { dtype, blocks: None, shape: tensor.shape, start, end }));
        }
        let mut tensors = unique(tensors)?;
        let data_bytes = check_layout(&tensors)?;

        let needed_bytes = data_start
            .checked_add(data_bytes)
            .ok_or(HeaderError::Truncated { file_bytes, needed_bytes: u64::MAX })?;
        if file_bytes < needed_bytes {
            return Err(HeaderError::Truncated { file_bytes, needed_bytes });
        }
        if file_bytes > needed_bytes {
            return Err(HeaderError::TrailingBytes { file_bytes, needed_bytes });
        }
        for (_, tensor) in &mut tensors {
            tensor.start += data_start;
            tensor.end += data_start;
        }
        Ok(Self { metadata, tensors })
    }
}

fn parse_dtype(tensor: &str, dtype: &str) -> Result<Dtype, HeaderError> {
    let deserializer: StrDeserializer<ValueError> = dtype.into_deserializer();
    Dtype::deserialize(deserializer).map_err(|_| HeaderError::UnknownDtype {
        tensor: tensor.to_owned(),
        dtype: dtype.to_owned(),
    })
}

fn unique<V>(entries: Vec<(String, V)>) -> Result<LiteMap<String, V>, HeaderError> {
    sorted::unique(entries).map_err(|(name, ..)| HeaderError::Duplicate { name })
}

/// Checks that the tensors fill the data section exactly, and gives its length.
fn check_layout(tensors: &LiteMap<String, TensorInfo>) -> Result<u64, HeaderError> {
    let mut by_offset: Vec<_> = tensors.iter().collect();
    sort_by(&mut by_offset, |(_, a), (_, b)| (a.start, a.end).cmp(&(b.start, b.end)));
    let mut previous_end = 0;
    for (name, tensor) in by_offset {
        let (start, end) = (tensor.start, tensor.end);
        if end < start {
            return Err(HeaderError::Backwards { tensor: name.clone(), start, end });
        }
        if start < previous_end {
            return Err(HeaderError::Overlap { tensor: name.clone(), start, previous_end });
        }
        if start > previous_end {
            return Err(HeaderError::Gap { tensor: name.clone(), start, previous_end });
        }
        let needed_bytes = tensor_bytes(name, tensor)?;
        if end - start != needed_bytes {
            let stored_bytes = end - start;
            return Err(HeaderError::SizeMismatch {
                tensor: name.clone(),
                stored_bytes,
                needed_bytes,
            });
        }
        previous_end = end;
    }
    Ok(previous_end)
}

fn tensor_bytes(name: &str, tensor: &TensorInfo) -> Result<u64, HeaderError> {
    let bits = tensor
        .shape
        .iter()
        .try_fold(1_u64, |product, &dimension| product.checked_mul(dimension))
        .and_then(|elements| elements.checked_mul(tensor.dtype.bitsize() as u64))
        .ok_or_else(|| HeaderError::Overflow {
            tensor: name.to_owned(),
            shape: tensor.shape.clone(),
        })?;
    if bits % 8 != 0 {
        return Err(HeaderError::Misaligned { tensor: name.to_owned(), bits });
    }
    Ok(bits / 8)
}
