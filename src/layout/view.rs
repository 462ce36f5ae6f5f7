//! A model as the canonical layout would have it.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::quantised::{Companions, Scaling, is_bookkeeping, scaling};
use super::{Canonical, Dialect};
use crate::dtype::Dtype;
use crate::model::{Model, Tensor};
use crate::sorted::{self, sort_by};

/// Averages kept by a training run beside the weights.
const EMA_PREFIX: &str = "model_ema.";

/// Largest tensor that is turned round, in elements: it is held in memory whole.
const TURNED_ELEMENTS: u64 = 1 << 24;
/// Widest one after that: it must be a single window.
const TURNED_COLS: u64 = 1 << 16;

/// One model's tensors under canonical names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Tensors that take part.
    pub tensors: LiteMap<String, Seen>,
    /// Tensors that do not, under their own names.
    pub set_aside: LiteMap<String, Aside>,
}

/// Why a tensor of one model takes no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// An average kept by the training run.
    Ema,
    /// Scales, tables and settings of a quantisation.
    Bookkeeping,
    /// Quantised in a way that is not undone here: the stored numbers alone are not the weights.
    Quantised,
}

/// A tensor in the canonical layout, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Number format.
    pub dtype: Dtype,
    /// Dimensions without trailing ones behind the second: a 1×1 convolution is a matrix.
    pub shape: Vec<u64>,
    /// Its rows, piece by piece from the top; one piece unless it is fused from several tensors.
    pub pieces: Vec<Piece>,
    /// Whether the file has rows and columns exchanged. Such a tensor has one piece.
    pub transposed: bool,
    /// What to multiply the stored numbers with.
    pub scale: Option<Scale>,
}

/// Some consecutive rows in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Position of the file among the model's.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// Number of rows.
    pub rows: u64,
}

/// Where the scale of a quantised weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Number format of the scale.
    pub dtype: Dtype,
    /// Position of the file among the model's.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// One for each row, or one for all.
    pub per_row: bool,
}

impl View {
    /// Of `model`.
    pub fn of(model: &Model) -> Self {
        let dialect = Dialect::of(model);
        let companions = Companions::of(model);
        let (mut fused, mut renamed, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut set_aside = Vec::new();
        for (name, tensor) in &model.tensors {
            if name.starts_with(EMA_PREFIX) {
                set_aside.push((name.clone(), Aside::Ema));
                continue;
            }
            if is_bookkeeping(model, name) {
                set_aside.push((name.clone(), Aside::Bookkeeping));
                continue;
            }
            let scale = match scaling(&companions, name, tensor) {
                Scaling::None => None,
                Scaling::By(scale) => Some(scale),
                Scaling::Unsupported => {
                    set_aside.push((name.clone(), Aside::Quantised));
                    continue;
                }
            };
            let Canonical { name: canonical, third, transposed } = dialect.canonical(model, name);
            // two names that mean the same are kept apart, each under its own
            if canonical != *name && model.tensors.contains_key(&canonical) {
                kept.push((name.clone(), Seen::whole(tensor, false, scale)));
                continue;
            }
            // a tensor has one scale at most, and it runs along the rows as stored
            let unscalable = third.is_some() || (transposed && scale.is_some_and(|s| s.per_row));
            if scale.is_some() && unscalable {
                set_aside.push((name.clone(), Aside::Quantised));
                continue;
            }
            if let Some(third) = third {
                fused.push((canonical, third, name));
                continue;
            }
            let turnable = tensor.shape.len() == 2
                && tensor.shape[0] <= TURNED_COLS
                && tensor.elements() <= TURNED_ELEMENTS;
            if transposed && !turnable {
                kept.push((name.clone(), Seen::whole(tensor, false, scale)));
            } else {
                renamed.push((canonical, name, Seen::whole(tensor, transposed, scale)));
            }
        }
        let mut tensors = fuse(model, fused);
        tensors.append(&mut kept);
        // of several that would have the same name, the first gets it
        sort_by(&mut renamed, |(a, ..), (b, ..)| a.cmp(b));
        let mut taken: Option<String> = None;
        for (canonical, name, seen) in renamed {
            if taken.as_ref() == Some(&canonical) {
                tensors.push((name.clone(), seen.turned_back()));
            } else {
                taken = Some(canonical.clone());
                tensors.push((canonical, seen));
            }
        }
        Self { tensors: sorted::first(tensors), set_aside: sorted::first(set_aside) }
    }

    /// Number of averages set aside.
    pub fn ema_tensors(&self) -> u64 {
        self.count(Aside::Ema)
    }

    /// Number of tensors set aside that serve a quantisation.
    pub fn bookkeeping_tensors(&self) -> u64 {
        self.count(Aside::Bookkeeping)
    }

    fn count(&self, aside: Aside) -> u64 {
        self.set_aside.values().filter(|reason| **reason == aside).count() as u64
    }
}

/// Puts the thirds of attention matrices together, given as the name of the whole, which third and
/// the third's own name. What does not go together stays as it is.
fn fuse(model: &Model, mut thirds: Vec<(String, usize, &String)>) -> Vec<(String, Seen)> {
    sort_by(&mut thirds, |(a, ..), (b, ..)| a.cmp(b));
    let mut fused = Vec::new();
    for group in thirds.chunk_by(|(a, ..), (b, ..)| a == b) {
        let mut parts = [None; 3];
        for (_, third, name) in group {
            parts[*third] = model.tensors.get(*name).map(|tensor| (*name, tensor));
        }
        match Seen::fuse(&parts.map(|part| part.map(|(_, tensor)| tensor))) {
            Some(seen) => fused.push((group[0].0.clone(), seen)),
            None => fused.extend(
                parts
                    .iter()
                    .flatten()
                    .map(|(name, tensor)| ((*name).clone(), Seen::whole(tensor, false, None))),
            ),
        }
    }
    fused
}

impl Seen {
    /// `tensor` as it is.
    fn whole(tensor: &Tensor, transposed: bool, scale: Option<Scale>) -> Self {
        let mut shape = tensor.shape.clone();
        while shape.len() > 2 && shape.last() == Some(&1) {
            shape.pop();
        }
        if transposed {
            shape.reverse();
        }
        let rows = shape.first().copied().unwrap_or(1);
        let piece = Piece { file: tensor.file, start: tensor.start, rows };
        Self { dtype: tensor.dtype, shape, pieces: vec![piece], transposed, scale }
    }

    /// The same tensor with rows and columns as in the file.
    fn turned_back(mut self) -> Self {
        if self.transposed {
            self.transposed = false;
            self.shape.reverse();
            self.pieces[0].rows = self.shape[0];
        }
        self
    }

    /// Query, key and value one below the other.
    fn fuse(thirds: &[Option<&Tensor>; 3]) -> Option<Self> {
        let [Some(query), Some(key), Some(value)] = *thirds else { return None };
        let parts = [query, key, value];
        let same = |tensor: &&Tensor| {
            tensor.dtype == query.dtype && tensor.shape.get(1..) == query.shape.get(1..)
        };
        if !parts.iter().all(same) || query.shape.is_empty() {
            return None;
        }
        let pieces: Vec<Piece> = parts
            .iter()
            .map(|part| Piece { file: part.file, start: part.start, rows: part.shape[0] })
            .collect();
        let mut shape = query.shape.clone();
        // too large only without columns, and then it does not matter
        shape[0] = pieces.iter().map(|piece| piece.rows).fold(0, u64::saturating_add);
        Some(Self { dtype: query.dtype, shape, pieces, transposed: false, scale: None })
    }

    /// Rows of the matrix.
    pub fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }
}
