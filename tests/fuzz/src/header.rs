//! The header of a file.

use safetensors::SafeTensors;
use weightkin::format::safetensors::{Header, PREFIX_BYTES, json_bytes};
use weightkin::model::{FileFacts, Model, OpenError};

use crate::assert_fit;

/// `data` is the start of a file. Its last eight bytes may be the file's size, so that data
/// sections can be of any length.
pub fn header(data: &[u8]) {
    read(data, data.len() as u64);
    if let Some((start, size)) = data.split_last_chunk::<8>() {
        read(start, u64::from_le_bytes(*size).max(start.len() as u64));
    }
}

fn read(start: &[u8], file_bytes: u64) {
    let prefix = &start[..start.len().min(PREFIX_BYTES as usize)];
    let parsed = json_bytes(prefix, file_bytes).and_then(|json_bytes| {
        let json = &start[prefix.len()..];
        // the rest of the text would be in the part of the file that is not here
        let json = &json[..json.len().min(json_bytes as usize)];
        Header::parse(json, file_bytes)
    });
    match parsed {
        Err(source) => {
            assert!(!source.code().is_empty());
            assert_fit(&OpenError::of_header("file", start, source).to_string());
        }
        Ok(header) => {
            assert_sound(&header, file_bytes);
            if file_bytes == start.len() as u64 {
                assert_same(&header, start);
            }
            let file = FileFacts { name: "file.safetensors".to_owned(), bytes: file_bytes };
            let model = Model::assemble("file".to_owned(), vec![(file, header)], &[]);
            let model = model.expect("one file is a model");
            let _ = (model.parameters(), model.bytes(), model.dtypes());
        }
    }
}

/// Tensors fill the data section, each with the bytes it needs.
fn assert_sound(header: &Header, file_bytes: u64) {
    let mut places: Vec<(u64, u64)> = header.tensors.values().map(|t| (t.start, t.end)).collect();
    places.sort_unstable();
    for pair in places.windows(2) {
        assert_eq!(pair[0].1, pair[1].0);
    }
    assert!(places.last().is_none_or(|&(_, end)| end == file_bytes));
    for tensor in header.tensors.values() {
        let elements: u128 = tensor.shape.iter().map(|&d| u128::from(d)).product();
        let bits = elements * tensor.dtype.bitsize() as u128;
        assert_eq!(bits, 8 * u128::from(tensor.end - tensor.start));
    }
}

/// What we accept the format's own library accepts, and understands alike, fields that nobody
/// reads apart.
fn assert_same(header: &Header, file: &[u8]) {
    match SafeTensors::read_metadata(file) {
        Ok((_, theirs)) => {
            let tensors = theirs.tensors();
            assert_eq!(tensors.len(), header.tensors.len());
            for (name, ours) in &header.tensors {
                let theirs = tensors[name];
                assert_eq!(theirs.dtype, ours.dtype);
                assert!(theirs.shape.iter().map(|&d| d as u64).eq(ours.shape.iter().copied()));
                let bytes = (theirs.data_offsets.1 - theirs.data_offsets.0) as u64;
                assert_eq!(bytes, ours.end - ours.start);
            }
        }
        Err(error) => {
            let error = error.to_string();
            let known = ["number out of range", "hex escape", "recursion limit"];
            assert!(known.iter().any(|why| error.contains(why)), "only they refuse: {error}");
        }
    }
}
