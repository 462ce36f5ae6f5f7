//! A checkpoint with adapters applied to it, part by part.
//!
//! A [`Patch`] says which bytes of the checkpoint's files change; everything else stays as it is,
//! header included. A [`Part`] is worked out on its own: W + Σ s·D is added up in `f64` and rounded
//! once, to nearest, into the format that W is stored in.

use std::sync::Arc;

use super::adapter::Adapter;
use super::load::load;
use super::place::{Placed, Placement, Unplaced};
use super::strength::Strengths;
use crate::canonical::CanonicalModel;
use crate::decode::widen;
use crate::delta::{Delta, LoadError, Rectangle};
use crate::dtype::{Dtype, size_bytes};
use crate::encode::{encode, is_encodable};
use crate::read::{ByteStream, Read, Source};
use crate::sorted::sort_by;
use crate::tensor::{Encoding, Region, TensorSource, read_rows};

/// Bytes that are worked out together, unless the change needs a weight as a whole.
const PART_BYTES: u64 = 8 << 20;
/// Rows of a change that are held at a time.
const BLOCK_ROWS: usize = 96;

/// An adapter that is applied, and how strongly.
#[derive(Debug, Clone)]
pub struct AppliedAdapter {
    /// What its header says.
    pub adapter: Arc<Adapter>,
    /// Position of its first file among those of the source.
    pub first_file: usize,
    /// How strongly it is applied.
    pub strengths: Strengths,
}

/// What adapters change in the files of a checkpoint.
#[derive(Debug)]
pub struct Patch {
    adapters: Vec<AppliedAdapter>,
    tensors: Vec<ChangedTensor>,
    /// Bytes that change, by file and position.
    pub parts: Vec<Part>,
    /// Of each adapter, the modules that change nothing in this checkpoint.
    pub unplaced: Vec<Vec<Unplaced>>,
    /// Canonical names of tensors that stay as they are though a module is meant for them: they are
    /// stored as codes, or in a format that is not written.
    pub unwritable: Vec<String>,
}

#[derive(Debug)]
struct ChangedTensor {
    source: TensorSource,
    changes: Vec<Change>,
    /// Whether the change of a module depends on the weight.
    needs_model: bool,
}

/// What one module changes.
#[derive(Debug, Clone, Copy)]
struct Change {
    adapter: usize,
    placed: Placed,
    strength: f64,
}

impl Change {
    fn end(&self) -> u64 {
        self.placed.first_row + self.placed.rows
    }
}

/// Consecutive bytes of a file that change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The bytes.
    pub read: Read,
    tensor: usize,
    first_row: u64,
    rows: u64,
}

/// New bytes of a [`Part`].
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// As many as there were.
    pub bytes: Vec<u8>,
    /// What rounding did to them.
    pub rounding: Rounding,
}

/// What rounding to the checkpoint's format left of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rounding {
    /// Elements that a module is meant for.
    pub elements: u64,
    /// Those whose stored number is another one now.
    pub changed: u64,
    /// Those that were too large, and became the largest finite number.
    pub overflows: u64,
    /// Sum of squares of the change.
    pub square: f64,
    /// Sum of its products with the change that the stored numbers make.
    pub product: f64,
    /// Sum of squares of what lies between the two.
    pub error: f64,
}

impl Rounding {
    /// The sums of two parts.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            elements: self.elements + other.elements,
            changed: self.changed + other.changed,
            overflows: self.overflows + other.overflows,
            square: self.square + other.square,
            product: self.product + other.product,
            error: self.error + other.error,
        }
    }

    /// How much of the change is in the stored numbers: the strength at which a projection on it
    /// finds it again, 1 for all of it. `None` where nothing changes.
    pub fn survived(&self) -> Option<f64> {
        (self.square > 0.0).then(|| self.product / self.square)
    }

    /// What rounding added to the change, relative to it.
    pub fn relative_error(&self) -> Option<f64> {
        (self.square > 0.0).then(|| (self.error / self.square).sqrt())
    }
}

