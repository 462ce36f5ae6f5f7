//! The header of a `.gguf` file, versions 2 and 3: metadata, and which tensors there are, and where.
//!
//! The format: `GGUF`, a version, two counts, entries of metadata, descriptions of tensors, and data
//! from the next multiple of the alignment on. Vocabularies make headers of many megabytes, so that
//! nobody holds one: whoever reads feeds the [`HeaderReader`] the bytes that it asks for, and it
//! keeps names, numbers, short texts and short lists.

mod error;
mod value;

use litemap::LiteMap;

use crate::decode::blocks::Blocks;
use crate::dtype::{Dtype, size_bytes};
use crate::format::safetensors::{Header, TensorInfo};
use crate::sorted::{self, sort_by};
pub use error::GgufError;
use value::{Bytes, ValueReader};

/// First bytes of such a file.
pub const MAGIC: [u8; 4] = *b"GGUF";

/// Bytes that are asked for at a time.
const PORTION_BYTES: u64 = 1 << 18;
/// Most bytes of names and values that are kept.
const MOST_BYTES: u64 = 16 << 20;
/// Longest name.
const NAME_BYTES: u64 = 1 << 12;
/// Most dimensions of a tensor.
const MOST_DIMENSIONS: u32 = 8;
/// Alignment of the data, unless metadata says otherwise.
const ALIGNMENT: u64 = 32;
const ALIGNMENT_KEY: &str = "general.alignment";

/// Types that are no blocks.
const PLAIN: [(u32, Dtype); 8] = [
    (0, Dtype::F32),
    (1, Dtype::F16),
    (24, Dtype::I8),
    (25, Dtype::I16),
    (26, Dtype::I32),
    (27, Dtype::I64),
    (28, Dtype::F64),
    (30, Dtype::BF16),
];

/// A tensor as it is described.
struct Described {
    name: String,
    shape: Vec<u64>,
    number: u32,
    offset: u64,
}

/// Reads a header from the bytes that it asks for.
pub struct HeaderReader {
    file_bytes: u64,
    /// Where the next bytes come from.
    position: u64,
    /// Bytes that are not yet understood.
    pending: Vec<u8>,
    /// Tensors and entries of metadata that are said to be there.
    counts: Option<[u64; 2]>,
    /// The entry whose value is being read.
    value: Option<(String, ValueReader)>,
    entries: u64,
    kept_bytes: u64,
    metadata: Vec<(String, String)>,
    described: Vec<Described>,
}

impl HeaderReader {
    /// Of a file of `file_bytes`.
    pub fn new(file_bytes: u64) -> Self {
        Self {
            file_bytes,
            position: 0,
            pending: Vec::new(),
            counts: None,
            value: None,
            entries: 0,
            kept_bytes: 0,
            metadata: Vec::new(),
            described: Vec::new(),
        }
    }

    /// First byte and one past the last of what is to be read next; `None` at the end of the
    /// header.
    pub fn wanted(&self) -> Option<(u64, u64)> {
        let is_done = self.counts.is_some_and(|[tensors, entries]| {
            self.described.len() as u64 == tensors && self.entries == entries
        });
        let end = self.position.saturating_add(PORTION_BYTES).min(self.file_bytes);
        (!is_done).then_some((self.position, end))
    }

    /// Takes the bytes that were asked for.
    ///
    /// # Errors
    /// For the first thing that cannot be.
    pub fn accept(&mut self, bytes: &[u8]) -> Result<(), GgufError> {
        self.position += bytes.len() as u64;
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let mut left = Bytes(&pending);
        while self.wanted().is_some() {
            if let Some((_, value)) = &mut self.value
                && let skipped = value.skip(&mut left)
                && skipped > 0
            {
                self.position = self.position.saturating_add(skipped);
                break;
            }
            let before = left;
            let Some(understood) = self.next(&mut left) else {
                left = before;
                break;
            };
            understood?;
            if self.kept_bytes > MOST_BYTES {
                return Err(GgufError::TooLarge { most_bytes: MOST_BYTES });
            }
        }
        let is_done = self.wanted().is_none();
        if is_done {
            self.position -= left.0.len() as u64;
        } else if bytes.is_empty() || self.position > self.file_bytes {
            return Err(GgufError::TooSmall { file_bytes: self.file_bytes });
        }
        self.pending = left.0.to_vec();
        Ok(())
    }

