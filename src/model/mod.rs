//! A model: the tensors of one file, or of all shards of one checkpoint.

mod error;
mod file_name;
mod file_set;
mod folder;
mod foreign;
mod grouping;
mod index;
mod naming;
mod not_read;
mod pipeline;
mod variant;

use litemap::LiteMap;

use crate::decode::blocks::Blocks;
use crate::dtype::Dtype;
use crate::format::safetensors::Header;
use crate::sorted::{self, sort_by};

pub use error::OpenError;
pub use file_name::{FINGERPRINT_SUFFIX, stem};
pub use file_set::Indices;
pub use foreign::{Foreign, SNIFF_BYTES};
pub use grouping::{
    Group, Grouping, ListKind, deciding_files, group, group_around, group_as_one, list_kind,
    read_indices,
};
pub use index::ShardIndex;
use index::section;
pub use naming::told_apart;
pub use not_read::{NotRead, NotReadReason};

/// Name and size of one file of a model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileFacts {
    /// File name, after the name of its folder and a `/` in a diffusers model.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// One tensor of a model: [`crate::format::safetensors::TensorInfo`] plus the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tensor {
    /// Number format; that of bytes where they are blocks.
    pub dtype: Dtype,
    /// Of which type the blocks are that its rows are made of.
    pub blocks: Option<Blocks>,
    /// Dimensions, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
    /// Index into [`Model::files`].
    pub file: usize,
    /// First byte, from the start of the file.
    pub start: u64,
    /// One past the last byte, from the start of the file.
    pub end: u64,
}

impl Tensor {
    /// Number of elements; a scalar has one.
    pub fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// What its numbers are stored as.
    pub fn format(&self) -> String {
        self.blocks.map_or_else(|| self.dtype.to_string(), |blocks| blocks.name().to_owned())
    }

    /// Bytes in the file.
    pub fn bytes(&self) -> u64 {
        self.end - self.start
    }
}

/// A checkpoint, however many files it is stored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What to call it: the file's stem unless the user said otherwise.
    pub name: String,
    /// Its files, in the order given.
    pub files: Vec<FileFacts>,
    /// Its tensors by name.
    pub tensors: LiteMap<String, Tensor>,
    /// Metadata of all files; the first file that has a key wins.
    pub metadata: LiteMap<String, String>,
    /// The variant that is read, where several lie side by side and it has a name.
    pub variant: Option<String>,
    /// What lies beside its files and is not read.
    pub not_read: Vec<NotRead>,
    /// Bytes of small tensors that say how others are quantised; see
    /// [`quantised::settings`](crate::quantised::settings). Empty until they are read.
    pub settings: LiteMap<String, Vec<u8>>,
    /// Texts of the configurations beside the files, as far as they are known.
    pub configs: Vec<String>,
}

/// What stands between the names of several variants.
const BETWEEN_VARIANTS: &str = " + ";

/// Whether `name` is among `variants`, as a model's are written.
pub fn has_variant(variants: &str, name: &str) -> bool {
    variants.split(BETWEEN_VARIANTS).any(|variant| variant == name)
}

/// Tensors and bytes of one dtype in a model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DtypeShare {
    /// Number format; that of bytes where they are blocks.
    #[cfg_attr(test, ts(as = "String"))]
    pub dtype: Dtype,
    /// What the blocks are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub blocks: Option<String>,
    /// Tensors stored in it.
    pub tensors: u64,
    /// Bytes they take.
    pub bytes: u64,
}

