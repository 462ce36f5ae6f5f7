//! `*.safetensors.index.json`: which shard holds which tensor.

use litemap::LiteMap;
use serde::Deserialize;

use super::OpenError;
use crate::format::safetensors;
use crate::sorted::{self, sort_by};

/// The part of the index file the comparison needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIndex {
    /// Shard by tensor, both with the folder of the index in front where it has one.
    weight_map: LiteMap<String, String>,
    /// Whether it belongs to one part of a diffusers model.
    is_of_part: bool,
}

/// The part of a diffusers model that a file name such as `unet/model.safetensors` lies in.
pub(super) fn section(name: &str) -> Option<&str> {
    name.split_once('/').map(|(section, _)| section)
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
        let IndexFile { mut weight_map } =
            serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
        for (_, file) in weight_map.iter_mut() {
            if let Some(same) = file.strip_prefix("./") {
                *file = same.to_owned();
            }
        }
        let Some(section) = section(file) else {
            return Ok(Self { weight_map, is_of_part: false });
        };
        let inside = |name: String| format!("{section}/{name}");
        let weight_map =
            weight_map.into_iter().map(|(tensor, shard)| (inside(tensor), inside(shard)));
        Ok(Self { weight_map: sorted::first(weight_map.collect()), is_of_part: true })
    }

    pub(super) fn is_of_part(&self) -> bool {
        self.is_of_part
    }

    /// Whether `file` is named here.
    pub(super) fn names(&self, file: &str) -> bool {
        self.weight_map.values().any(|named| named == file)
    }

    /// The files named here, sorted.
    pub(super) fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.weight_map.values().map(String::as_str).collect();
        sort_by(&mut files, Ord::cmp);
        files.dedup();
        files
    }

    /// The first file named here that `files` lacks, and how many it lacks.
    pub(super) fn missing_files(&self, files: &[&str]) -> Option<(String, u64)> {
        let mut named = self.files();
        named.retain(|file| !files.contains(file));
        named.first().map(|first| ((*first).to_owned(), named.len() as u64))
    }

    /// The first tensor named here that is not in its shard, with that shard; `file_of` knows the
    /// file of each tensor that is there.
    pub(super) fn missing_tensor<'a>(
        &self,
        file_of: impl Fn(&str) -> Option<&'a str>,
    ) -> Option<(String, String)> {
        self.weight_map
            .iter()
            .find(|(tensor, shard)| file_of(tensor) != Some(shard.as_str()))
            .map(|(tensor, shard)| (tensor.clone(), shard.clone()))
    }
}
