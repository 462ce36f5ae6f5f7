//! A model's tensors as the canonical layout has them.

use std::borrow::Cow;

use litemap::LiteMap;

use super::layout::{Layout, clean};
use super::name::Canonical;
use crate::architecture::family::Rows;
use crate::architecture::{
    TensorRole, classify, is_inner_adapter, is_position_table, without_base_layer,
};
use crate::dtype::{Class, class};
use crate::model::{Model, Tensor};
use crate::quantised::{Storage, storage};
use crate::sorted::{self, sort_by};
use crate::tensor::{Encoding, Piece, Scale, TensorSource};

/// Averages kept by a training run beside the weights.
const EMA_PREFIX: &str = "model_ema.";

/// Largest tensor that is transposed, in elements: it is held in memory whole.
const TRANSPOSED_ELEMENTS: u64 = 1 << 24;
/// Widest one after that: it must be a single window.
const TRANSPOSED_COLS: u64 = 1 << 16;

/// One model's tensors under canonical names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalModel {
    /// Tensors that take part in comparisons, by canonical name.
    pub tensors: LiteMap<String, CanonicalTensor>,
    /// Tensors that do not, by the name that the model stores them under.
    pub excluded: LiteMap<String, Exclusion>,
}

/// Why a tensor of one model takes no part in comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// An average kept by the training run.
    Ema,
    /// A table of positions: computed, not learnt, and the same in all models.
    Positions,
    /// Belongs to an adapter that the model carries beside its weights.
    Adapter,
    /// Scales, tables and settings of a quantisation.
    Bookkeeping,
    /// Quantised in a way that is not undone here: the stored numbers alone are not the weights.
    Quantised,
}

/// A tensor in the canonical layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalTensor {
    /// Where its rows are. Its shape has no trailing ones behind the second dimension: a 1×1
    /// convolution is a matrix.
    pub source: TensorSource,
    /// Component, block and kind.
    pub role: TensorRole,
    /// Names of the stored tensors that it is made of, from the top.
    pub stored_names: Vec<String>,
}

