//! `.safetensors` files, valid and not, from their header's text.

use weightkin::format::safetensors::{self, Header, HeaderError};

pub use weightkin_family::header::{head, zeros};

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
