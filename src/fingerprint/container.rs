//! Small `.safetensors` files that describe themselves: their metadata has one key, whose value is
//! a JSON text that ends in a checksum of everything else in the file.

use std::collections::HashMap;
use std::hash::Hasher as _;

use ::safetensors::tensor::{TensorView, serialize};
use litemap::LiteMap;
use serde::Deserialize;
use twox_hash::XxHash64;

use crate::dtype::Dtype;
use crate::format::safetensors::{Header, HeaderError, PREFIX_BYTES, TensorInfo, json_bytes};
use crate::sorted;

/// Hexadecimal digits of a checksum.
pub(crate) const CHECKSUM_DIGITS: usize = 16;
/// What follows the checksum's digits in the description.
const CHECKSUM_END: &str = "\"}";

/// Tensors by name: number format, dimensions, bytes.
pub(crate) type Tensors<'a> = LiteMap<&'a str, (Dtype, Vec<u64>, &'a [u8])>;

/// The part of a description that says how to read the rest.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub version: u32,
    /// Version of what is in it.
    #[serde(alias = "rule", alias = "sketch")]
    pub content: u32,
}

/// The file of `tensors` with the metadata `key`. `description` gives the text for a checksum.
pub(crate) fn write_checksummed(
    key: &str,
    tensors: &Tensors,
    description: impl Fn(String) -> String,
) -> Vec<u8> {
    let found = checksum(&description("0".repeat(CHECKSUM_DIGITS)), tensors);
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        let shape = shape.iter().map(|dimension| *dimension as usize).collect();
        (name, TensorView::new(*dtype, shape, bytes).expect("the bytes are those of the shape"))
    });
    // one key only: the order of several would be a matter of chance
    let metadata = HashMap::from([(key.to_owned(), description(found))]);
    serialize(views, Some(metadata)).expect("the tensors fit into memory")
}

/// The header of the file `bytes`.
pub(crate) fn header(bytes: &[u8]) -> Result<Header, HeaderError> {
    let prefix = bytes.get(..PREFIX_BYTES as usize).unwrap_or(bytes);
    let json_bytes = json_bytes(prefix, bytes.len() as u64)?;
    let json = &bytes[PREFIX_BYTES as usize..][..json_bytes as usize];
    Header::parse(json, bytes.len() as u64)
}

/// The tensors that `header` finds in the file `bytes`.
pub(crate) fn tensors<'a>(header: &'a Header, bytes: &'a [u8]) -> Tensors<'a> {
    let place = |info: &TensorInfo| &bytes[info.start as usize..info.end as usize];
    let tensor = |info: &TensorInfo| (info.dtype, info.shape.clone(), place(info));
    let entries = header.tensors.iter().map(|(name, info)| (name.as_str(), tensor(info)));
    sorted::first(entries.collect())
}

/// The checksum of a file with the description `text`, whose own checksum does not count.
pub(crate) fn checksum(text: &str, tensors: &Tensors) -> String {
    let mut hash = XxHash64::with_seed(0);
    let counted = text.len().saturating_sub(CHECKSUM_DIGITS + CHECKSUM_END.len());
    hash.write(&text.as_bytes()[..counted]);
    for (name, (dtype, shape, bytes)) in tensors {
        hash_tensor(&mut hash, name, *dtype, shape);
        hash.write(bytes);
    }
    digits(&hash)
}

/// The start of a checksum that a file states, which may be any text.
pub(crate) fn stated(checksum: &str) -> String {
    checksum.chars().take(CHECKSUM_DIGITS).collect()
}

/// Name, dtype, number of dimensions and dimensions.
pub(crate) fn hash_tensor(hash: &mut XxHash64, name: &str, dtype: Dtype, shape: &[u64]) {
    hash.write(name.as_bytes());
    hash.write(&[0]);
    hash.write(dtype.to_string().as_bytes());
    hash.write(&[0]);
    hash.write(&(shape.len() as u64).to_le_bytes());
    for dimension in shape {
        hash.write(&dimension.to_le_bytes());
    }
}

/// XXH64 in hexadecimal digits.
pub(crate) fn digits(hash: &XxHash64) -> String {
    format!("{:016x}", hash.finish())
}