impl CanonicalModel {
    /// The canonical layout of `model`, from its names and shapes alone.
    pub fn from_model(model: &Model) -> Self {
        let storage = storage(model);
        let stored = model.tensors.keys();
        let meant: Vec<Vec<&str>> =
            stored.map(|name| meant_names(name, storage.get(name))).collect();
        let cleaned: Vec<Cow<'_, str>> = meant.iter().flatten().map(|name| plain(name)).collect();
        let mut names: Vec<&str> = cleaned.iter().map(AsRef::as_ref).collect();
        sort_by(&mut names, Ord::cmp);
        let layout = Layout::of(&names);
        let (mut parts, mut renamed, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut excluded = Vec::new();
        for ((name, tensor), meant) in model.tensors.iter().zip(&meant) {
            if name.starts_with(EMA_PREFIX) {
                excluded.push((name.clone(), Exclusion::Ema));
                continue;
            }
            if is_inner_adapter(model, name) {
                excluded.push((name.clone(), Exclusion::Adapter));
                continue;
            }
            let scale = match storage.get(name) {
                None | Some(Storage::Named(_)) => None,
                Some(Storage::Scaled(scale)) => Some(*scale),
                Some(Storage::Weights(weights)) => {
                    for (meant, source) in weights {
                        let Canonical { name: canonical, rows } = layout.canonical(&plain(meant));
                        let is_taken = canonical != *name && model.tensors.contains_key(&canonical);
                        // its rows are where the codes have them, and no part has scales of its own
                        if rows == Rows::Same && !is_taken {
                            renamed.push((canonical, name, source.clone()));
                            continue;
                        }
                        excluded.push((name.clone(), Exclusion::Quantised));
                    }
                    continue;
                }
                Some(Storage::Bookkeeping) => {
                    excluded.push((name.clone(), Exclusion::Bookkeeping));
                    continue;
                }
                Some(Storage::Quantised) => {
                    excluded.push((name.clone(), Exclusion::Quantised));
                    continue;
                }
            };
            let Canonical { name: canonical, rows } = layout.canonical(&plain(meant[0]));
            if is_position_table(&canonical) {
                excluded.push((name.clone(), Exclusion::Positions));
                continue;
            }
            // two names that mean the same are kept apart, each under its own
            if canonical != *name && model.tensors.contains_key(&canonical) {
                kept.push((name.clone(), vec![name], whole(tensor, scale)));
                continue;
            }
            // a tensor has one scale at most, and it runs along the rows as stored
            let unscalable = match rows {
                Rows::Same | Rows::Flat => false,
                Rows::Transposed | Rows::Swapped => scale.is_some_and(|scale| scale.per_row),
                Rows::Part(..) | Rows::SwappedInLast => true,
            };
            if scale.is_some() && unscalable {
                excluded.push((name.clone(), Exclusion::Quantised));
                continue;
            }
            if let Rows::Part(part, count) = rows {
                parts.push((canonical, (part, count), name));
                continue;
            }
            match arranged(tensor, scale, rows) {
                Some(source) => renamed.push((canonical, name, source)),
                None => kept.push((name.clone(), vec![name], whole(tensor, scale))),
            }
        }
        let mut tensors = join(model, parts);
        tensors.append(&mut kept);
        // of several that would have the same name, the first gets it
        sort_by(&mut renamed, |(a, ..), (b, ..)| a.cmp(b));
        let mut taken: Option<String> = None;
        for (canonical, name, source) in renamed {
            let is_taken = taken.as_ref() == Some(&canonical);
            if is_taken && matches!(source.encoding, Encoding::Quantised(_)) {
                excluded.push((name.clone(), Exclusion::Quantised));
            } else if is_taken {
                let tensor = &model.tensors[name];
                tensors.push((name.clone(), vec![name], whole(tensor, source.encoding.scale())));
            } else {
                taken = Some(canonical.clone());
                tensors.push((canonical, vec![name], source));
            }
        }
        let tensors = tensors.into_iter().map(|(name, stored, source)| {
            let role = classify(&name, &source.shape);
            let stored_names = stored.into_iter().cloned().collect();
            (name, CanonicalTensor { source, role, stored_names })
        });
        Self { tensors: sorted::first(tensors.collect()), excluded: sorted::first(excluded) }
    }

    /// The same where nothing can be read: a model that is known by its fingerprint.
    #[must_use]
    pub fn without_rows(self) -> Self {
        let without = |(name, mut tensor): (String, CanonicalTensor)| {
            tensor.source.pieces.clear();
            (name, tensor)
        };
        Self { tensors: self.tensors.into_iter().map(without).collect(), ..self }
    }

    /// Number of excluded averages of a training run.
    pub fn ema_tensors(&self) -> u64 {
        self.count(Exclusion::Ema)
    }

    /// Number of excluded tensors that serve a quantisation.
    pub fn bookkeeping_tensors(&self) -> u64 {
        self.count(Exclusion::Bookkeeping)
    }

    fn count(&self, exclusion: Exclusion) -> u64 {
        self.excluded.values().filter(|reason| **reason == exclusion).count() as u64
    }
}

/// `name` without what training frameworks and adapters have added to it.
fn plain(name: &str) -> Cow<'_, str> {
    match without_base_layer(name) {
        Some(name) => Cow::Owned(clean(&name).into_owned()),
        None => clean(name),
    }
}

/// The names of the weights that the tensor `name` holds: its own, unless it is stored under another
/// one.
fn meant_names<'a>(name: &'a str, storage: Option<&'a Storage>) -> Vec<&'a str> {
    match storage {
        Some(Storage::Named(meant)) => vec![meant.as_str()],
        Some(Storage::Weights(weights)) => {
            weights.iter().map(|(meant, _)| meant.as_str()).collect()
        }
        _ => vec![name],
    }
}

/// A canonical name, the stored tensors behind it, and where the rows are.
type Named<'a> = (String, Vec<&'a String>, TensorSource);

