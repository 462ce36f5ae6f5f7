//! Fingerprints as files; FORMAT.md describes them for a reader who has no part of this crate.

use std::sync::Arc;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use super::container::{self, Envelope, digits, hash_tensor};
use super::{FingerprintError, VERSION};
use crate::canonical::CanonicalModel;
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::escape::EscapedQuoted;
use crate::model::{DtypeShare, FileFacts, Model, Tensor};
use crate::sample::{Density, Pick, RULE, Sample, SampledTensor, comparable};
use crate::sorted;

/// Key of the metadata under which a fingerprint describes itself.
pub const KEY: &str = "weightkin.fingerprint";
/// End of a fingerprint's file name.
pub const SUFFIX: &str = crate::model::FINGERPRINT_SUFFIX;
/// Largest file unless the user says otherwise.
pub const MOST_BYTES: u64 = 16_000_000;

/// Most elements of a tensor: far more than there are, and few enough to count with.
const MOST_ELEMENTS: u64 = 1 << 50;

/// The model a fingerprint is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// What to call it.
    pub name: String,
    /// Its files.
    pub files: Vec<FileFacts>,
    /// Tensors in them.
    pub tensors: u64,
    /// Elements of all of them.
    pub parameters: u64,
    /// Their number formats, largest share first.
    pub dtypes: Vec<DtypeShare>,
    /// Hash of the list of tensors that can be compared: the same for all models of one layout.
    pub tensor_list: String,
    /// SHA-256 of the file, of models stored in one, where the maker computed it.
    #[serde(default)]
    pub sha256: Option<String>,
    /// `modelspec.title` of its metadata.
    #[serde(default)]
    pub title: Option<String>,
}

/// A model's sample and what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The model.
    pub source: SourceFacts,
    /// Its sample, tensors by name.
    pub sample: Sample,
}

/// What the metadata says.
#[derive(Serialize, Deserialize)]
struct Description {
    version: u32,
    rule: u32,
    rows: u32,
    columns: u32,
    source: SourceFacts,
    /// Dimensions of the tensors that are not whole.
    #[serde(with = "sorted")]
    shapes: LiteMap<String, Vec<u64>>,
    checksum: String,
}

impl SourceFacts {
    /// Of `model`, whose canonical layout is `canonical`.
    pub fn of(model: &Model, canonical: &CanonicalModel, sha256: Option<String>) -> Self {
        let mut hash = XxHash64::with_seed(0);
        for (name, tensor) in comparable(canonical) {
            let dtype = tensor.source.encoding.dtype();
            hash_tensor(&mut hash, name, dtype, &tensor.source.shape);
        }
        Self {
            name: model.name.clone(),
            files: model.files.clone(),
            tensors: model.tensors.len() as u64,
            parameters: model.parameters(),
            dtypes: model.dtypes(),
            tensor_list: digits(&hash),
            sha256,
            title: model.metadata.get("modelspec.title").cloned(),
        }
    }
}

/// The density at which the fingerprint of `canonical` is no larger than `most_bytes`: the default,
/// or one with fewer columns, or one with fewer rows, too.
pub fn fitting_density(canonical: &CanonicalModel, most_bytes: u64) -> Density {
    let fits = |density: Density| {
        let bytes = comparable(canonical).map(|(name, tensor)| {
            let (rows, cols) = Pick::size(name, &tensor.source.shape, density);
            let kept = size_bytes(tensor.source.encoding.sampled_dtype()).unwrap_or(0);
            // its entry in the header, and its dimensions in the description
            rows * cols * kept + 2 * name.len() as u64 + 150
        });
        bytes.sum::<u64>() + 4096 <= most_bytes
    };
    let Density { rows, columns } = Density::DEFAULT;
    let mut density = Density::DEFAULT;
    while !fits(density) && density.columns > 1 {
        density.columns -= 1;
        // fewer columns than rows say less than fewer of both
        density.rows = rows.min((rows * density.columns * 4).div_ceil(columns));
    }
    density
}

impl Fingerprint {
    /// Whether the metadata of `model` says that its file is a fingerprint.
    pub fn is_in(model: &Model) -> bool {
        model.metadata.contains_key(KEY)
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut shapes = Vec::new();
        for kept in &self.sample.tensors {
            if self.stored_shape(kept) != kept.shape {
                shapes.push((kept.name.clone(), kept.shape.clone()));
            }
        }
        let shapes = sorted::first(shapes);
        let description = |checksum| Description {
            version: VERSION,
            rule: RULE,
            rows: self.sample.density.rows,
            columns: self.sample.density.columns,
            source: self.source.clone(),
            shapes: shapes.clone(),
            checksum,
        };
        let mut tensors = Vec::new();
        for kept in &self.sample.tensors {
            let content = (kept.dtype, self.stored_shape(kept), kept.bytes.as_slice());
            tensors.push((kept.name.as_str(), content));
        }
        container::write_checksummed(KEY, &sorted::first(tensors), |checksum| {
            let description = description(checksum);
            serde_json::to_string(&description).expect("a description has string keys only")
        })
    }

