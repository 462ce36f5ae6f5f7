//! Names common to all models, with equal shapes, whatever their layouts.

use super::clip::align_clip_l_names;
use super::{LeftOut, MAX_MODELS, MatchError, Options, Reason, Unmatched, aligned, fused};
use crate::architecture::language::{EMBEDDING, HEAD, is_vocabulary};
use crate::architecture::{Architecture, Component, TensorRole, classify};
use crate::canonical::{CanonicalModel, CanonicalTensor, Exclusion};
use crate::escape::Escaped;
use crate::sorted::sort_by;

/// A model as far as matching has to know it.
#[derive(Debug, Clone, Copy)]
pub struct NamedModel<'a> {
    /// What to call it.
    pub name: &'a str,
    /// What it is.
    pub architecture: Architecture,
    /// Its tensors under canonical names.
    pub canonical: &'a CanonicalModel,
}

/// One tensor to compare: the same name and width in every model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Canonical name.
    pub name: String,
    /// Dimensions that are compared, outermost first.
    pub shape: Vec<u64>,
    /// Component, block and kind.
    pub role: TensorRole,
    /// The tensor as each model has it, in the order of the models.
    pub tensors: Vec<CanonicalTensor>,
    /// Its name in every model, where the names have nothing in common but their ends.
    pub aligned: Option<Vec<String>>,
}

impl Matched {
    /// Whether any model stores whole numbers here, and means them.
    pub fn is_integer(&self) -> bool {
        self.tensors.iter().any(|tensor| tensor.source.encoding.is_integer())
    }

    /// Rows in each model, where they differ and only the common ones are compared.
    pub fn heights(&self) -> Option<Vec<u64>> {
        let heights: Vec<u64> = self.tensors.iter().map(|tensor| tensor.source.rows()).collect();
        heights.iter().any(|height| *height != heights[0]).then_some(heights)
    }
}

/// What is compared and what is not; both sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// Tensors to compare.
    pub matched: Vec<Matched>,
    /// Every other tensor of any model.
    pub left_out: Vec<LeftOut>,
}

/// Matches the tensors of `models` by their canonical names.
///
/// # Errors
/// When there are too few or too many models, one of them is a LoRA, or nothing is common to all.
pub fn match_models(models: &[NamedModel<'_>], options: &Options) -> Result<Matching, MatchError> {
    if models.len() < 2 {
        return Err(MatchError::TooFewModels { count: models.len() });
    }
    if models.len() > MAX_MODELS {
        return Err(MatchError::TooManyModels { count: models.len() });
    }
    if let Some(ancestor) = options.ancestor
        && ancestor >= models.len()
    {
        return Err(MatchError::NoSuchAncestor { ancestor, count: models.len() });
    }
    if let Some(lora) = models.iter().find(|model| model.architecture == Architecture::Lora) {
        return Err(MatchError::Lora { model: lora.name.to_owned() });
    }
    let mut canonical: Vec<CanonicalModel> =
        models.iter().map(|model| model.canonical.clone()).collect();
    tie_heads(&mut canonical);
    align_clip_l_names(&mut canonical);
    fused::align(&mut canonical);

    let mut matching = by_name(&canonical, options);
    // known names mean something: only unknown ones may be those of another model
    let is_unknown = |model: &NamedModel<'_>| model.architecture == Architecture::Unknown;
    if matching.matched.is_empty() && models.iter().any(is_unknown) {
        let mut aligned = aligned::align(&mut canonical);
        if !aligned.is_empty() {
            matching = by_name(&canonical, options);
            for matched in &mut matching.matched {
                matched.aligned = aligned.remove(&matched.name);
            }
        }
    }
    if matching.matched.is_empty() {
        let names: Vec<&str> = models.iter().map(|model| model.name).collect();
        let shown: Vec<String> = names.iter().map(|name| Escaped(name).to_string()).collect();
        return Err(MatchError::NothingInCommon {
            models: shown.join(", "),
            left_out: matching.left_out.len(),
            unmatched: Unmatched::of(&names, &canonical),
        });
    }
    Ok(matching)
}

/// Tensors of one name, and all others.
fn by_name(canonical: &[CanonicalModel], options: &Options) -> Matching {
    // nothing but the VAE: then that is what the user wants compared
    let include_vae = options.include_vae || canonical.iter().any(is_vae);
    let is_aside = |name| canonical.iter().any(|model| model.excluded.contains_key(name));
    let names = union(canonical.iter().map(|model| model.tensors.keys()));
    let mut matching = Matching { matched: Vec::new(), left_out: excluded(canonical) };
    for name in names {
        let found: Vec<Option<&CanonicalTensor>> =
            canonical.iter().map(|model| model.tensors.get(name)).collect();
        match judge(name, &found, include_vae) {
            Ok(matched) => matching.matched.push(matched),
            // set aside by some models, and said so
            Err(Reason::Missing { .. }) if is_aside(name) => {}
            Err(reason) => matching.left_out.push(LeftOut { name: name.clone(), reason }),
        }
    }
    sort_by(&mut matching.left_out, |a, b| a.name.cmp(&b.name));
    matching
}

/// A language model without an output matrix uses its embedding; where another model has one, the
/// two are compared.
fn tie_heads(canonical: &mut [CanonicalModel]) {
    if !canonical.iter().any(|model| model.tensors.contains_key(HEAD)) {
        return;
    }
    for model in canonical {
        if let (None, Some(embedding)) = (model.tensors.get(HEAD), model.tensors.get(EMBEDDING)) {
            let role = classify(HEAD, &embedding.source.shape);
            model.tensors.insert(HEAD.to_owned(), CanonicalTensor { role, ..embedding.clone() });
        }
    }
}

/// Whether a model consists of a VAE alone.
fn is_vae(model: &CanonicalModel) -> bool {
    model.tensors.values().all(|tensor| tensor.role.component == Component::Vae)
}

/// All names, sorted.
fn union<'a>(names: impl Iterator<Item = impl Iterator<Item = &'a String>>) -> Vec<&'a String> {
    let mut union: Vec<_> = names.flatten().collect();
    sort_by(&mut union, Ord::cmp);
    union.dedup();
    union
}