/// Puts tensors together that single files keep one below the other, given as the name of the
/// whole, which part of how many each is, and its own name. What does not go together stays as it
/// is.
fn join<'a>(model: &Model, mut named: Vec<(String, (u8, u8), &'a String)>) -> Vec<Named<'a>> {
    sort_by(&mut named, |(a, part_a, _), (b, part_b, _)| a.cmp(b).then(part_a.cmp(part_b)));
    let mut joined = Vec::new();
    for group in named.chunk_by(|(a, ..), (b, ..)| a == b) {
        let parts: Vec<(&String, &Tensor)> =
            group.iter().map(|(.., name)| (*name, &model.tensors[name])).collect();
        let (_, (_, count), _) = group[0];
        let is_complete = group.len() == usize::from(count)
            && group.iter().zip(0..).all(|((_, (part, of), _), at)| *part == at && *of == count);
        let tensors: Vec<&Tensor> = parts.iter().map(|(_, tensor)| *tensor).collect();
        match below_each_other(&tensors).filter(|_| is_complete) {
            Some(source) => {
                let names = parts.iter().map(|(name, _)| *name).collect();
                joined.push((group[0].0.clone(), names, source));
            }
            None => joined.extend(
                parts
                    .iter()
                    .map(|(name, tensor)| ((*name).clone(), vec![*name], whole(tensor, None))),
            ),
        }
    }
    joined
}

/// `tensor` as it is: without trailing ones behind the second dimension and, unless it holds whole
/// numbers, without leading ones.
fn whole(tensor: &Tensor, scale: Option<Scale>) -> TensorSource {
    let mut shape = tensor.shape.clone();
    while shape.len() > 2 && shape.last() == Some(&1) {
        shape.pop();
    }
    if class(tensor.dtype) == Class::Float && scale.is_none() {
        let ones = shape.iter().take(shape.len().saturating_sub(1)).take_while(|d| **d == 1);
        let ones = ones.count();
        shape.drain(..ones);
    }
    let encoding = match scale {
        None => Encoding::Plain(tensor.dtype),
        Some(scale) => Encoding::Scaled(tensor.dtype, scale),
    };
    let rows = shape.first().copied().unwrap_or(1);
    let pieces = vec![Piece { file: tensor.file, start: tensor.start, rows }];
    TensorSource { shape, encoding, pieces, transposed: false }
}

/// `tensor` with its rows as the canonical layout has them; `None` where they cannot be.
fn arranged(tensor: &Tensor, scale: Option<Scale>, rows: Rows) -> Option<TensorSource> {
    let source = whole(tensor, scale);
    match rows {
        Rows::Same => Some(source),
        Rows::Flat => {
            let elements = source.elements();
            let pieces = vec![Piece { rows: elements, ..source.pieces[0] }];
            Some(TensorSource { shape: vec![elements], pieces, ..source })
        }
        Rows::Transposed => {
            let mut shape = tensor.shape.clone();
            let transposable = shape.len() == 2
                && shape[0] <= TRANSPOSED_COLS
                && tensor.elements() <= TRANSPOSED_ELEMENTS;
            shape.reverse();
            let pieces = vec![Piece { rows: *shape.first()?, ..source.pieces[0] }];
            transposable.then_some(TensorSource { shape, pieces, transposed: true, ..source })
        }
        Rows::Swapped => {
            let half = source.rows() / 2;
            if !source.rows().is_multiple_of(2) || !source.encoding.is_readable() {
                return None;
            }
            let upper = Piece { rows: half, ..source.pieces[0] };
            let lower = Piece { start: upper.start + half * source.row_bytes(), ..upper };
            Some(TensorSource { pieces: vec![lower, upper], ..source })
        }
        Rows::Part(..) | Rows::SwappedInLast => None,
    }
}

/// Tensors of one width and format as one.
fn below_each_other(parts: &[&Tensor]) -> Option<TensorSource> {
    let first = *parts.first()?;
    let same = |tensor: &&&Tensor| {
        tensor.dtype == first.dtype && tensor.shape.get(1..) == first.shape.get(1..)
    };
    if first.shape.is_empty() || !parts.iter().all(|tensor| same(&tensor)) {
        return None;
    }
    let piece = |part: &&Tensor| Piece { file: part.file, start: part.start, rows: part.shape[0] };
    let pieces: Vec<Piece> = parts.iter().map(piece).collect();
    let mut shape = first.shape.clone();
    // too large only without columns, and then it does not matter
    shape[0] = pieces.iter().map(|piece| piece.rows).fold(0, u64::saturating_add);
    Some(TensorSource { shape, encoding: Encoding::Plain(first.dtype), pieces, transposed: false })
}