    fn stored_shape(&self, kept: &SampledTensor) -> Vec<u64> {
        stored_shape(&kept.name, &kept.shape, self.sample.density)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When `bytes` are not a fingerprint, not one that this version reads, or not as they were
    /// written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FingerprintError> {
        let header = container::header(bytes)?;
        let text = header.metadata.get(KEY).ok_or(FingerprintError::NotOne)?;
        let damaged =
            |error: serde_json::Error| FingerprintError::Description { message: error.to_string() };
        let Envelope { version, content: rule } = serde_json::from_str(text).map_err(damaged)?;
        if version > VERSION {
            return Err(FingerprintError::Version { found: version });
        }
        if rule > RULE {
            return Err(FingerprintError::Rule { found: rule });
        }
        let mut description: Description = serde_json::from_str(text).map_err(damaged)?;
        let density = Density { rows: description.rows, columns: description.columns };
        if !density.is_valid() {
            let message =
                format!("no sample has {} rows and {} columns", density.rows, density.columns);
            return Err(FingerprintError::Description { message });
        }

        let stored = container::tensors(&header, bytes);
        let found = container::checksum(text, &stored);
        if found != description.checksum {
            let stated = container::stated(&description.checksum);
            return Err(FingerprintError::Checksum { found, stated });
        }
        let mut tensors = Vec::with_capacity(stored.len());
        for (name, (dtype, found, content)) in stored {
            let shape = description.shapes.remove(name).unwrap_or_else(|| found.clone());
            tensors.push(check(name, dtype, shape, found, density)?.with(content));
        }
        if let Some(missing) = description.shapes.keys().next() {
            let message = format!("there is no tensor {}", EscapedQuoted(missing));
            return Err(FingerprintError::Description { message });
        }
        let sample = Sample { density, tensors };
        Ok(Self { source: description.source, sample })
    }

    /// The tensors of its sample as a model would have them, with their whole shapes. They have no
    /// bytes in a file.
    pub fn model(&self) -> Model {
        let tensors = self.sample.tensors.iter().map(|sampled| {
            let SampledTensor { name, shape, dtype, .. } = sampled;
            let tensor = Tensor {
                dtype: *dtype,
                blocks: None,
                shape: shape.clone(),
                file: 0,
                start: 0,
                end: 0,
            };
            (name.clone(), tensor)
        });
        Model {
            name: self.source.name.clone(),
            files: self.source.files.clone(),
            tensors: sorted::first(tensors.collect()),
            metadata: LiteMap::new(),
            variant: None,
            not_read: Vec::new(),
            settings: LiteMap::new(),
            configs: Vec::new(),
        }
    }
}

impl SampledTensor {
    fn with(mut self, bytes: &[u8]) -> Self {
        self.bytes = Arc::new(bytes.to_vec());
        self
    }
}

/// The tensor `name` of a file, without its bytes, if it is what the rule gives.
fn check(
    name: &str,
    dtype: Dtype,
    shape: Vec<u64>,
    found: Vec<u64>,
    density: Density,
) -> Result<SampledTensor, FingerprintError> {
    let tensor = name.to_owned();
    if class(dtype) == Class::Opaque {
        return Err(FingerprintError::Dtype { tensor, dtype: dtype.to_string() });
    }
    let elements = shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size.max(1)));
    if elements.is_none_or(|elements| elements > MOST_ELEMENTS) {
        return Err(FingerprintError::Shape { tensor, found, expected: shape });
    }
    let expected = stored_shape(name, &shape, density);
    if found != expected {
        return Err(FingerprintError::Shape { tensor, found, expected });
    }
    Ok(SampledTensor { name: tensor, shape, dtype, bytes: Arc::default() })
}

/// Dimensions in the file of a tensor of `shape`.
fn stored_shape(name: &str, shape: &[u64], density: Density) -> Vec<u64> {
    let (rows, cols) = Pick::size(name, shape, density);
    let elements = shape.iter().copied().fold(1, u64::saturating_mul);
    if elements == 0 {
        // its other dimensions may be too large to write
        return vec![0];
    }
    if rows * cols == elements { shape.to_vec() } else { vec![rows, cols] }
}
