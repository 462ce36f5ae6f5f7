//! A model's tensors as the canonical layout has them.

use litemap::LiteMap;

use super::{Canonical, Dialect};
use crate::architecture::{TensorRole, classify, is_inner_adapter, without_base_layer};
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
        let dialect = Dialect::of(model);
        let storage = storage(model);
        let (mut fused, mut renamed, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut excluded = Vec::new();
        for (name, tensor) in &model.tensors {
            if name.starts_with(EMA_PREFIX) {
                excluded.push((name.clone(), Exclusion::Ema));
                continue;
            }
            if is_inner_adapter(model, name) {
                excluded.push((name.clone(), Exclusion::Adapter));
                continue;
            }
            let scale = match storage.get(name) {
                None => None,
                Some(Storage::Scaled(scale)) => Some(*scale),
                Some(Storage::Weight(meant, source)) => {
                    let plain = without_base_layer(meant);
                    let plain = plain.as_ref().unwrap_or(meant);
                    let Canonical { name: canonical, qkv_index, transposed } =
                        dialect.canonical(model, plain);
                    let is_taken = canonical != *name && model.tensors.contains_key(&canonical);
                    // its rows are where the codes have them, and no third has scales of its own
                    if qkv_index.is_some() || transposed || is_taken {
                        excluded.push((name.clone(), Exclusion::Quantised));
                    } else {
                        renamed.push((canonical, name, (**source).clone()));
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
            let plain = without_base_layer(name);
            let Canonical { name: canonical, qkv_index, transposed } =
                dialect.canonical(model, plain.as_ref().unwrap_or(name));
            // two names that mean the same are kept apart, each under its own
            if canonical != *name && model.tensors.contains_key(&canonical) {
                kept.push((name.clone(), vec![name], whole(tensor, false, scale)));
                continue;
            }
            // a tensor has one scale at most, and it runs along the rows as stored
            let unscalable =
                qkv_index.is_some() || (transposed && scale.is_some_and(|s| s.per_row));
            if scale.is_some() && unscalable {
                excluded.push((name.clone(), Exclusion::Quantised));
                continue;
            }
            if let Some(qkv_index) = qkv_index {
                fused.push((canonical, qkv_index, name));
                continue;
            }
            let transposable = tensor.shape.len() == 2
                && tensor.shape[0] <= TRANSPOSED_COLS
                && tensor.elements() <= TRANSPOSED_ELEMENTS;
            if transposed && !transposable {
                kept.push((name.clone(), vec![name], whole(tensor, false, scale)));
            } else {
                renamed.push((canonical, name, whole(tensor, transposed, scale)));
            }
        }
        let mut tensors = fuse(model, fused);
        tensors.append(&mut kept);
        // of several that would have the same name, the first gets it
        sort_by(&mut renamed, |(a, ..), (b, ..)| a.cmp(b));
        let mut taken: Option<String> = None;
        for (canonical, name, source) in renamed {
            if taken.as_ref() == Some(&canonical) {
                tensors.push((name.clone(), vec![name], as_stored(source)));
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

/// A canonical name, the stored tensors behind it, and where the rows are.
type Named<'a> = (String, Vec<&'a String>, TensorSource);

/// Puts the parts of attention matrices together, given as the name of the whole, which part and
/// the part's own name. What does not go together stays as it is.
fn fuse<'a>(model: &Model, mut named: Vec<(String, usize, &'a String)>) -> Vec<Named<'a>> {
    sort_by(&mut named, |(a, ..), (b, ..)| a.cmp(b));
    let mut fused = Vec::new();
    for group in named.chunk_by(|(a, ..), (b, ..)| a == b) {
        let mut parts = [None; 3];
        for (_, qkv_index, name) in group {
            parts[*qkv_index] = model.tensors.get(*name).map(|tensor| (*name, tensor));
        }
        let names = parts.iter().flatten().map(|(name, _)| *name);
        match query_key_value(&parts.map(|part| part.map(|(_, tensor)| tensor))) {
            Some(source) => fused.push((group[0].0.clone(), names.collect(), source)),
            None => {
                fused.extend(parts.iter().flatten().map(|(name, tensor)| {
                    ((*name).clone(), vec![*name], whole(tensor, false, None))
                }))
            }
        }
    }
    fused
}

/// `tensor` as it is, or with rows and columns exchanged.
fn whole(tensor: &Tensor, transposed: bool, scale: Option<Scale>) -> TensorSource {
    let mut shape = tensor.shape.clone();
    while shape.len() > 2 && shape.last() == Some(&1) {
        shape.pop();
    }
    if transposed {
        shape.reverse();
    }
    let encoding = match scale {
        None => Encoding::Plain(tensor.dtype),
        Some(scale) => Encoding::Scaled(tensor.dtype, scale),
    };
    let rows = shape.first().copied().unwrap_or(1);
    let pieces = vec![Piece { file: tensor.file, start: tensor.start, rows }];
    TensorSource { shape, encoding, pieces, transposed }
}

/// The same tensor with rows and columns as in the file.
fn as_stored(mut source: TensorSource) -> TensorSource {
    if source.transposed {
        source.transposed = false;
        source.shape.reverse();
        source.pieces[0].rows = source.shape[0];
    }
    source
}

/// Query, key and value one below the other.
fn query_key_value(parts: &[Option<&Tensor>; 3]) -> Option<TensorSource> {
    let [Some(query), Some(key), Some(value)] = *parts else { return None };
    let parts = [query, key, value];
    let same = |tensor: &&Tensor| {
        tensor.dtype == query.dtype && tensor.shape.get(1..) == query.shape.get(1..)
    };
    if !parts.iter().all(same) || query.shape.is_empty() {
        return None;
    }
    let piece = |part: &Tensor| Piece { file: part.file, start: part.start, rows: part.shape[0] };
    let pieces: Vec<Piece> = parts.into_iter().map(piece).collect();
    let mut shape = query.shape.clone();
    // too large only without columns, and then it does not matter
    shape[0] = pieces.iter().map(|piece| piece.rows).fold(0, u64::saturating_add);
    Some(TensorSource { shape, encoding: Encoding::Plain(query.dtype), pieces, transposed: false })
}
