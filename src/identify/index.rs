//! The sketches of many models in one file; FORMAT.md describes it for a reader who has no part of
//! this crate.

use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use super::VERSION;
use super::error::IndexError;
use super::layout::{Layout, Part, ROWS, SKETCH};
use super::sketch::Sketch;
use crate::architecture::Architecture;
use crate::canonical::{CanonicalModel, recognize};
use crate::dtype::Dtype;
use crate::fingerprint::container::{self, Envelope, Tensors, digits};
use crate::fingerprint::{Fingerprint, SourceFacts};
use crate::model::Model;
use crate::sample::Density;

/// Key of the metadata under which an index describes itself.
pub const KEY: &str = "weightkin.index";
/// What the index of a folder is called.
pub const FILE_NAME: &str = "index.kin.safetensors";

/// An index of fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// The models, in the order in which they were added.
    pub models: Vec<Entry>,
    /// Layouts of their sketches.
    pub layouts: Vec<Layout>,
}

/// A model of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is known about its fingerprint.
    pub facts: EntryFacts,
    /// Position of its sketch's layout.
    pub layout: usize,
    /// The sketch.
    pub cells: Vec<i8>,
}

/// What an index says about a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFacts {
    /// Path of its file from the folder of the index, with `/` between the parts.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
    /// XXH64 of the file in hexadecimal digits.
    pub hash: String,
    /// How much of the model it holds.
    pub density: Density,
    /// What the model is.
    pub architecture: Architecture,
    /// The model.
    pub source: SourceFacts,
}

/// A fingerprint as an index takes it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// What the index says about it.
    pub facts: EntryFacts,
    /// Its sketch.
    pub sketch: Sketch,
}

/// What the metadata says.
#[derive(Serialize, Deserialize)]
struct Description {
    version: u32,
    sketch: u32,
    models: Vec<Described>,
    checksum: String,
}

/// [`EntryFacts`] and the layout in one, written out: flattened structs take room in the binary.
#[derive(Serialize, Deserialize)]
struct Described {
    file: String,
    bytes: u64,
    hash: String,
    rows: u32,
    columns: u32,
    architecture: Architecture,
    source: SourceFacts,
    layout: usize,
}

impl Described {
    fn of(Entry { facts, layout, .. }: &Entry) -> Self {
        let EntryFacts { file, bytes, hash, density, architecture, source } = facts.clone();
        let Density { rows, columns } = density;
        Self { file, bytes, hash, rows, columns, architecture, source, layout: *layout }
    }

    fn facts(self) -> EntryFacts {
        let Self { file, bytes, hash, rows, columns, architecture, source, .. } = self;
        let density = Density { rows, columns };
        EntryFacts { file, bytes, hash, density, architecture, source }
    }
}

impl Indexed {
    /// Of `fingerprint`, which `bytes` are the file of; `file` is the path of that.
    pub fn new(file: String, bytes: &[u8], fingerprint: &Fingerprint) -> Self {
        let model = fingerprint.model();
        let facts = EntryFacts {
            file,
            bytes: bytes.len() as u64,
            hash: hash(bytes),
            density: fingerprint.sample.density,
            architecture: recognize(&model, &CanonicalModel::from_model(&model)).architecture,
            source: fingerprint.source.clone(),
        };
        Self { facts, sketch: Sketch::of(&fingerprint.sample) }
    }
}

impl Index {
    /// Adds a fingerprint.
    pub fn push(&mut self, Indexed { facts, sketch }: Indexed) {
        let Sketch { layout, cells } = sketch;
        let layout = self.layouts.iter().position(|other| *other == layout).unwrap_or_else(|| {
            self.layouts.push(layout);
            self.layouts.len() - 1
        });
        self.models.push(Entry { facts, layout, cells });
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let named: Vec<(String, Stored)> = (0..self.layouts.len())
            .flat_map(|layout| {
                FIELDS.map(|field| (name(layout, field), self.stored(layout, field)))
            })
            .collect();
        let tensors: Tensors = named
            .iter()
            .map(|(name, (dtype, shape, bytes))| (&**name, (*dtype, shape.clone(), &**bytes)))
            .collect();
        container::write_checksummed(KEY, &tensors, |checksum| {
            let models = self.models.iter().map(Described::of).collect();
            let description = Description { version: VERSION, sketch: SKETCH, models, checksum };
            serde_json::to_string(&description).expect("a description has string keys only")
        })
    }