impl Patch {
    /// What `adapters` change in `model`, whose files are the first of the source.
    pub fn new(model: &CanonicalModel, adapters: Vec<AppliedAdapter>) -> Self {
        let mut found: Vec<(String, Change)> = Vec::new();
        let mut unplaced = Vec::new();
        for (index, applied) in adapters.iter().enumerate() {
            let placement = Placement::new(&applied.adapter, model);
            for (name, all) in &placement.tensors {
                let strength = applied.strengths.of(&model.tensors[name].role);
                for placed in all {
                    let form = applied.adapter.modules[placed.module].form;
                    // a replacement replaces, whatever the strength, but for none
                    let full = if form.ignores_strength() {
                        strength.abs().ceil().min(1.0)
                    } else {
                        strength
                    };
                    let change = Change { adapter: index, placed: *placed, strength: full };
                    if full != 0.0 {
                        found.push((name.clone(), change));
                    }
                }
            }
            unplaced.push(placement.unplaced);
        }
        // stable: the adapters stay in order
        sort_by(&mut found, |a, b| a.0.cmp(&b.0));
        let (mut tensors, mut parts, mut unwritable) = (Vec::new(), Vec::new(), Vec::new());
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            let source = model.tensors[&group[0].0].source.clone();
            if matches!(source.encoding, Encoding::Quantised(_))
                || !is_encodable(source.encoding.dtype())
            {
                unwritable.push(group[0].0.clone());
                continue;
            }
            let changes: Vec<Change> = group.iter().map(|(_, change)| *change).collect();
            let needs_model = changes.iter().any(|change| {
                adapters[change.adapter].adapter.modules[change.placed.module].needs_model()
            });
            let tensor = ChangedTensor { source, changes, needs_model };
            tensor.parts(tensors.len(), &mut parts);
            tensors.push(tensor);
        }
        sort_by(&mut parts, |a, b| (a.read.file, a.read.start).cmp(&(b.read.file, b.read.start)));
        Self { adapters, tensors, parts, unplaced, unwritable }
    }

    /// Tensors that are changed.
    pub fn tensors(&self) -> usize {
        self.tensors.len()
    }

    /// Modules that change something.
    pub fn modules(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.changes.len()).sum()
    }

    /// The new bytes of `part`. The files of the model are the first of `source`.
    ///
    /// # Errors
    /// When the source fails, or the numbers of a module make no sense.
    pub async fn changed<S: Source>(
        &self,
        source: &S,
        part: &Part,
    ) -> Result<Changed, LoadError<<S::Stream as ByteStream>::Error>> {
        let tensor = &self.tensors[part.tensor];
        let deltas = self.deltas(source, tensor, part).await?;
        let mut stream = source.open(&[part.read]);
        stream.fetch(part.read.bytes() as usize).await.map_err(LoadError::Read)?;
        let old = stream.fetched();
        let stored = Stored::new(source, &tensor.source, part.first_row, part.rows).await;
        let stored = stored.map_err(LoadError::Read)?;
        let mut changed = Changed { bytes: old.to_vec(), rounding: Rounding::default() };
        let row_bytes = tensor.source.row_bytes() as usize;
        let mut block = Block::default();
        for first in (0..part.rows as usize).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(part.rows as usize - first);
            let bytes = first * row_bytes..(first + rows) * row_bytes;
            block.begin(&stored, first, &old[bytes.clone()]);
            for (change, delta) in &deltas {
                block.add(delta, change, part.first_row + first as u64, stored.cols);
            }
            let rounding = block.write(&stored, first, &mut changed.bytes[bytes]);
            changed.rounding = changed.rounding.and(rounding);
        }
        Ok(changed)
    }

    /// The changes that rows of `part` undergo, none of which needs the model any more.
    async fn deltas<S: Source>(
        &self,
        source: &S,
        tensor: &ChangedTensor,
        part: &Part,
    ) -> Result<Vec<(Change, Delta)>, LoadError<<S::Stream as ByteStream>::Error>> {
        let cols = tensor.source.cols() as usize;
        let is_in_part = |change: &Change| {
            // of one that depends on the weight, all others may be before it
            tensor.needs_model
                || (change.placed.first_row < part.first_row + part.rows
                    && part.first_row < change.end())
        };
        let mut deltas: Vec<(Change, Delta)> = Vec::new();
        for change in tensor.changes.iter().filter(|change| is_in_part(change)) {
            let applied = &self.adapters[change.adapter];
            let module = &applied.adapter.modules[change.placed.module];
            let size = (change.placed.rows, cols as u64);
            let mut delta = load(source, applied.first_file, module, size).await?;
            if delta.needs_model() {
                // the weight as the adapters before it leave it
                let (first, rows) = (change.placed.first_row, change.placed.rows as usize);
                let mut weights = read_rows(source, &tensor.source, first, change.placed.rows)
                    .await
                    .map_err(LoadError::Read)?;
                let mut block = Block { sums: vec![0.0; weights.len()], ..Block::default() };
                for (before, delta) in &deltas {
                    block.add(delta, before, first, cols);
                }
                for (weight, sum) in weights.iter_mut().zip(&block.sums) {
                    *weight = (f64::from(*weight) + sum) as f32;
                }
                delta = delta.for_model(&weights, rows, cols);
            }
            deltas.push((*change, delta));
        }
        Ok(deltas)
    }
}

