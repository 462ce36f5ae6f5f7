//! From a file's entries to bytes: order, shards, headers, offsets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::Error as _;

use crate::Error;
use crate::entry::Entry;
use crate::header;
use crate::random::Source;

/// Key of a header's metadata.
const METADATA: &str = "__metadata__";

/// One `.safetensors` file to be written.
#[derive(Debug)]
pub(crate) struct Part {
    /// Path under the family's folder, with forward slashes.
    pub path: String,
    /// Everything before the payload: the length field and the JSON.
    pub header: Vec<u8>,
    /// The tensors in payload order, with their offsets in the file.
    pub entries: Vec<(u64, Entry)>,
    /// Size of the file.
    pub bytes: u64,
}

impl Part {
    /// Lays out a file. The payload is in the order of the `safetensors` library (dtypes from
    /// wide to narrow, then names) and so is the header, unless `shuffle` is given.
    pub fn new(
        path: String,
        mut entries: Vec<Entry>,
        metadata: &BTreeMap<String, String>,
        shuffle: Option<Source>,
    ) -> Result<Self, Error> {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(Error::DuplicateTensor { file: path, tensor: pair[0].name.clone() });
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.dtype));
        if let Some(source) = shuffle {
            source.of("payload").shuffle(&mut entries);
        }
        let failed = |source| Error::Json { what: format!("header of {path}"), source };
        let mut listed = Vec::with_capacity(entries.len());
        let mut starts = Vec::with_capacity(entries.len());
        let mut end = 0;
        for entry in &entries {
            if entry.name == METADATA {
                return Err(failed(serde_json::Error::custom("a tensor is named __metadata__")));
            }
            starts.push(end);
            let start = end;
            end += entry.bytes();
            let dtype = entry.dtype.to_string();
            listed.push(header::entry(&entry.name, &dtype, &entry.shape, start, end));
        }
        if let Some(source) = shuffle {
            source.of("header").shuffle(&mut listed);
        }
        if !metadata.is_empty() {
            let metadata = serde_json::to_string(metadata).map_err(failed)?;
            listed.insert(0, format!("\"{METADATA}\":{metadata}"));
        }
        let mut header = header::head(header::object(&listed));
        header.resize(header.len().next_multiple_of(8), b' ');
        let json_bytes = header.len() as u64 - 8;
        header[..8].copy_from_slice(&json_bytes.to_le_bytes());
        let payload = header.len() as u64;
        let entries = starts.into_iter().map(|start| payload + start).zip(entries).collect();
        Ok(Self { path, header, entries, bytes: payload + end })
    }
}

/// Cuts a model into at most `count` shards of about equal size, in the order in which a model's
/// layers are numbered.
pub(crate) fn shards(mut entries: Vec<Entry>, count: usize) -> Vec<Vec<Entry>> {
    entries.sort_by_cached_key(|entry| natural_key(&entry.name));
    let total: u64 = entries.iter().map(Entry::bytes).sum();
    let share = total.div_ceil(count.max(1) as u64).max(1);
    let mut groups = vec![Vec::new()];
    let mut filled = 0;
    for entry in entries {
        let bytes = entry.bytes();
        let is_full = filled + bytes > share * groups.len() as u64;
        let group = groups.last().map_or(0, Vec::len);
        if is_full && group > 0 && groups.len() < count {
            groups.push(Vec::new());
        }
        filled += bytes;
        groups.last_mut().expect("there is always a group").push(entry);
    }
    groups
}

/// The `model.safetensors.index.json` of a sharded model.
pub(crate) fn shard_index(parts: &[Part]) -> Result<Vec<u8>, Error> {
    #[derive(Serialize)]
    struct Index<'a> {
        metadata: Total,
        weight_map: BTreeMap<&'a str, &'a str>,
    }
    #[derive(Serialize)]
    struct Total {
        total_size: u64,
    }
    let entries =
        || parts.iter().flat_map(|part| part.entries.iter().map(move |(_, entry)| (part, entry)));
    let file = |part: &'_ Part| part.path.rfind('/').map_or(0, |slash| slash + 1);
    let index = Index {
        metadata: Total { total_size: entries().map(|(_, entry)| entry.bytes()).sum() },
        weight_map: entries()
            .map(|(part, entry)| (entry.name.as_str(), &part.path[file(part)..]))
            .collect(),
    };
    let what = || "shard index".to_owned();
    serde_json::to_vec_pretty(&index).map_err(|source| Error::Json { what: what(), source })
}

/// Orders `layers.2` before `layers.10`.
fn natural_key(name: &str) -> Vec<(u64, String)> {
    name.split('.').map(|part| (part.parse().map_or(u64::MAX, |n| n), part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Content;
    use safetensors::Dtype;

    fn entry(name: &str, dtype: Dtype, shape: &[u64]) -> Entry {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        Entry { name, dtype, shape, content: Content::Bytes(Vec::new()) }
    }

    fn names(part: &Part) -> Vec<&str> {
        part.entries.iter().map(|(_, entry)| entry.name.as_str()).collect()
    }

    #[test]
    fn wide_dtypes_come_first_then_names() {
        let entries = vec![
            entry("b", Dtype::F16, &[2]),
            entry("c", Dtype::F32, &[3]),
            entry("a", Dtype::F16, &[1]),
        ];
        let part = Part::new("x".into(), entries, &BTreeMap::new(), None).unwrap();
        assert_eq!(names(&part), ["c", "a", "b"]);
        assert_eq!(part.header.len() % 8, 0);
        assert_eq!(part.bytes, part.header.len() as u64 + 12 + 2 + 4);
        assert_eq!(part.entries[2].0, part.bytes - 4);
    }

    #[test]
    fn a_name_cannot_come_twice() {
        let entries = vec![entry("a", Dtype::F16, &[1]), entry("a", Dtype::F32, &[1])];
        let error = Part::new("x".into(), entries, &BTreeMap::new(), None).unwrap_err();
        assert_eq!(error.to_string(), "x: two tensors are named \"a\"");
    }

    #[test]
    fn shards_follow_the_layers_and_share_the_bytes() {
        let entries = (0..12).map(|n| entry(&format!("layers.{n}.w"), Dtype::F16, &[10]));
        let groups = shards(entries.rev().collect(), 3);
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [4, 4, 4]);
        assert_eq!(groups[2][3].name, "layers.11.w");
        assert_eq!(shards(vec![entry("only", Dtype::F16, &[1])], 3).len(), 1);
    }
}
