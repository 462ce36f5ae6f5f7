//! The header of a file that the user picked.

use wasm_bindgen::JsValue;
use web_sys::File;

use super::blob::read_slice;
use crate::format::gguf;
use crate::format::safetensors::{self, Header, HeaderHash};
use crate::model::{OpenError, SNIFF_BYTES};

/// Reads the header of `file`, called `name` and of `file_bytes`, and nothing else; its bytes enter
/// `hash`.
///
/// # Errors
/// A `WeightkinError` when the file cannot be read or its header is not valid.
pub(super) async fn read_header(
    file: &File,
    name: &str,
    file_bytes: u64,
    hash: &mut HeaderHash,
) -> Result<Header, JsValue> {
    let start = read_slice(file, 0, file_bytes.min(SNIFF_BYTES)).await?;
    if start.starts_with(&gguf::MAGIC) {
        let invalid = |source| OpenError::Gguf { file: name.to_owned(), source };
        let mut reader = gguf::HeaderReader::new(file_bytes);
        while let Some((start, end)) = reader.wanted() {
            let portion = read_slice(file, start, end).await?;
            hash.add(&portion);
            reader.accept(&portion).map_err(invalid)?;
        }
        return Ok(reader.finish().map_err(invalid)?);
    }
    let invalid = |source| OpenError::of_header(name, &start, source);
    let prefix = &start[..start.len().min(safetensors::PREFIX_BYTES as usize)];
    let json_bytes = safetensors::json_bytes(prefix, file_bytes).map_err(invalid)?;
    let end = safetensors::PREFIX_BYTES + json_bytes;
    let json = read_slice(file, safetensors::PREFIX_BYTES, end).await?;
    let header = Header::parse(&json, file_bytes).map_err(invalid)?;
    hash.add(prefix);
    hash.add(&json);
    Ok(header)
}
