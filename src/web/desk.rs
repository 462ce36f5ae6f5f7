//! The desk: opens models, fingerprints and indices, and starts runs and searches.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use litemap::LiteMap;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::read_slice;
use super::error::{file_error, protocol_error, weightkin_error};
use super::job::{Job, Make};
use super::run::Run;
use super::search::Search;
use crate::architecture::{Recognition, recognize};
use crate::canonical::CanonicalModel;
use crate::escape::Escaped;
use crate::fingerprint::{Fingerprint, SizeLimit};
use crate::format::safetensors::{self, Header, HeaderHash};
use crate::identify::Index;
use crate::job::Input;
use crate::matching::Options;
use crate::model::{DtypeShare, FileFacts, Model, OpenError, SNIFF_BYTES, ShardIndex, group};
use crate::sorted;

/// A model whose headers have been read.
pub(super) struct OpenModel {
    pub model: Model,
    /// Its files, in the order of [`Model::files`]; or the fingerprint's.
    pub files: Vec<File>,
    header_hash: HeaderHash,
    /// What there is of a model that is not there itself. [`Self::model`] then stands for it.
    pub fingerprint: Option<Rc<Fingerprint>>,
    /// Fingerprints that an index describes; it is no model at all.
    indexed: Option<usize>,
}

impl OpenModel {
    /// How it takes part in a comparison with samples.
    pub(super) fn subject(&self) -> Input<'_> {
        match &self.fingerprint {
            Some(fingerprint) => Input::Fingerprint(fingerprint),
            None => Input::Model(&self.model),
        }
    }
}

/// An open model, as far as a run has to know it.
#[derive(Serialize)]
struct Opened<'a> {
    id: u32,
    name: &'a str,
    is_fingerprint: bool,
}

/// What the page shows of a model as soon as it is picked.
#[derive(Serialize)]
struct ModelFacts<'a> {
    name: &'a str,
    files: &'a [FileFacts],
    bytes: u64,
    tensors: usize,
    parameters: u64,
    dtypes: Vec<DtypeShare>,
    #[serde(serialize_with = "sorted::serialize")]
    metadata: &'a LiteMap<String, String>,
    recognition: Recognition,
    header_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<FingerprintFacts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexFacts>,
}

/// What the page shows of a fingerprint besides the model that it is of.
#[derive(Serialize)]
struct FingerprintFacts<'a> {
    /// Size of its own file.
    bytes: u64,
    rows: u32,
    columns: u32,
    sha256: Option<&'a str>,
}

/// What the page shows of an index.
#[derive(Serialize)]
struct IndexFacts {
    models: usize,
}

/// Knows the picked models by number.
#[wasm_bindgen]
#[derive(Default)]
pub struct Coordinator {
    models: RefCell<LiteMap<u32, Rc<OpenModel>>>,
    next_id: Cell<u32>,
}

#[wasm_bindgen]
impl Coordinator {
    /// An empty desk.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the headers of the files of one model, and nothing else. Resolves to JSON with the `id`
    /// that stands for it from now on. `paths` are the files' paths where they come from a folder:
    /// a diffusers model needs them.
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
        let opened =
            Opened { id, name: &open.model.name, is_fingerprint: open.fingerprint.is_some() };
        let json = serde_json::to_string(&opened).expect("it has string keys only");
        self.models.borrow_mut().insert(id, open);
        Ok(json)
    }

    /// What the page shows of the model `id`, as JSON.
    ///
    /// # Errors
    /// A `WeightkinError` when it has been closed.
    pub fn facts(&self, id: u32) -> Result<String, JsValue> {
        let open = self.held(id)?;
        Ok(facts(&open))
    }

    /// Forgets a model. Comparisons under way keep it.
    pub fn close(&self, id: u32) {
        self.models.borrow_mut().remove(&id);
    }

    /// Plans the comparison of the models `ids`, in this order. With `quick`, models that are
    /// there are sampled only.
    ///
    /// # Errors
    /// A `WeightkinError` when they cannot be compared.
    pub fn start(
        &self,
        ids: Vec<u32>,
        options_json: &str,
        quick: bool,
        lanes: usize,
    ) -> Result<Run, JsValue> {
        let options: Options = serde_json::from_str(options_json)
            .map_err(|error| protocol_error(&format!("bad options: {error}")))?;
        let chosen = ids.iter().map(|id| self.chosen(*id)).collect::<Result<Vec<_>, _>>()?;
        Ok(Run::new(&chosen, Job::compare(chosen.clone(), &options, quick, lanes)?))
    }

    /// Plans the making of a fingerprint of the model `id`, at `rows`, or as large as `max_bytes`
    /// allows. `sha256` is that of the model's file, where the page knows it.
    ///
    /// # Errors
    /// A `WeightkinError` when the model has none.
    pub fn fingerprint(
        &self,
        id: u32,
        rows: Option<u32>,
        max_bytes: Option<f64>,
        sha256: Option<String>,
    ) -> Result<Run, JsValue> {
        let chosen = self.chosen(id)?;
        let wish = SizeLimit { rows, most_bytes: max_bytes.map(|bytes| bytes as u64) };
        let job = Job::make(chosen.clone(), Make { wish, sha256 })?;
        Ok(Run::new(&[chosen], job))
    }

    /// Begins a search for the nearest relatives of the model with the fingerprint `id`.
    ///
    /// # Errors
    /// A `WeightkinError` when it is none.
    pub fn search(&self, id: u32) -> Result<Search, JsValue> {
        let chosen = self.chosen(id)?;
        let probe = chosen.fingerprint.clone();
        probe
            .map(Search::new)
            .ok_or_else(|| protocol_error("only a fingerprint can be searched for"))
    }
}

