//! `*.safetensors.index.json`: which shard holds which tensor.

use litemap::LiteMap;
use serde::Deserialize;

use super::{Model, OpenError, section};
use crate::format::safetensors;
use crate::sorted;

/// The part of the index file the comparison needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIndex {
    /// Shard by tensor, both with the folder of the index in front where it has one.
    weight_map: LiteMap<String, String>,
}

#[derive(Deserialize)]
struct IndexFile {
    #[serde(deserialize_with = "sorted::deserialize")]
    weight_map: LiteMap<String, String>,
}

/// Longest index accepted: as with a header, a real one has a few megabytes.
const CAP_BYTES: u64 = safetensors::CAP_BYTES;

impl ShardIndex {
    /// Judges the index file called `file` by its size, before anybody reads it.
    ///
    /// # Errors
    /// [`OpenError::Index`] when it is too large to be an index.
    pub fn check_size(file: &str, file_bytes: u64) -> Result<(), OpenError> {
        if file_bytes <= CAP_BYTES {
            return Ok(());
        }
        let message = format!("{file_bytes} bytes are over the cap of {CAP_BYTES}");
        Err(OpenError::Index { file: file.to_owned(), message })
    }

    /// Reads the JSON of the index file called `file`.
    ///
    /// # Errors
    /// [`OpenError::Index`] when it is not JSON with a `weight_map`.
    pub fn parse(file: &str, json: &[u8]) -> Result<Self, OpenError> {
        let bad = |message| OpenError::Index { file: file.to_owned(), message };
        // every kind of input has a JSON reader of its own in the binary: one is enough
        let json = std::str::from_utf8(json).map_err(|error| bad(error.to_string()))?;
        let IndexFile { weight_map } =
            serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
        let Some(section) = section(file) else { return Ok(Self { weight_map }) };
        let inside = |name: String| format!("{section}/{name}");
        let weight_map =
            weight_map.into_iter().map(|(tensor, shard)| (inside(tensor), inside(shard)));
        Ok(Self { weight_map: sorted::first(weight_map.collect()) })
    }

    /// The first shard named here that `files` lacks.
    pub(super) fn missing_file(&self, files: &[&str]) -> Option<String> {
        self.weight_map.values().find(|shard| !files.contains(&shard.as_str())).cloned()
    }

    /// The first tensor named here that is not in its shard, with that shard.
    pub(super) fn missing_tensor(&self, model: &Model) -> Option<(String, String)> {
        self.weight_map
            .iter()
            .find(|(tensor, shard)| {
                let file = model.tensors.get(*tensor).map(|tensor| &model.files[tensor.file]);
                file.is_none_or(|file| file.name != **shard)
            })
            .map(|(tensor, shard)| (tensor.clone(), shard.clone()))
    }
}
