//! Names common to all models, with equal shapes, whatever their layouts.

use super::alone::name_alike;
use super::{CompareError, LeftOut, MAX_MODELS, Options, Reason};
use crate::anatomy::language::{EMBEDDING, HEAD};
use crate::anatomy::{Component, place};
use crate::dtype::{Class, class};
use crate::layout::{Aside, Seen, View};
use crate::model::Model;
use crate::shown::Shown;
use crate::sorted::sort_by;

/// One tensor to compare: the same name and width in every model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Canonical name.
    pub name: String,
    /// Dimensions that are compared, outermost first.
    pub shape: Vec<u64>,
    /// The tensor as each model has it, in the order of the models.
    pub seen: Vec<Seen>,
}

impl Matched {
    /// Whether any model stores whole numbers here, and means them.
    pub fn is_integer(&self) -> bool {
        self.seen.iter().any(|seen| class(seen.dtype) == Class::Integer && seen.scale.is_none())
    }

    /// Rows in each model, where they differ and only the common ones are compared.
    pub fn heights(&self) -> Option<Vec<u64>> {
        let heights: Vec<u64> = self.seen.iter().map(Seen::rows).collect();
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
pub fn match_models(models: &[&Model], options: &Options) -> Result<Matching, CompareError> {
    if models.len() < 2 {
        return Err(CompareError::TooFewModels { count: models.len() });
    }
    if models.len() > MAX_MODELS {
        return Err(CompareError::TooManyModels { count: models.len() });
    }
    if let Some(ancestor) = options.ancestor
        && ancestor >= models.len()
    {
        return Err(CompareError::NoSuchAncestor { ancestor, count: models.len() });
    }
    if let Some(lora) = models.iter().find(|model| crate::anatomy::is_lora(model)) {
        return Err(CompareError::Lora { model: lora.name.clone() });
    }
    let mut views: Vec<View> = models.iter().map(|model| View::of(model)).collect();
    tie_heads(&mut views);
    name_alike(&mut views);

    // nothing but the VAE: then that is what the user wants compared
    let include_vae = options.include_vae || views.iter().any(is_vae);
    let is_aside = |name| views.iter().any(|view| view.set_aside.contains_key(name));
    let names = union(views.iter().map(|view| view.tensors.keys()));
    let mut matching = Matching { matched: Vec::new(), left_out: set_aside(&views) };
    for name in names {
        let found: Vec<Option<&Seen>> = views.iter().map(|view| view.tensors.get(name)).collect();
        match judge(name, &found, include_vae) {
            Ok(matched) => matching.matched.push(matched),
            // set aside by some models, and said so
            Err(Reason::Missing { .. }) if is_aside(name) => {}
            Err(reason) => matching.left_out.push(LeftOut { name: name.clone(), reason }),
        }
    }
    sort_by(&mut matching.left_out, |a, b| a.name.cmp(&b.name));
    if matching.matched.is_empty() {
        let names: Vec<String> =
            models.iter().map(|model| Shown(&model.name).to_string()).collect();
        return Err(CompareError::NothingInCommon {
            models: names.join(", "),
            left_out: matching.left_out.len(),
        });
    }
    Ok(matching)
}

/// A language model without an output matrix uses its embedding; where another model has one, the
/// two are compared.
fn tie_heads(views: &mut [View]) {
    if !views.iter().any(|view| view.tensors.contains_key(HEAD)) {
        return;
    }
    for view in views {
        if let (None, Some(embedding)) = (view.tensors.get(HEAD), view.tensors.get(EMBEDDING)) {
            view.tensors.insert(HEAD.to_owned(), embedding.clone());
        }
    }
}

/// Whether a model consists of a VAE alone.
fn is_vae(view: &View) -> bool {
    view.tensors.iter().all(|(name, seen)| place(name, &seen.shape).component == Component::Vae)
}

/// All names, sorted.
fn union<'a>(names: impl Iterator<Item = impl Iterator<Item = &'a String>>) -> Vec<&'a String> {
    let mut union: Vec<_> = names.flatten().collect();
    sort_by(&mut union, Ord::cmp);
    union.dedup();
    union
}

/// Tensors that take no part in any comparison, with the models that have them.
fn set_aside(views: &[View]) -> Vec<LeftOut> {
    let names = union(views.iter().map(|view| view.set_aside.keys()));
    names
        .into_iter()
        .map(|name| {
            let has = |view: &View| view.set_aside.get(name).copied();
            let models = (0..views.len()).filter(|&model| has(&views[model]).is_some()).collect();
            let reason = match views.iter().find_map(has) {
                Some(Aside::Ema) => Reason::Ema { models },
                Some(Aside::Quantised) => Reason::Quantised { models },
                _ => Reason::Bookkeeping { models },
            };
            LeftOut { name: name.clone(), reason }
        })
        .collect()
}

fn judge(name: &str, found: &[Option<&Seen>], include_vae: bool) -> Result<Matched, Reason> {
    let shape = found.iter().flatten().next().map_or(&[][..], |seen| &seen.shape);
    if place(name, shape).component == Component::Vae && !include_vae {
        return Err(Reason::Vae);
    }
    let missing_in: Vec<usize> =
        found.iter().enumerate().filter(|(_, seen)| seen.is_none()).map(|(m, _)| m).collect();
    if !missing_in.is_empty() {
        return Err(Reason::Missing { missing_in });
    }
    let seen: Vec<Seen> = found.iter().flatten().map(|seen| (*seen).clone()).collect();
    let shape = common_shape(name, &seen).ok_or_else(|| Reason::Shape {
        shapes: seen.iter().map(|seen| seen.shape.clone()).collect(),
    })?;
    if seen.iter().any(|seen| class(seen.dtype) == Class::Opaque) {
        let dtypes = seen.iter().map(|seen| seen.dtype.to_string()).collect();
        return Err(Reason::Dtype { dtypes });
    }
    Ok(Matched { name: name.to_owned(), shape, seen })
}

/// The shape that all of `seen` have. Vocabularies of language models may differ in height: the
/// rows they have in common are compared.
fn common_shape(name: &str, seen: &[Seen]) -> Option<Vec<u64>> {
    let first = &seen[0].shape;
    if seen.iter().all(|seen| seen.shape == *first) {
        return Some(first.clone());
    }
    let is_vocabulary = name == EMBEDDING || name == HEAD;
    let same_width = seen.iter().all(|seen| seen.shape.len() == 2 && seen.shape[1..] == first[1..]);
    (is_vocabulary && same_width)
        .then(|| vec![seen.iter().map(Seen::rows).min().unwrap_or(0), first[1]])
}