    /// Understands one thing of `bytes`: `None` where they end inside it.
    fn next(&mut self, bytes: &mut Bytes<'_>) -> Option<Result<(), GgufError>> {
        let Some([_, entries]) = self.counts else {
            return Some(self.start(bytes.take(24)?));
        };
        if let Some((key, value)) = &mut self.value {
            match value.next(bytes)? {
                Ok(false) => {}
                Ok(true) => {
                    let (key, text) = (std::mem::take(key), value.text());
                    self.value = None;
                    self.entries += 1;
                    if let Some(text) = text {
                        self.kept_bytes += (key.len() + text.len()) as u64;
                        self.metadata.push((key, text));
                    }
                }
                Err(kind) => return Some(Err(GgufError::Value { key: key.clone(), kind })),
            }
        } else if self.entries < entries {
            match name(bytes, "metadata", self.entries)? {
                Ok(key) => self.value = Some((key, ValueReader::new(bytes.u32()?))),
                Err(error) => return Some(Err(error)),
            }
        } else {
            match described(bytes, self.described.len() as u64)? {
                Ok(described) => {
                    self.kept_bytes += described.name.len() as u64;
                    self.described.push(described);
                }
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(()))
    }

    fn start(&mut self, bytes: &[u8]) -> Result<(), GgufError> {
        let mut bytes = Bytes(&bytes[4..]);
        let version = bytes.u32().unwrap_or_default();
        if ![2, 3].contains(&version) {
            return Err(GgufError::Version { version });
        }
        let counts = [bytes.u64(), bytes.u64()].map(Option::unwrap_or_default);
        for (what, (count, least)) in
            ["tensors", "entries"].into_iter().zip(counts.into_iter().zip([24, 13]))
        {
            if count > self.file_bytes / least {
                let file_bytes = self.file_bytes;
                return Err(GgufError::Count { what, count, file_bytes });
            }
        }
        self.counts = Some(counts);
        Ok(())
    }

    /// The header, once nothing more is wanted.
    ///
    /// # Errors
    /// When a tensor is not where it could be.
    pub fn finish(self) -> Result<Header, GgufError> {
        let metadata = sorted::first(self.metadata);
        let alignment = metadata.get(ALIGNMENT_KEY).and_then(|text| text.parse().ok());
        let alignment: u64 = alignment.unwrap_or(ALIGNMENT);
        if !alignment.is_power_of_two() {
            return Err(GgufError::Alignment { alignment });
        }
        let data_start = self.position.checked_next_multiple_of(alignment);
        let data_start = data_start.ok_or(GgufError::Alignment { alignment })?;
        let mut tensors = Vec::with_capacity(self.described.len());
        for described in self.described {
            let info = described.info(data_start, alignment, self.file_bytes)?;
            tensors.push((described.name, info));
        }
        sort_by(&mut tensors, |(_, a), (_, b)| (a.start, a.end).cmp(&(b.start, b.end)));
        let mut previous_end = data_start;
        for (name, TensorInfo { start, end, .. }) in &tensors {
            if *start < previous_end {
                return Err(GgufError::Place { tensor: name.clone(), start: *start });
            }
            previous_end = *end;
        }
        let unique: Result<LiteMap<String, TensorInfo>, _> = sorted::unique(tensors);
        let tensors = unique.map_err(|(tensor, ..)| GgufError::Duplicate { tensor })?;
        Ok(Header { metadata, tensors })
    }
}

/// A name, with its length in front.
fn name(bytes: &mut Bytes<'_>, what: &'static str, at: u64) -> Option<Result<String, GgufError>> {
    let length = bytes.u64()?;
    if length > NAME_BYTES {
        return Some(Err(GgufError::Name { what, at }));
    }
    let name = String::from_utf8(bytes.take(length)?.to_vec());
    Some(name.map_err(|_| GgufError::Name { what, at }))
}

/// The description of a tensor.
fn described(bytes: &mut Bytes<'_>, at: u64) -> Option<Result<Described, GgufError>> {
    let name = match name(bytes, "tensor", at)? {
        Ok(name) => name,
        Err(error) => return Some(Err(error)),
    };
    let dimensions = bytes.u32()?;
    if dimensions > MOST_DIMENSIONS {
        return Some(Err(GgufError::Shape { tensor: name, shape: Vec::new() }));
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(bytes.u64()?);
    }
    // the fastest is first in the file
    shape.reverse();
    let (number, offset) = (bytes.u32()?, bytes.u64()?);
    Some(Ok(Described { name, shape, number, offset }))
}

impl Described {
    fn info(
        &self,
        data_start: u64,
        alignment: u64,
        file_bytes: u64,
    ) -> Result<TensorInfo, GgufError> {
        let (tensor, shape) = (|| self.name.clone(), self.shape.clone());
        let plain = PLAIN.iter().find(|(number, _)| *number == self.number);
        let blocks = Blocks::of_number(self.number);
        let (dtype, unit, unit_bytes) = match (plain, blocks) {
            (Some((_, dtype)), _) => (*dtype, 1, size_bytes(*dtype).unwrap_or(1)),
            (None, Some(blocks)) => (Dtype::U8, blocks.elements(), blocks.bytes()),
            (None, None) => {
                return Err(GgufError::Type { tensor: tensor(), number: self.number });
            }
        };
        let is_whole = shape.last().copied().unwrap_or(1).is_multiple_of(unit);
        let elements = shape.iter().try_fold(1_u64, |all, size| all.checked_mul(*size));
        let bytes = elements.and_then(|all| (all / unit).checked_mul(unit_bytes));
        let Some(bytes) = bytes.filter(|_| is_whole) else {
            return Err(GgufError::Shape { tensor: tensor(), shape });
        };
        let start = data_start.saturating_add(self.offset);
        let end = start.checked_add(bytes).filter(|end| *end <= file_bytes);
        match end {
            Some(end) if self.offset.is_multiple_of(alignment) => {
                Ok(TensorInfo { dtype, blocks, shape, start, end })
            }
            _ => Err(GgufError::Place { tensor: tensor(), start }),
        }
    }
}