impl ChangedTensor {
    /// The bytes that change, in each piece those between the first and the last row of a module.
    fn parts(&self, tensor: usize, parts: &mut Vec<Part>) {
        let mut rows: Vec<(u64, u64)> =
            self.changes.iter().map(|change| (change.placed.first_row, change.end())).collect();
        rows.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (first, end) in rows {
            match joined.last_mut() {
                Some(last) if first <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((first, end)),
            }
        }
        let row_bytes = self.source.row_bytes().max(1);
        // what takes all of the weight is not worked out twice
        let most = if self.needs_model { u64::MAX } else { (PART_BYTES / row_bytes).max(1) };
        let mut top = 0;
        for piece in &self.source.pieces {
            for (first, end) in &joined {
                let (mut first_row, end) = ((*first).max(top), (*end).min(top + piece.rows));
                while first_row < end {
                    let rows = most.min(end - first_row);
                    let start = piece.start + (first_row - top) * row_bytes;
                    let read = Read { file: piece.file, start, end: start + rows * row_bytes };
                    parts.push(Part { read, tensor, first_row, rows });
                    first_row += rows;
                }
            }
            top += piece.rows;
        }
    }
}

/// How rows are stored.
struct Stored {
    dtype: Dtype,
    cols: usize,
    /// One for each row, one for all, or none.
    scales: Vec<f32>,
}

impl Stored {
    /// That of `rows` rows of `tensor` from `first_row` on.
    async fn new<S: Source>(
        source: &S,
        tensor: &TensorSource,
        first_row: u64,
        rows: u64,
    ) -> Result<Self, <S::Stream as ByteStream>::Error> {
        let region = Region::whole(tensor.rows(), tensor.cols()).band(first_row, rows);
        let mut scales = Vec::new();
        if let (Some(scale), Some(read)) = (tensor.encoding.scale(), tensor.scale_read(region)) {
            let mut stream = source.open(&[read]);
            stream.fetch(read.bytes() as usize).await?;
            scales.resize(if scale.per_row { rows as usize } else { 1 }, 0.0);
            widen(scale.dtype, stream.fetched(), &mut scales);
        }
        Ok(Self { dtype: tensor.encoding.dtype(), cols: tensor.cols() as usize, scales })
    }

    fn scale(&self, row: usize) -> f64 {
        match self.scales.as_slice() {
            [] => 1.0,
            [one] => f64::from(*one),
            each => f64::from(each[row]),
        }
    }

