//! The desk: opens models and starts comparisons.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::read_slice;
use super::error::protocol_error;
use super::run::Run;
use crate::anatomy::{Recognition, recognize};
use crate::compare::Options;
use crate::header::{self, Header, HeaderHash};
use crate::layout::View;
use crate::model::{DtypeShare, FileFacts, Model, OpenError, SNIFF_BYTES, ShardIndex, group};

/// A model whose headers have been read.
pub(super) struct OpenModel {
    pub model: Model,
    /// Its files, in the order of [`Model::files`].
    pub files: Vec<File>,
    header_hash: HeaderHash,
}

/// What the page shows of a model as soon as it is picked.
#[derive(Serialize)]
struct ModelFacts<'a> {
    id: u32,
    name: &'a str,
    files: &'a [FileFacts],
    bytes: u64,
    tensors: usize,
    parameters: u64,
    dtypes: Vec<DtypeShare>,
    metadata: &'a BTreeMap<String, String>,
    recognition: Recognition,
    header_hash: String,
}

/// Knows the picked models by number.
#[wasm_bindgen]
#[derive(Default)]
pub struct Desk {
    models: RefCell<BTreeMap<u32, Rc<OpenModel>>>,
    next_id: Cell<u32>,
}

#[wasm_bindgen]
impl Desk {
    /// An empty desk.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the headers of the files of one model, and nothing else. Resolves to its facts as
    /// JSON, with the `id` that stands for it from now on. `paths` are the files' paths where they
    /// come from a folder: a diffusers model needs them.
    ///
    /// # Errors
    /// A `WeightkinError` when a file cannot be read or a header is not valid.
    pub async fn open(
        &self,
        name: Option<String>,
        files: Vec<File>,
        paths: Option<Vec<String>>,
    ) -> Result<String, JsValue> {
        let open = Rc::new(open_model(name, files, paths).await?);
        let id = self.next_id.replace(self.next_id.get() + 1);
        let facts = facts(id, &open);
        self.models.borrow_mut().insert(id, open);
        Ok(facts)
    }

    /// Forgets a model. Comparisons under way keep it.
    pub fn close(&self, id: u32) {
        self.models.borrow_mut().remove(&id);
    }

    /// Plans the comparison of the models `ids`, in this order.
    ///
    /// # Errors
    /// A `WeightkinError` when they cannot be compared.
    pub fn start(&self, ids: Vec<u32>, options_json: &str) -> Result<Run, JsValue> {
        let options: Options = serde_json::from_str(options_json)
            .map_err(|error| protocol_error(&format!("bad options: {error}")))?;
        let models = self.models.borrow();
        let chosen = ids
            .iter()
            .map(|id| models.get(id).cloned())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| protocol_error("a model has been closed"))?;
        Ok(Run::new(chosen, &options)?)
    }
}

fn facts(id: u32, OpenModel { model, header_hash, .. }: &OpenModel) -> String {
    let facts = ModelFacts {
        id,
        name: &model.name,
        files: &model.files,
        bytes: model.bytes(),
        tensors: model.tensors.len(),
        parameters: model.parameters(),
        dtypes: model.dtypes(),
        metadata: &model.metadata,
        recognition: recognize(model, &View::of(model)),
        header_hash: header_hash.to_string(),
    };
    serde_json::to_string(&facts).expect("facts have string keys only")
}

async fn open_model(
    name: Option<String>,
    files: Vec<File>,
    paths: Option<Vec<String>>,
) -> Result<OpenModel, JsValue> {
    let paths = paths
        .filter(|paths| paths.len() == files.len())
        .unwrap_or_else(|| files.iter().map(File::name).collect());
    // files that are no set by their names are one model all the same: the caller says so
    let groups = group(&paths);
    let name = name.or_else(|| groups.first().map(|group| group.name.clone())).unwrap_or_default();
    let mut indices = Vec::new();
    let mut parts = Vec::new();
    let mut weights = Vec::new();
    let mut header_hash = HeaderHash::default();
    let members = groups.into_iter().flat_map(|group| group.members.into_iter().zip(group.files));
    for (member, file_name) in members {
        let file = files[member].clone();
        let bytes = file.size() as u64;
        if file_name.ends_with(".safetensors.index.json") {
            ShardIndex::check_size(&file_name, bytes)?;
            let json = read_slice(&file, 0, bytes).await?;
            indices.push(ShardIndex::parse(&file_name, &json)?);
        } else {
            let header = read_header(&file, &file_name, bytes, &mut header_hash).await?;
            parts.push((FileFacts { name: file_name, bytes }, header));
            weights.push(file);
        }
    }
    if parts.is_empty() {
        return Err(OpenError::NoFiles { model: name }.into());
    }
    let model = Model::assemble(name, parts, &indices)?;
    Ok(OpenModel { model, files: weights, header_hash })
}

async fn read_header(
    file: &File,
    name: &str,
    file_bytes: u64,
    hash: &mut HeaderHash,
) -> Result<Header, JsValue> {
    let start = read_slice(file, 0, file_bytes.min(SNIFF_BYTES)).await?;
    let invalid = |source| OpenError::of_header(name, &start, source);
    let prefix = &start[..start.len().min(header::PREFIX_BYTES as usize)];
    let json_bytes = header::json_bytes(prefix, file_bytes).map_err(invalid)?;
    let end = header::PREFIX_BYTES + json_bytes;
    let json = read_slice(file, header::PREFIX_BYTES, end).await?;
    let header = Header::parse(&json, file_bytes).map_err(invalid)?;
    hash.add(prefix);
    hash.add(&json);
    Ok(header)
}
