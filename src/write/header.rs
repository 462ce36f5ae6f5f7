//! The header of a new `.safetensors` file.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::dtype::Dtype;
use crate::format::safetensors::{Header, PREFIX_BYTES};
use crate::sorted::sort_by;

/// Readers map files into memory and want the data to begin at a multiple of this.
const ALIGNMENT: usize = 8;

/// A tensor that is going to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTensor {
    /// Its name.
    pub name: String,
    /// Number format.
    pub dtype: Dtype,
    /// Dimensions, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
}

impl NewTensor {
    /// Bytes that it takes.
    pub fn bytes(&self) -> u64 {
        self.shape.iter().product::<u64>() * self.dtype.bitsize() as u64 / 8
    }
}

/// A tensor's entry.
#[derive(Serialize)]
struct Entry<'a> {
    dtype: Dtype,
    shape: &'a [u64],
    data_offsets: [u64; 2],
}

struct Entries<'a> {
    metadata: &'a [(String, String)],
    tensors: &'a [NewTensor],
}

struct Pairs<'a>(&'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.metadata.is_empty() {
            map.serialize_entry("__metadata__", &Pairs(self.metadata))?;
        }
        let mut start = 0;
        for tensor in self.tensors {
            let end = start + tensor.bytes();
            let (shape, data_offsets) = (tensor.shape.as_slice(), [start, end]);
            let entry = Entry { dtype: tensor.dtype, shape, data_offsets };
            map.serialize_entry(&tensor.name, &entry)?;
            start = end;
        }
        map.end()
    }
}

/// Puts `tensors` into the order in which other writers store them: large numbers first, so that
/// all are aligned, and by name.
pub fn sort_tensors(tensors: &mut Vec<NewTensor>) {
    sort_by(tensors, |a, b| {
        (b.dtype.bitsize().cmp(&a.dtype.bitsize())).then_with(|| a.name.cmp(&b.name))
    });
}

/// The first bytes of a file whose data is that of `tensors`, one behind the other: its length
/// field and its JSON text.
pub fn header(metadata: &[(String, String)], tensors: &[NewTensor]) -> Vec<u8> {
    let json = serde_json::to_vec(&Entries { metadata, tensors });
    framed(json.expect("names and numbers are always JSON"))
}

/// The first bytes of a file like that of `old`, with `added` in its metadata: keys that are there
/// get the new value. The data that follows is the same.
pub fn header_with_metadata(old: &Header, added: &[(String, String)]) -> Vec<u8> {
    let is_kept = |key: &String| added.iter().all(|(new, _)| new != key);
    let kept = old.metadata.iter().filter(|(key, _)| is_kept(key));
    let mut metadata: Vec<(String, String)> =
        kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    metadata.extend_from_slice(added);
    let mut tensors: Vec<_> = old.tensors.iter().collect();
    sort_by(&mut tensors, |(_, a), (_, b)| (a.start, a.end).cmp(&(b.start, b.end)));
    let tensors: Vec<NewTensor> = tensors
        .into_iter()
        .map(|(name, info)| NewTensor {
            name: name.clone(),
            dtype: info.dtype,
            shape: info.shape.clone(),
        })
        .collect();
    header(&metadata, &tensors)
}

fn framed(mut json: Vec<u8>) -> Vec<u8> {
    while !(json.len() + PREFIX_BYTES as usize).is_multiple_of(ALIGNMENT) {
        json.push(b' ');
    }
    let mut first = (json.len() as u64).to_le_bytes().to_vec();
    first.append(&mut json);
    first
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::format::safetensors::Header;

    fn tensor(name: &str, dtype: Dtype, shape: &[u64]) -> NewTensor {
        NewTensor { name: name.to_owned(), dtype, shape: shape.to_vec() }
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn another_reader_finds_what_was_meant() {
        let mut tensors = vec![
            tensor("z \"quoted\"\n", Dtype::F16, &[2, 3]),
            tensor("a", Dtype::F16, &[]),
            tensor("empty", Dtype::BF16, &[0, 4]),
            tensor("wide", Dtype::F32, &[1]),
            tensor("byte", Dtype::F8_E4M3, &[3]),
        ];
        sort_tensors(&mut tensors);
        let mut file = header(&[pair("k", "v\u{7f}")], &tensors);
        assert!(file.len().is_multiple_of(8));
        let data = file.len() as u64;
        file.extend([0; 4 + 2 + 12 + 3]);
        let read = SafeTensors::deserialize(&file).unwrap();
        assert_eq!(read.tensor("z \"quoted\"\n").unwrap().shape(), [2, 3]);
        assert_eq!(read.tensor("byte").unwrap().dtype(), Dtype::F8_E4M3);
        let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
        assert_eq!(metadata.metadata().as_ref().unwrap()["k"], "v\u{7f}");
        let ours = Header::parse(&file[8..data as usize], file.len() as u64).unwrap();
        assert_eq!(ours.tensors.len(), 5);
        assert_eq!(ours.tensors.get("wide").unwrap().start, data);
    }

    #[test]
    fn metadata_is_added_and_the_data_stays_where_it_is() {
        let text = concat!(
            r#"{"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}, "__metadata__":"#,
            r#"{"a":"1","b":"2"},"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#
        );
        let old = Header::parse(text.as_bytes(), 8 + text.len() as u64 + 4).unwrap();
        let first = header_with_metadata(&old, &[pair("b", "new"), pair("c", "\"3\"")]);
        let new = Header::parse(&first[8..], first.len() as u64 + 4).unwrap();
        let got = |key: &str| new.metadata.get(key).unwrap().as_str();
        assert_eq!((got("a"), got("b"), got("c")), ("1", "new", "\"3\""));
        for (name, data) in [("a", 0), ("b", 2)] {
            let start = first.len() as u64 + data;
            let moved = |header: &Header| header.tensors.get(name).unwrap().clone();
            let end = start + 2;
            let want = crate::format::safetensors::TensorInfo { start, end, ..moved(&old) };
            assert_eq!(moved(&new), want);
        }
    }
}