    /// The numbers that `bytes` mean, rows from `first_row` on.
    fn decode(&self, first_row: usize, bytes: &[u8], single: &mut Vec<f32>, to: &mut Vec<f64>) {
        let element_bytes = size_bytes(self.dtype).unwrap_or(1) as usize;
        let count = bytes.len() / element_bytes;
        to.clear();
        if self.dtype == Dtype::F64 {
            // an `f32` would lose digits
            to.extend(bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)));
        } else {
            single.resize(count, 0.0);
            widen(self.dtype, bytes, single);
            to.extend(single.iter().map(|value| f64::from(*value)));
        }
        if !self.scales.is_empty() {
            for (row, values) in to.chunks_exact_mut(self.cols.max(1)).enumerate() {
                let scale = self.scale(first_row + row);
                for value in values {
                    *value *= scale;
                }
            }
        }
    }
}

/// Some rows while they are worked on.
#[derive(Default)]
struct Block {
    weights: Vec<f64>,
    /// Σ s·D.
    sums: Vec<f64>,
    single: Vec<f32>,
    new: Vec<f64>,
    /// Whether the weights have as many digits as sums in `f32`, or more.
    is_wide: bool,
}

impl Block {
    fn begin(&mut self, stored: &Stored, first_row: usize, bytes: &[u8]) {
        stored.decode(first_row, bytes, &mut self.single, &mut self.weights);
        self.is_wide = matches!(stored.dtype, Dtype::F32 | Dtype::F64);
        self.sums.clear();
        self.sums.resize(self.weights.len(), 0.0);
    }

    /// Adds s·D, where the first row of the sums is the `first_row`-th of the tensor.
    fn add(&mut self, delta: &Delta, change: &Change, first_row: u64, cols: usize) {
        let end = first_row + (self.sums.len() / cols.max(1)) as u64;
        let (first, last) = (first_row.max(change.placed.first_row), end.min(change.end()));
        if first >= last {
            return;
        }
        let rows = (last - first) as usize;
        self.single.resize(rows * cols, 0.0);
        let from = (first - change.placed.first_row) as usize;
        let part = Rectangle { first_row: from, rows, first_col: 0, cols };
        let start = (first - first_row) as usize * cols;
        let sums = &mut self.sums[start..];
        if self.is_wide {
            self.new.resize(rows * cols, 0.0);
            delta.fill_wide(part, &mut self.new);
            for (sum, value) in sums.iter_mut().zip(&self.new) {
                *sum += change.strength * value;
            }
            return;
        }
        delta.fill(part, &mut self.single);
        for (sum, value) in sums.iter_mut().zip(&self.single) {
            *sum += change.strength * f64::from(*value);
        }
    }

    /// Rounds W + Σ s·D into `bytes`, which hold W.
    fn write(&mut self, stored: &Stored, first_row: usize, bytes: &mut [u8]) -> Rounding {
        let old = bytes.to_vec();
        self.new.clear();
        self.new.extend(self.weights.iter().zip(&self.sums).map(|(weight, sum)| weight + sum));
        if !stored.scales.is_empty() {
            for (row, values) in self.new.chunks_exact_mut(stored.cols.max(1)).enumerate() {
                let scale = stored.scale(first_row + row);
                for value in values {
                    *value /= scale;
                }
            }
        }
        let overflows = encode(stored.dtype, &self.new, bytes);
        let element_bytes = size_bytes(stored.dtype).unwrap_or(1) as usize;
        // where nothing is added nothing changes, whatever bits the number has
        if self.sums.contains(&0.0) {
            let elements =
                bytes.chunks_exact_mut(element_bytes).zip(old.chunks_exact(element_bytes));
            for ((new, old), sum) in elements.zip(&self.sums) {
                if *sum == 0.0 {
                    new.copy_from_slice(old);
                }
            }
        }
        stored.decode(first_row, bytes, &mut self.single, &mut self.new);
        let mut rounding =
            Rounding { elements: self.sums.len() as u64, overflows, ..Rounding::default() };
        let each = bytes.chunks_exact(element_bytes).zip(old.chunks_exact(element_bytes));
        rounding.changed = each.filter(|(new, old)| new != old).count() as u64;
        for ((new, old), sum) in self.new.iter().zip(&self.weights).zip(&self.sums) {
            let made = new - old;
            if made.is_finite() {
                rounding.square += sum * sum;
                rounding.product += sum * made;
                rounding.error += (made - sum) * (made - sum);
            }
        }
        rounding
    }
}