impl Coordinator {
    fn held(&self, id: u32) -> Result<Rc<OpenModel>, JsValue> {
        let models = self.models.borrow();
        models.get(&id).cloned().ok_or_else(|| protocol_error("a model has been closed"))
    }

    /// One that can take part in a run.
    fn chosen(&self, id: u32) -> Result<Rc<OpenModel>, JsValue> {
        let open = self.held(id)?;
        if open.indexed.is_some() {
            let name = &open.model.name;
            let message =
                format!("{}: this is an index of fingerprints, not a model", Escaped(name));
            return Err(weightkin_error("not_a_model", Some(name), &message));
        }
        Ok(open)
    }
}

fn facts(open: &OpenModel) -> String {
    let OpenModel { model, files, header_hash, fingerprint, indexed } = open;
    let source = fingerprint.as_ref().map(|fingerprint| &fingerprint.source);
    let facts = ModelFacts {
        name: &model.name,
        files: &model.files,
        bytes: model.bytes(),
        tensors: source.map_or(model.tensors.len(), |source| source.tensors as usize),
        parameters: source.map_or_else(|| model.parameters(), |source| source.parameters),
        dtypes: source.map_or_else(|| model.dtypes(), |source| source.dtypes.clone()),
        metadata: &model.metadata,
        recognition: recognize(model, &CanonicalModel::of(model)),
        header_hash: header_hash.to_string(),
        fingerprint: fingerprint.as_ref().map(|fingerprint| FingerprintFacts {
            bytes: files.iter().map(|file| file.size() as u64).sum(),
            rows: fingerprint.sample.density.rows,
            columns: fingerprint.sample.density.columns,
            sha256: fingerprint.source.sha256.as_deref(),
        }),
        index: indexed.map(|models| IndexFacts { models }),
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
    let usual = groups.first().map(|group| group.name.clone()).unwrap_or_default();
    let own_name = name.filter(|name| *name != usual);
    let name = own_name.clone().unwrap_or(usual);
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
    let mut open =
        OpenModel { model, files: weights, header_hash, fingerprint: None, indexed: None };
    let is_index = Index::is_in(&open.model);
    if is_index || Fingerprint::is_in(&open.model) {
        let file = &open.files[0];
        let bytes = read_slice(file, 0, file.size() as u64).await?;
        if is_index {
            let index = Index::from_bytes(&bytes)
                .map_err(|error| file_error(&file.name(), error.code(), &error))?;
            open.indexed = Some(index.models.len());
            return Ok(open);
        }
        let mut fingerprint = Fingerprint::from_bytes(&bytes)
            .map_err(|error| file_error(&file.name(), error.code(), &error))?;
        if let Some(name) = own_name {
            fingerprint.source.name = name;
        }
        open.model = fingerprint.model();
        open.fingerprint = Some(Rc::new(fingerprint));
    }
    Ok(open)
}

pub(super) async fn read_header(
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
