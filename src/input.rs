//! A model as comparisons take it: what is known of it, and its tensors under canonical names.

use std::sync::Arc;

use crate::canonical::{CanonicalModel, Recognition, recognize};
use crate::fingerprint::Fingerprint;
use crate::lora::Adapter;
use crate::matching::{MatchError, Matching, NamedModel, Options, match_models};
use crate::model::Model;
use crate::sample::SampledTensor;

/// A model that takes part in comparisons.
#[derive(Debug, Clone)]
pub enum Input {
    /// Its files are there.
    Full(FullModel),
    /// Its fingerprint is.
    Fingerprint(FingerprintModel),
    /// It is no model: what its files hold is added to one.
    Adapter(AdapterModel),
}

/// A model whose files are there.
#[derive(Debug, Clone)]
pub struct FullModel {
    /// What the headers say.
    pub model: Model,
    /// Its tensors under canonical names.
    pub canonical: CanonicalModel,
    /// What it is.
    pub recognition: Recognition,
}

/// A model that is known by its fingerprint.
#[derive(Debug, Clone)]
pub struct FingerprintModel {
    /// The fingerprint.
    pub fingerprint: Arc<Fingerprint>,
    /// The tensors of its sample under canonical names. They have no rows in a file.
    pub canonical: CanonicalModel,
    /// What it is.
    pub recognition: Recognition,
}

/// An adapter whose files are there.
#[derive(Debug, Clone)]
pub struct AdapterModel {
    /// What the headers say, as of a model.
    pub full: FullModel,
    /// Its modules.
    pub adapter: Arc<Adapter>,
}

/// Puts the adapters among `inputs` behind the models, and the positions of `options` with them.
/// An adapter cannot be a target: then the first model is.
pub fn models_first<T>(
    inputs: Vec<T>,
    input: impl Fn(&T) -> &Input,
    options: &mut Options,
) -> Vec<T> {
    let order: Vec<bool> = inputs.iter().map(|item| input(item).is_adapter()).collect();
    let moved = |position: usize| {
        let before = order.iter().take(position).filter(|is_adapter| !**is_adapter).count();
        (order.get(position) == Some(&false)).then_some(before)
    };
    // one that is none of the models is refused by the matching
    options.ancestor = options.ancestor.map(|at| moved(at).unwrap_or(usize::MAX));
    options.target = moved(options.target).unwrap_or(0);
    let (adapters, mut models): (Vec<T>, Vec<T>) =
        inputs.into_iter().partition(|item| input(item).is_adapter());
    models.extend(adapters);
    models
}

/// Matches the tensors of `inputs` by their canonical names.
///
/// # Errors
/// As [`match_models`].
pub fn match_inputs(inputs: &[&Input], options: &Options) -> Result<Matching, MatchError> {
    let named: Vec<NamedModel<'_>> = inputs.iter().map(|input| input.named()).collect();
    match_models(&named, options)
}

impl FullModel {
    /// Works out what the tensors of `model` are, from their names and shapes.
    pub fn new(model: Model) -> Self {
        let canonical = CanonicalModel::from_model(&model);
        let recognition = recognize(&model, &canonical);
        Self { model, canonical, recognition }
    }
}

impl FingerprintModel {
    /// Works out what the tensors of the sample are, from their names and shapes.
    pub fn new(fingerprint: Arc<Fingerprint>) -> Self {
        let model = fingerprint.model();
        let canonical = CanonicalModel::from_model(&model).without_rows();
        let recognition = recognize(&model, &canonical);
        Self { fingerprint, canonical, recognition }
    }

    /// The sample of the tensor that is stored as `name`.
    pub fn sampled(&self, name: &str) -> Option<&SampledTensor> {
        let tensors = &self.fingerprint.sample.tensors;
        let position = tensors.binary_search_by(|tensor| tensor.name.as_str().cmp(name)).ok()?;
        tensors.get(position)
    }
}

impl Input {
    /// What to call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Full(full) | Self::Adapter(AdapterModel { full, .. }) => &full.model.name,
            Self::Fingerprint(known) => &known.fingerprint.source.name,
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn renamed(&self, name: String) -> Self {
        let mut renamed = self.clone();
        match &mut renamed {
            Self::Full(full) | Self::Adapter(AdapterModel { full, .. }) => full.model.name = name,
            Self::Fingerprint(known) => Arc::make_mut(&mut known.fingerprint).source.name = name,
        }
        renamed
    }

    /// Whether it is made of the variant called `name`.
    pub fn has_variant(&self, name: &str) -> bool {
        match self {
            Self::Full(full) => full.model.has_variant(name),
            Self::Fingerprint(_) | Self::Adapter(_) => false,
        }
    }

    /// Whether it is an adapter.
    pub fn is_adapter(&self) -> bool {
        matches!(self, Self::Adapter(_))
    }

    /// Whether all of its weights can be read.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Its tensors under canonical names.
    pub fn canonical(&self) -> &CanonicalModel {
        match self {
            Self::Full(full) | Self::Adapter(AdapterModel { full, .. }) => &full.canonical,
            Self::Fingerprint(known) => &known.canonical,
        }
    }

    /// What it is.
    pub fn recognition(&self) -> &Recognition {
        match self {
            Self::Full(full) | Self::Adapter(AdapterModel { full, .. }) => &full.recognition,
            Self::Fingerprint(known) => &known.recognition,
        }
    }

    fn named(&self) -> NamedModel<'_> {
        NamedModel {
            name: self.name(),
            architecture: self.recognition().architecture,
            canonical: self.canonical(),
        }
    }

    /// Number of files that its rows are read from.
    pub fn file_count(&self) -> usize {
        match self {
            Self::Full(full) | Self::Adapter(AdapterModel { full, .. }) => full.model.files.len(),
            Self::Fingerprint(_) => 0,
        }
    }
}
