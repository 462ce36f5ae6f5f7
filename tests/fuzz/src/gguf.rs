//! The header of a GGUF file.

use weightkin::canonical::CanonicalModel;
use weightkin::format::gguf::{GgufError, HeaderReader};
use weightkin::format::safetensors::Header;
use weightkin::model::{FileFacts, Model, OpenError};

use crate::assert_fit;

/// `data` is a whole file. Its last eight bytes may be the file's size, so that data sections can be
/// of any length.
pub fn gguf(data: &[u8]) {
    read(data, data.len() as u64);
    if let Some((start, size)) = data.split_last_chunk::<8>() {
        read(start, u64::from_le_bytes(*size).max(start.len() as u64));
    }
}

fn read(start: &[u8], file_bytes: u64) {
    match header(start, file_bytes) {
        Err(source) => {
            assert!(!source.code().is_empty());
            let file = "file.gguf".to_owned();
            assert_fit(&OpenError::Gguf { file, source }.to_string());
        }
        Ok(header) => {
            for tensor in header.tensors.values() {
                assert!(tensor.start <= tensor.end && tensor.end <= file_bytes);
            }
            let file = FileFacts { name: "file.gguf".to_owned(), bytes: file_bytes };
            let model = Model::assemble("file".to_owned(), vec![(file, header)], &[]);
            let model = model.expect("one file is a model");
            for tensor in CanonicalModel::from_model(&model).tensors.values() {
                let (_, end) = tensor.source.end().expect("it has rows");
                // blocks that rows share are counted for each
                assert!(tensor.source.is_read_whole() || end <= file_bytes);
            }
            let _ = (model.parameters(), model.bytes(), model.dtypes());
        }
    }
}

/// What is behind the part of the file that is here cannot be read.
fn header(start: &[u8], file_bytes: u64) -> Result<Header, GgufError> {
    let mut reader = HeaderReader::new(file_bytes);
    while let Some((from, to)) = reader.wanted() {
        let here = |at: u64| (at as usize).min(start.len());
        let portion = if from > start.len() as u64 { &[] } else { &start[here(from)..here(to)] };
        reader.accept(portion)?;
    }
    reader.finish()
}
