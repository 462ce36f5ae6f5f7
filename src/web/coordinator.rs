//! The coordinator: opens models, fingerprints and indices, and starts runs and searches.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use litemap::LiteMap;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::blob::read_slice;
use super::error::{file_error, protocol_error, weightkin_error};
use super::header::read_header;
use super::run::Run;
use super::search::Search;
use crate::canonical::Recognition;
use crate::escape::Escaped;
use crate::fingerprint::Fingerprint;
use crate::format::safetensors::HeaderHash;
use crate::identify::Index;
use crate::input::{AdapterModel, FingerprintModel, FullModel, Input};
use crate::job::{Job, SizeLimit};
use crate::matching::Options;
use crate::model::{
    DtypeShare, FileFacts, Indices, ListKind, Model, NotRead, ShardIndex, deciding_files,
    group_as_one, list_kind, read_indices, told_apart,
};
use crate::quantised;
use crate::sorted;

/// A file, or a set of files, whose headers have been read.
#[derive(Clone)]
struct OpenModel {
    content: Content,
    /// Its files, in the order of [`Model::files`]; or the fingerprint's.
    files: Vec<File>,
    header_hash: HeaderHash,
    /// The path that stands for it, which tells it from others of its name.
    path: String,
}

/// What it is.
#[derive(Clone)]
enum Content {
    /// A model, or the fingerprint of one.
    Input(Arc<Input>),
    /// An index of so many fingerprints: what its header says, which is no model.
    Index(Arc<FullModel>, usize),
}

impl OpenModel {
    fn name(&self) -> &str {
        match &self.content {
            Content::Input(input) => input.name(),
            Content::Index(header, _) => &header.model.name,
        }
    }

    fn is_fingerprint(&self) -> bool {
        matches!(&self.content, Content::Input(input) if !input.is_full())
    }

    /// As a run takes it.
    ///
    /// # Errors
    /// A `WeightkinError` when it is an index.
    fn input(&self) -> Result<&Arc<Input>, JsValue> {
        match &self.content {
            Content::Input(input) => Ok(input),
            Content::Index(header, _) => {
                let name = &header.model.name;
                let message =
                    format!("{}: this is an index of fingerprints, not a model", Escaped(name));
                Err(weightkin_error("not_a_model", Some(name), &message))
            }
        }
    }

    /// The files that hold weights.
    fn weight_files(&self) -> impl Iterator<Item = File> {
        let full = matches!(&self.content, Content::Input(input) if input.is_full());
        self.files.iter().filter(move |_| full).cloned()
    }
}

