//! `.safetensors` files, valid and not, from their header's text.

use weightkin::format::safetensors::{self, Header, HeaderError};

/// The length field and the header's text.
pub fn head(json: &str) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat()
}

/// A whole file whose data section is `data_bytes` zeros.
pub fn zeros(json: &str, data_bytes: usize) -> Vec<u8> {
    let mut file = head(json);
    file.resize(file.len() + data_bytes, 0);
    file
}

/// Reads the header the way all faces of the crate do, of a file that goes on for `data_bytes`
/// after it.
pub fn read(json: &str, data_bytes: u64) -> Result<Header, HeaderError> {
    read_file(&head(json), safetensors::PREFIX_BYTES + json.len() as u64 + data_bytes)
}

/// As [`read`], from the first bytes of a file of `file_bytes`.
pub fn read_file(file: &[u8], file_bytes: u64) -> Result<Header, HeaderError> {
    let (prefix, rest) = file.split_at(file.len().min(safetensors::PREFIX_BYTES as usize));
    let json_bytes = safetensors::json_bytes(prefix, file_bytes)?;
    Header::parse(&rest[..json_bytes as usize], file_bytes)
}