    fn stored(&self, layout: usize, field: Field) -> Stored {
        let parts = &self.layouts[layout].parts;
        let entries = self.models.iter().filter(|entry| entry.layout == layout);
        let bytes: Vec<u8> = match field {
            Field::Keys => parts.iter().flat_map(|part| part.key.to_le_bytes()).collect(),
            Field::Rows => parts.iter().map(|part| part.rows).collect(),
            Field::Columns => parts.iter().flat_map(|part| part.columns.to_le_bytes()).collect(),
            Field::Sketches => {
                let cells = entries.clone().flat_map(|entry| &entry.cells);
                cells.map(|cell| cell.cast_unsigned()).collect()
            }
        };
        let shape = match field {
            Field::Sketches => vec![entries.count() as u64, self.layouts[layout].cells() as u64],
            _ => vec![parts.len() as u64],
        };
        (field.dtype(), shape, bytes)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When `bytes` are not an index, not one that this version reads, or not as they were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IndexError> {
        let header = container::header(bytes)?;
        let text = header.metadata.get(KEY).ok_or(IndexError::NotOne)?;
        let damaged =
            |error: serde_json::Error| IndexError::Description { message: error.to_string() };
        let Envelope { version, content: sketch } = serde_json::from_str(text).map_err(damaged)?;
        if version > VERSION {
            return Err(IndexError::Version { found: version });
        }
        if sketch > SKETCH {
            return Err(IndexError::Sketch { found: sketch });
        }
        let Description { models, checksum, .. } = serde_json::from_str(text).map_err(damaged)?;
        let tensors = container::tensors(&header, bytes);
        let found = container::checksum(text, &tensors);
        if found != checksum {
            return Err(IndexError::Checksum { found, stated: container::stated(&checksum) });
        }
        if let Some(outside) = models.iter().find(|model| !is_inside(&model.file)) {
            return Err(IndexError::Outside { file: outside.file.clone() });
        }

        let count = tensors.len() / FIELDS.len();
        let mut layouts = Vec::with_capacity(count);
        let mut sketches = Vec::with_capacity(count);
        let mut with_layout = vec![0; count];
        for model in &models {
            if let Some(with_layout) = with_layout.get_mut(model.layout) {
                *with_layout += 1;
            }
        }
        for (layout, models) in with_layout.into_iter().enumerate() {
            let read = read_layout(&tensors, layout)?;
            let cells = read_field(&tensors, layout, Field::Sketches, &[models, read.cells()])?;
            // an empty sketch still counts
            sketches.push(cells.chunks(read.cells().max(1)));
            layouts.push(read);
        }
        let entry = |described: Described| {
            let layout = described.layout;
            let message = || format!("there is no layout {layout}");
            let sketches = sketches
                .get_mut(layout)
                .ok_or_else(|| IndexError::Description { message: message() })?;
            let cells = sketches.next().unwrap_or_default().iter().map(|cell| cell.cast_signed());
            Ok(Entry { facts: described.facts(), layout, cells: cells.collect() })
        };
        let models = models.into_iter().map(entry).collect::<Result<_, IndexError>>()?;
        Ok(Self { models, layouts })
    }

    /// Whether the metadata of `model` says that its file is an index.
    pub fn is_in(model: &Model) -> bool {
        model.metadata.contains_key(KEY)
    }
}

/// The hash by which an index knows the file with the content `bytes`.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut hash = XxHash64::with_seed(0);
    hash.write(bytes);
    digits(&hash)
}

/// Whether the path `file` stays in the folder it starts from, on any system and as an address.
pub(super) fn is_inside(file: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
    let starts_plain = file.split('/').next().is_some_and(|first| !first.contains(':'));
    starts_plain && file.split('/').all(is_plain)
}

/// A tensor as the file has it: number format, dimensions, bytes.
type Stored = (Dtype, Vec<u64>, Vec<u8>);

/// What an index stores of each layout.
#[derive(Debug, Clone, Copy)]
enum Field {
    Keys,
    Rows,
    Columns,
    Sketches,
}

const FIELDS: [Field; 4] = [Field::Keys, Field::Rows, Field::Columns, Field::Sketches];

impl Field {
    fn dtype(self) -> Dtype {
        match self {
            Self::Keys => Dtype::U64,
            Self::Rows => Dtype::U8,
            Self::Columns => Dtype::U32,
            Self::Sketches => Dtype::I8,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Sketches => "sketches",
        }
    }
}

fn name(layout: usize, field: Field) -> String {
    format!("layout.{layout}.{}", field.word())
}

fn read_layout(tensors: &Tensors, layout: usize) -> Result<Layout, IndexError> {
    let parts = tensors.get(&*name(layout, Field::Keys)).map_or(0, |(_, shape, _)| {
        // its bytes are there, so it is not larger than memory
        shape.first().copied().unwrap_or(0) as usize
    });
    let field = |field| read_field(tensors, layout, field, &[parts]);
    let keys = field(Field::Keys)?.chunks_exact(8);
    let columns = field(Field::Columns)?.chunks_exact(4);
    let mut layout_cells = 0_usize;
    let mut read = Layout::default();
    for ((key, columns), rows) in keys.zip(columns).zip(field(Field::Rows)?) {
        let part = Part {
            key: u64::from_le_bytes(key.try_into().expect("eight bytes")),
            rows: *rows,
            columns: u32::from_le_bytes(columns.try_into().expect("four bytes")),
        };
        if !(1..=ROWS).contains(&(part.rows as usize)) {
            let expected = format!("a tensor has between 1 and {ROWS} rows");
            return Err(IndexError::Tensor { tensor: name(layout, Field::Rows), expected });
        }
        layout_cells = (part.rows as usize)
            .checked_mul(part.columns as usize)
            .and_then(|cells| layout_cells.checked_add(cells))
            .ok_or_else(|| IndexError::Tensor {
                tensor: name(layout, Field::Columns),
                expected: "the cells can be counted".to_owned(),
            })?;
        read.parts.push(part);
    }
    Ok(read)
}

/// The bytes of a tensor of the given dimensions.
fn read_field<'a>(
    tensors: &Tensors<'a>,
    layout: usize,
    field: Field,
    dimensions: &[usize],
) -> Result<&'a [u8], IndexError> {
    let tensor = name(layout, field);
    let dimensions: Vec<u64> = dimensions.iter().map(|dimension| *dimension as u64).collect();
    match tensors.get(&*tensor) {
        Some((dtype, shape, bytes)) if *dtype == field.dtype() && *shape == dimensions => Ok(bytes),
        _ => {
            let expected = format!("there should be one of {} {dimensions:?}", field.dtype());
            Err(IndexError::Tensor { tensor, expected })
        }
    }
}