impl Model {
    /// Joins the files of one model. Tensors of a diffusers model get their folder and a `/` in
    /// front: its text encoders use the same names.
    ///
    /// # Errors
    /// When there are no files, when an index names a shard or a tensor that is not there, when a numbered shard is missing,
    /// or when two files hold a tensor of the same name.
    pub fn assemble(
        name: String,
        parts: Vec<(FileFacts, Header)>,
        indices: &[ShardIndex],
    ) -> Result<Self, OpenError> {
        let file_names: Vec<&str> = parts.iter().map(|(file, _)| file.name.as_str()).collect();
        // numbers may mislead, an index knows
        let is_named = |file: &&str| indices.iter().any(|index| index.names(file));
        let unnamed: Vec<&str> =
            file_names.iter().copied().filter(|file| !is_named(file)).collect();
        let missing = indices.iter().find_map(|index| index.missing_files(&file_names));
        if parts.is_empty() && missing.is_none() {
            return Err(OpenError::NoFiles { model: name });
        }
        if let Some((shard, count)) = missing.or_else(|| file_set::missing_shards(&unnamed)) {
            return Err(OpenError::MissingShard { model: name, shard, count });
        }
        let sections: Vec<Option<String>> = file_names
            .iter()
            .map(|file| {
                // a folder that the index of the whole model names is no part
                let is_whole = |index: &ShardIndex| !index.is_of_part() && index.names(file);
                section(file).filter(|_| !indices.iter().any(is_whole)).map(str::to_owned)
            })
            .collect();

        let mut model = Self {
            name,
            files: Vec::with_capacity(parts.len()),
            tensors: LiteMap::new(),
            metadata: LiteMap::new(),
            variant: None,
            not_read: Vec::new(),
            settings: LiteMap::new(),
            configs: Vec::new(),
        };
        let (mut tensors, mut metadata) = (Vec::new(), Vec::new());
        for (file_index, (file, header)) in parts.into_iter().enumerate() {
            for (tensor_name, info) in header.tensors {
                let tensor_name = match &sections[file_index] {
                    Some(section) => format!("{section}/{tensor_name}"),
                    None => tensor_name,
                };
                let tensor = Tensor {
                    dtype: info.dtype,
                    blocks: info.blocks,
                    shape: info.shape,
                    file: file_index,
                    start: info.start,
                    end: info.end,
                };
                tensors.push((tensor_name, tensor));
            }
            metadata.extend(header.metadata);
            model.files.push(file);
        }
        model.metadata = sorted::first(metadata);
        model.tensors = sorted::unique(tensors).map_err(|(tensor, first, second)| {
            let file = |tensor: Tensor| model.files[tensor.file].name.clone();
            OpenError::TensorInTwoFiles { first: file(first), second: file(second), tensor }
        })?;
        let file_of = |tensor: &str| {
            model.tensors.get(tensor).map(|tensor| model.files[tensor.file].name.as_str())
        };
        if let Some((tensor, shard)) =
            indices.iter().find_map(|index| index.missing_tensor(file_of))
        {
            return Err(OpenError::MissingTensor { model: model.name, tensor, shard });
        }
        Ok(model)
    }

    /// Whether files of the variant called `name` are among those that are read.
    pub fn has_variant(&self, name: &str) -> bool {
        self.variant.as_deref().is_some_and(|variant| has_variant(variant, name))
    }

    /// Size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Elements of all tensors together.
    pub fn parameters(&self) -> u64 {
        self.tensors.values().map(Tensor::elements).fold(0, u64::saturating_add)
    }

    /// The mix of dtypes, largest share of bytes first.
    pub fn dtypes(&self) -> Vec<DtypeShare> {
        let mut shares: Vec<DtypeShare> = Vec::new();
        for tensor in self.tensors.values() {
            let (dtype, bytes) = (tensor.dtype, tensor.bytes());
            let blocks = tensor.blocks.map(Blocks::name);
            let is_same =
                |share: &&mut DtypeShare| share.dtype == dtype && share.blocks.as_deref() == blocks;
            if let Some(share) = shares.iter_mut().find(is_same) {
                share.tensors += 1;
                share.bytes += bytes;
            } else {
                let blocks = blocks.map(str::to_owned);
                shares.push(DtypeShare { dtype, blocks, tensors: 1, bytes });
            }
        }
        sort_by(&mut shares, |a, b| b.bytes.cmp(&a.bytes).then(a.dtype.cmp(&b.dtype)));
        shares
    }
}
