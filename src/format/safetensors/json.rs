//! The header's JSON text as a list of entries, exactly as written.
//!
//! Entries are collected in order and nothing is judged here beyond JSON and field types: a map
//! would hide duplicate names, and the rules of the layout need all tensors at once.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::HeaderError;
use crate::escape::{Escaped, EscapedQuoted};
use crate::sorted::Entries;

/// Key under which the format keeps free text.
const METADATA_KEY: &str = "__metadata__";

/// One tensor's entry.
#[derive(Debug, Deserialize)]
pub(super) struct RawTensor<'a> {
    /// Dtype as written.
    #[serde(borrow)]
    pub dtype: Cow<'a, str>,
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Start and end in the data section.
    pub data_offsets: (u64, u64),
}

/// The header as written.
#[derive(Debug, Default)]
pub(super) struct RawHeader<'a> {
    /// `__metadata__`, in order.
    pub metadata: Vec<(String, String)>,
    /// Tensors, in order.
    pub tensors: Vec<(String, RawTensor<'a>)>,
}

/// Reads the JSON text.
///
/// # Errors
/// [`HeaderError::Json`] with the reader's message, [`HeaderError::Duplicate`] for a second
/// `__metadata__`.
pub(super) fn read(text: &str) -> Result<RawHeader<'_>, HeaderError> {
    serde_json::from_str(text).map_err(|error| HeaderError::Json { message: error.to_string() })
}

impl<'de> Deserialize<'de> for RawHeader<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = RawHeader<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut header = RawHeader::default();
        let mut metadata_seen = false;
        while let Some(name) = map.next_key::<String>()? {
            let in_entry = |error: A::Error| {
                A::Error::custom(format!(
                    "{}: {}",
                    EscapedQuoted(&name),
                    Escaped(&error.to_string())
                ))
            };
            if name == METADATA_KEY {
                if std::mem::replace(&mut metadata_seen, true) {
                    return Err(A::Error::custom(format!("{METADATA_KEY:?} appears twice")));
                }
                // `null` stands for no metadata, as in the format's own library
                header.metadata = map
                    .next_value::<Option<Entries<String>>>()
                    .map_err(in_entry)?
                    .map(|entries| entries.0)
                    .unwrap_or_default();
            } else {
                let TensorObject(tensor) = map.next_value().map_err(in_entry)?;
                header.tensors.push((name, tensor));
            }
        }
        Ok(header)
    }
}

/// A tensor entry that must be an object: serde would also take a plain list of the fields.
struct TensorObject<'a>(RawTensor<'a>);

impl<'de> Deserialize<'de> for TensorObject<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectOnly;
        impl<'de> Visitor<'de> for ObjectOnly {
            type Value = RawTensor<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object with dtype, shape and data_offsets")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                RawTensor::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(ObjectOnly).map(TensorObject)
    }
}