/// Tensors that take no part in any comparison, with the models that have them.
fn excluded(canonical: &[CanonicalModel]) -> Vec<LeftOut> {
    let names = union(canonical.iter().map(|model| model.excluded.keys()));
    names
        .into_iter()
        .map(|name| {
            let has = |model: &CanonicalModel| model.excluded.get(name).copied();
            let models =
                (0..canonical.len()).filter(|&model| has(&canonical[model]).is_some()).collect();
            let reason = match canonical.iter().find_map(has) {
                Some(Exclusion::Ema) => Reason::Ema { models },
                Some(Exclusion::Positions) => Reason::Positions { models },
                Some(Exclusion::Adapter) => Reason::Adapter { models },
                Some(Exclusion::Quantised) => Reason::Quantised { models },
                _ => Reason::Bookkeeping { models },
            };
            LeftOut { name: name.clone(), reason }
        })
        .collect()
}

fn judge(
    name: &str,
    found: &[Option<&CanonicalTensor>],
    include_vae: bool,
) -> Result<Matched, Reason> {
    let is_vae = |tensor: &&CanonicalTensor| tensor.role.component == Component::Vae;
    if !include_vae && found.iter().flatten().next().is_some_and(is_vae) {
        return Err(Reason::Vae);
    }
    let missing_in: Vec<usize> =
        found.iter().enumerate().filter(|(_, tensor)| tensor.is_none()).map(|(m, _)| m).collect();
    if !missing_in.is_empty() {
        return Err(Reason::Missing { missing_in });
    }
    let mut tensors: Vec<CanonicalTensor> =
        found.iter().flatten().map(|tensor| (*tensor).clone()).collect();
    agree_on_leading_ones(&mut tensors);
    let shape = common_shape(name, &tensors).ok_or_else(|| Reason::Shape {
        shapes: tensors.iter().map(|tensor| tensor.source.shape.clone()).collect(),
    })?;
    if tensors.iter().any(|tensor| !tensor.source.encoding.is_readable()) {
        let dtype = |tensor: &CanonicalTensor| tensor.source.encoding.dtype().to_string();
        return Err(Reason::Dtype { dtypes: tensors.iter().map(dtype).collect() });
    }
    let integers = integer_matrices(name, &tensors);
    if !integers.is_empty() && integers.len() < tensors.len() {
        return Err(Reason::Quantised { models: integers });
    }
    let role = tensors[0].role.clone();
    Ok(Matched { name: name.to_owned(), shape, role, tensors, aligned: None })
}

/// The models that store whole numbers where weights are: those are codes to a model that stores
/// real ones. Lists such as those of positions are whole numbers in any format.
fn integer_matrices(name: &str, tensors: &[CanonicalTensor]) -> Vec<usize> {
    let is_matrix = |shape: &[u64]| shape.iter().filter(|size| **size > 1).count() > 1;
    let is_weight = name.ends_with("weight") || is_matrix(&tensors[0].source.shape);
    let is_integer = |model: &usize| tensors[*model].source.encoding.is_integer();
    (0..tensors.len()).filter(|model| is_weight && is_integer(model)).collect()
}

/// Tensors of whole numbers keep leading dimensions of 1, others do not: where models differ, all
/// keep them.
fn agree_on_leading_ones(tensors: &mut [CanonicalTensor]) {
    let longest = tensors.iter().map(|tensor| &tensor.source.shape).max_by_key(|shape| shape.len());
    let Some(longest) = longest.cloned() else { return };
    // samples keep the rows of the shape that they were taken of
    if tensors.iter().any(|tensor| tensor.source.pieces.is_empty()) {
        return;
    }
    for CanonicalTensor { source, .. } in tensors {
        let missing = longest.len() - source.shape.len();
        let is_same = longest[..missing].iter().all(|dimension| *dimension == 1)
            && longest[missing..] == source.shape[..];
        if missing > 0 && is_same && source.pieces.len() <= 1 && !source.shape.is_empty() {
            source.shape.clone_from(&longest);
            for piece in &mut source.pieces {
                piece.rows = 1;
            }
        }
    }
}

/// The shape that all of `tensors` have. Vocabularies of language models may differ in height: the
/// rows they have in common are compared.
fn common_shape(name: &str, tensors: &[CanonicalTensor]) -> Option<Vec<u64>> {
    let shapes = || tensors.iter().map(|tensor| &tensor.source.shape);
    let first = &tensors[0].source.shape;
    if shapes().all(|shape| shape == first) {
        return Some(first.clone());
    }
    let same_width = shapes().all(|shape| !shape.is_empty() && shape[1..] == first[1..]);
    if !same_width || !is_vocabulary(name) {
        return None;
    }
    let mut shape = first.clone();
    shape[0] = tensors.iter().map(|tensor| tensor.source.rows()).min().unwrap_or(0);
    Some(shape)
}
