//! The index of a sharded model.

use weightkin::format::safetensors::Header;
use weightkin::model::{FileFacts, Model, ShardIndex};

use weightkin_family::header::one;

use crate::assert_fit;

/// `data` is an index file, beside two shards with a tensor each.
pub fn index(data: &[u8]) {
    for folder in ["", "unet/"] {
        let name = format!("{folder}model.safetensors.index.json");
        let index = match ShardIndex::parse(&name, data) {
            Ok(index) => index,
            Err(error) => return assert_fit(&error.to_string()),
        };
        let part = |file: &str, tensor: &str| {
            let json = one(tensor, "F16", &[2], 0, 4);
            let bytes = 8 + json.len() as u64 + 4;
            let header = Header::parse(json.as_bytes(), bytes).expect("a valid header");
            (FileFacts { name: format!("{folder}{file}.safetensors"), bytes }, header)
        };
        let parts = vec![part("a", "a.weight"), part("b", "b.weight")];
        match Model::assemble("model".to_owned(), parts, &[index]) {
            Ok(model) => assert_eq!(model.tensors.len(), 2),
            Err(error) => assert_fit(&error.to_string()),
        }
    }
}