/// The files of all `models` that hold weights.
fn weight_files(models: &[OpenModel]) -> Vec<File> {
    models.iter().flat_map(OpenModel::weight_files).collect()
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
    tensors: u64,
    parameters: u64,
    dtypes: &'a [DtypeShare],
    #[serde(serialize_with = "sorted::serialize")]
    metadata: &'a LiteMap<String, String>,
    recognition: &'a Recognition,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    not_read: &'a [NotRead],
    header_hash: &'a str,
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

/// Which of the picked files make one model, and what belongs to none: resolves to the JSON of a
/// [`Grouping`](crate::model::Grouping), by positions in `files`. Only indices of shards are read.
/// Of variants, `variant` is chosen where it is there.
///
/// # Errors
/// A `WeightkinError` when an index cannot be read.
#[wasm_bindgen]
pub async fn group(
    files: Vec<File>,
    paths: Vec<String>,
    variant: Option<String>,
) -> Result<String, JsValue> {
    let indices = indices_among(&files, &paths).await?;
    let mut grouping = crate::model::group(&paths, &indices, variant.as_deref());
    grouping.tell_apart();
    Ok(serde_json::to_string(&grouping).expect("it has string keys only"))
}

/// What the indices of shards among `files` say.
async fn indices_among(files: &[File], paths: &[String]) -> Result<Indices, JsValue> {
    let mut contents = Vec::new();
    for at in deciding_files(paths) {
        let bytes = files.get(at).map_or(0, |file| file.size() as u64);
        // whoever opens the model is told
        if bytes > 0 && ShardIndex::check_size(&paths[at], bytes).is_ok() {
            contents.push((at, read_slice(&files[at], 0, bytes).await?));
        }
    }
    Ok(read_indices(contents))
}

/// Knows the picked models by number.
#[wasm_bindgen]
#[derive(Default)]
pub struct Coordinator {
    models: RefCell<LiteMap<u32, OpenModel>>,
    next_id: Cell<u32>,
}

#[wasm_bindgen]
impl Coordinator {
    /// Knows no models yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the headers of the files of one model, and nothing else. Resolves to JSON with the `id`
    /// that stands for it from now on. `paths` are the files' paths where they come from a folder:
    /// a diffusers model needs them. What of the files is no part of the model is listed in its
    /// facts. Where it comes in variants, `variant` is read. `has_parts` says whether the folders of
    /// `paths` are parts of a diffusers model, as the grouping has found.
    ///
    /// # Errors
    /// A `WeightkinError` when a file cannot be read, a header is not valid, or there is no such
    /// variant.
    pub async fn open(
        &self,
        name: Option<String>,
        files: Vec<File>,
        paths: Option<Vec<String>>,
        variant: Option<String>,
        has_parts: Option<bool>,
    ) -> Result<String, JsValue> {
        let open = open_model(name, files, paths, variant, has_parts).await?;
        let id = self.next_id.replace(self.next_id.get() + 1);
        let opened = Opened { id, name: open.name(), is_fingerprint: open.is_fingerprint() };
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
        workers: usize,
    ) -> Result<Run, JsValue> {
        let options: Options = serde_json::from_str(options_json)
            .map_err(|error| protocol_error(&format!("bad options: {error}")))?;
        let models = ids.iter().map(|id| self.held(*id)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = models.iter().map(|open| open.name().to_owned()).collect();
        let paths: Vec<String> = models.iter().map(|open| open.path.clone()).collect();
        let told = told_apart(&names, &paths).into_iter();
        let named = |(open, name): (&OpenModel, String)| {
            let input = open.input()?;
            let is_same = name == input.name();
            Ok(if is_same { Arc::clone(input) } else { Arc::new(input.renamed(name)) })
        };
        let inputs: Vec<Arc<Input>> =
            models.iter().zip(told).map(named).collect::<Result<_, JsValue>>()?;
        let job = Job::compare(&inputs, &options, quick, workers)?;
        Ok(Run::new(weight_files(&models), job))
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
        let open = self.held(id)?;
        let limit = SizeLimit { rows, most_bytes: max_bytes.map(|bytes| bytes as u64) };
        let job = Job::fingerprint(open.input()?, limit, sha256)?;
        Ok(Run::new(weight_files(&[open]), job))
    }

    /// Begins a search for the nearest relatives of the model with the fingerprint `id`.
    ///
    /// # Errors
    /// A `WeightkinError` when it is none.
    pub fn search(&self, id: u32) -> Result<Search, JsValue> {
        match self.held(id)?.input()?.as_ref() {
            Input::Fingerprint(known) => Ok(Search::new(Arc::clone(&known.fingerprint))),
            _ => Err(protocol_error("only a fingerprint can be searched for")),
        }
    }
}

impl Coordinator {
    fn held(&self, id: u32) -> Result<OpenModel, JsValue> {
        let models = self.models.borrow();
        models.get(&id).cloned().ok_or_else(|| protocol_error("a model has been closed"))
    }
}

fn facts(open: &OpenModel) -> String {
    let OpenModel { content, files, header_hash, .. } = open;
    let header_hash = header_hash.to_string();
    let of_header = |full: &FullModel| {
        let FullModel { model, recognition, .. } = full;
        facts_json(&ModelFacts {
            name: &model.name,
            files: &model.files,
            bytes: model.bytes(),
            tensors: model.tensors.len() as u64,
            parameters: model.parameters(),
            dtypes: &model.dtypes(),
            metadata: &model.metadata,
            recognition,
            variant: model.variant.as_deref(),
            not_read: &model.not_read,
            header_hash: &header_hash,
            fingerprint: None,
            index: match content {
                Content::Index(_, models) => Some(IndexFacts { models: *models }),
                Content::Input(_) => None,
            },
        })
    };
    match content {
        Content::Index(header, _) => of_header(header),
        Content::Input(input) => match input.as_ref() {
            Input::Full(full) | Input::Adapter(AdapterModel { full, .. }) => of_header(full),
            Input::Fingerprint(FingerprintModel { fingerprint, recognition, .. }) => {
                let source = &fingerprint.source;
                facts_json(&ModelFacts {
                    name: &source.name,
                    files: &source.files,
                    bytes: source.files.iter().map(|file| file.bytes).sum(),
                    tensors: source.tensors,
                    parameters: source.parameters,
                    dtypes: &source.dtypes,
                    metadata: &LiteMap::new(),
                    recognition,
                    variant: None,
                    not_read: &[],
                    header_hash: &header_hash,
                    fingerprint: Some(FingerprintFacts {
                        bytes: files.iter().map(|file| file.size() as u64).sum(),
                        rows: fingerprint.sample.density.rows,
                        columns: fingerprint.sample.density.columns,
                        sha256: source.sha256.as_deref(),
                    }),
                    index: None,
                })
            }
        },
    }
}

fn facts_json(facts: &ModelFacts<'_>) -> String {
    serde_json::to_string(facts).expect("facts have string keys only")
}

async fn open_model(
    name: Option<String>,
    files: Vec<File>,
    paths: Option<Vec<String>>,
    variant: Option<String>,
    has_parts: Option<bool>,
) -> Result<OpenModel, JsValue> {
    let paths = paths
        .filter(|paths| paths.len() == files.len())
        .unwrap_or_else(|| files.iter().map(File::name).collect());
    let (variant, lists) = (variant.as_deref(), indices_among(&files, &paths).await?);
    let group = group_as_one(&paths, &lists, variant, has_parts);
    group.check_variant(variant)?;
    let own_name = name.filter(|name| *name != group.name);
    let name = own_name.clone().unwrap_or(group.name);
    let mut indices = Vec::new();
    let mut parts = Vec::new();
    let mut weights = Vec::new();
    let mut configs = Vec::new();
    for (file, _) in files.iter().zip(&paths).filter(|(_, path)| is_config(path)) {
        let bytes = file.size() as u64;
        if files.len() > 1 && bytes <= quantised::CONFIG_BYTES {
            configs.extend(String::from_utf8(read_slice(file, 0, bytes).await?));
        }
    }
    let mut header_hash = HeaderHash::default();
    for (member, file_name) in group.members.into_iter().zip(group.files) {
        let file = files[member].clone();
        let bytes = file.size() as u64;
        match list_kind(&file_name) {
            Some(ListKind::Shards) => {
                ShardIndex::check_size(&file_name, bytes)?;
                let json = read_slice(&file, 0, bytes).await?;
                indices.push(ShardIndex::parse(&file_name, &json)?);
            }
            Some(ListKind::Parts) => {}
            None if files.len() > 1 && is_config(&file_name) => {}
            None => {
                let header = read_header(&file, &file_name, bytes, &mut header_hash).await?;
                parts.push((FileFacts { name: file_name, bytes }, header));
                weights.push(file);
            }
        }
    }
    let mut model = Model::assemble(name, parts, &indices)?;
    (model.variant, model.not_read) = (group.variant, group.not_read);
    model.configs = configs;
    let mut settings = Vec::new();
    for (name, range) in quantised::settings(&model) {
        settings.push((name, read_slice(&weights[range.file], range.start, range.end).await?));
    }
    model.settings = sorted::first(settings);
    let content = read_content(model, own_name, &weights[0]).await?;
    Ok(OpenModel { content, files: weights, header_hash, path: group.path })
}

/// Whether a file called so says how the others are quantised.
fn is_config(file: &str) -> bool {
    let last = file.rsplit('/').next().unwrap_or(file);
    quantised::CONFIG_FILES.contains(&last)
}

/// What the file with the header of `model` is: `file` is read where it stands for others.
async fn read_content(
    model: Model,
    own_name: Option<String>,
    file: &File,
) -> Result<Content, JsValue> {
    let is_index = Index::is_in(&model);
    if !is_index && !Fingerprint::is_in(&model) {
        return Ok(Content::Input(Arc::new(Input::Full(FullModel::new(model)))));
    }
    let bytes = read_slice(file, 0, file.size() as u64).await?;
    if is_index {
        let index = Index::from_bytes(&bytes)
            .map_err(|error| file_error(&file.name(), error.code(), &error))?;
        return Ok(Content::Index(Arc::new(FullModel::new(model)), index.models.len()));
    }
    let mut fingerprint = Fingerprint::from_bytes(&bytes)
        .map_err(|error| file_error(&file.name(), error.code(), &error))?;
    if let Some(name) = own_name {
        fingerprint.source.name = name;
    }
    let known = FingerprintModel::new(Arc::new(fingerprint));
    Ok(Content::Input(Arc::new(Input::Fingerprint(known))))
}
