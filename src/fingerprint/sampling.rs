//! What a sample takes of a model: which bytes of its files, in which order.
//!
//! Only runs of whole rows can be read. A model's tensors are visited in the order of its files, in
//! portions that lanes can carry out on their own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rule::{Density, Pick};
use super::sample::Kept;
use crate::compare::Matched;
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::layout::{Piece, Scale, Seen, View};
use crate::model::Model;
use crate::plan::{Operand, Span};
use crate::sorted::sort_by;
use crate::source::Read;

/// So many bytes that nobody wants are read through rather than starting another read behind them.
/// Making a fingerprint should read little of the file, which may be on a slow disk …
const GAP_BYTES_OF_MODEL: u64 = 16 << 10;
/// … and a comparison should be quick: in the time that a read takes to start, Chromium reads as
/// much as this.
const GAP_BYTES_OF_MATCHED: u64 = 192 << 10;
/// Spans of a portion: enough to keep a lane busy, few enough to share the work out evenly.
const PORTION_SPANS: usize = 256;

/// A tensor to be sampled, and where its bytes are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wanted {
    /// Position among the tensors of the sample.
    pub tensor: usize,
    /// Canonical name.
    pub name: String,
    /// Canonical dimensions.
    pub shape: Vec<u64>,
    /// Number format in the file.
    pub dtype: Dtype,
    /// Its rows from the top; files are positions in the [`Source`](crate::source::Source).
    pub pieces: Vec<Piece>,
    /// Whether the file has rows and columns exchanged.
    pub transposed: bool,
    /// What to multiply the stored numbers with.
    pub scale: Option<Scale>,
}

/// Work for one lane.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Portion {
    /// Whose sample it is a part of: the position the model was given.
    pub model: usize,
    /// How much is taken.
    pub density: Density,
    /// Tensors in reading order.
    pub wanted: Vec<Wanted>,
    /// Longest gap that is read through.
    gap_bytes: u64,
}

/// The work of sampling one model.
#[derive(Debug, Clone)]
pub struct Sampling {
    model: usize,
    density: Density,
    gap_bytes: u64,
    /// In reading order.
    wanted: Vec<Wanted>,
    /// Ends of the portions in `wanted`.
    cuts: Vec<usize>,
}

/// The number format in which a sample keeps elements: that of the file, so that no bit changes;
/// but for `F64`, which is compared as `F32`, and for numbers that only mean something with their
/// scale.
pub fn kept_dtype(dtype: Dtype, scaled: bool) -> Dtype {
    if scaled || dtype == Dtype::F64 { Dtype::F32 } else { dtype }
}

impl Wanted {
    fn new(tensor: usize, name: &str, seen: &Seen, first_file: usize) -> Self {
        let shifted = |piece: &Piece| Piece { file: first_file + piece.file, ..*piece };
        Self {
            tensor,
            name: name.to_owned(),
            shape: seen.shape.clone(),
            dtype: seen.dtype,
            pieces: seen.pieces.iter().map(shifted).collect(),
            transposed: seen.transposed,
            scale: seen.scale.map(|scale| Scale { file: first_file + scale.file, ..scale }),
        }
    }

    /// The format in which the sample keeps it.
    pub fn kept_dtype(&self) -> Dtype {
        kept_dtype(self.dtype, self.scale.is_some())
    }

    /// What is read for `pick`, in the order of the file.
    pub(super) fn spans(&self, pick: &Pick) -> Vec<Picked> {
        let element_bytes = size_bytes(self.dtype).expect("compared");
        let row_bytes = pick.all_cols * element_bytes;
        let operand = Operand {
            dtype: self.dtype,
            pieces: self.pieces.clone(),
            row_bytes,
            stride_bytes: row_bytes,
            transposed: self.transposed,
            scale: None,
        };
        let mut picked = Vec::with_capacity(pick.runs.len());
        let mut keep = |first_row, rows, mut kept: u64| {
            for span in operand.spans(first_row, rows) {
                picked.push(Picked { span, kept: kept as usize });
                kept += span.bytes / row_bytes;
            }
        };
        if pick.elements() == 0 {
            return picked;
        }
        if self.transposed {
            // its rows are all over it
            keep(0, pick.all_rows, 0);
            return picked;
        }
        let mut first = 0;
        for run in &pick.runs {
            let [(row, rows), (top, rest)] = run.pieces();
            keep(top, rest, first + rows);
            keep(row, rows, first);
            first += run.rows;
        }
        picked
    }
}

/// Some whole rows of a tensor.
pub(super) struct Picked {
    pub span: Span,
    /// Position of the first of them among the rows that are kept.
    pub kept: usize,
}

/// Tensors of `view` that can be compared, by name.
pub fn comparable(view: &View) -> impl Iterator<Item = (&str, &Seen)> {
    let can = |(_, seen): &(&String, &Seen)| class(seen.dtype) != Class::Opaque;
    view.tensors.iter().filter(can).map(|(name, seen)| (name.as_str(), seen))
}

impl Sampling {
    /// Of everything in `model` that can be compared.
    pub fn of_model(model: &Model, density: Density) -> Self {
        let view = View::of(model);
        let wanted = comparable(&view).enumerate();
        let wanted = wanted.map(|(tensor, (name, seen))| Wanted::new(tensor, name, seen, 0));
        Self::new(0, density, GAP_BYTES_OF_MODEL, wanted.collect())
    }

    /// Of the tensors `matched` in the model at position `model`, whose first file is at position
    /// `first_file` of the source.
    pub fn of_matched(
        matched: &[Matched],
        model: usize,
        first_file: usize,
        density: Density,
    ) -> Self {
        let wanted = matched.iter().enumerate().map(|(tensor, matched)| {
            Wanted::new(tensor, &matched.name, &matched.seen[model], first_file)
        });
        Self::new(model, density, GAP_BYTES_OF_MATCHED, wanted.collect())
    }

    fn new(model: usize, density: Density, gap_bytes: u64, mut wanted: Vec<Wanted>) -> Self {
        let place = |wanted: &Wanted| wanted.pieces.first().map(|piece| (piece.file, piece.start));
        sort_by(&mut wanted, |a, b| place(a).cmp(&place(b)));
        let mut cuts = Vec::new();
        let mut spans = 0;
        for (index, wanted) in wanted.iter().enumerate() {
            spans += wanted.spans(&Pick::new(&wanted.name, &wanted.shape, density)).len();
            if spans >= PORTION_SPANS {
                cuts.push(index + 1);
                spans = 0;
            }
        }
        if cuts.last().copied().unwrap_or(0) < wanted.len() {
            cuts.push(wanted.len());
        }
        Self { model, density, gap_bytes, wanted, cuts }
    }

    /// Number of portions.
    pub fn portions(&self) -> usize {
        self.cuts.len()
    }

    /// The portion at `index`, ready to be carried out anywhere.
    pub fn portion(&self, index: usize) -> Portion {
        let start = if index == 0 { 0 } else { self.cuts[index - 1] };
        let wanted = self.wanted[start..self.cuts[index]].to_vec();
        let Self { model, density, gap_bytes, .. } = *self;
        Portion { model, density, wanted, gap_bytes }
    }

    /// The tensors of the sample in their order, still without bytes.
    pub(super) fn to_come(&self) -> Vec<Kept> {
        let mut tensors: Vec<(usize, Kept)> = self
            .wanted
            .iter()
            .map(|wanted| {
                let kept = Kept {
                    name: wanted.name.clone(),
                    shape: wanted.shape.clone(),
                    dtype: wanted.kept_dtype(),
                    bytes: Arc::default(),
                };
                (wanted.tensor, kept)
            })
            .collect();
        sort_by(&mut tensors, |(a, _), (b, _)| a.cmp(b));
        tensors.into_iter().map(|(_, kept)| kept).collect()
    }

    /// How much is taken.
    pub fn density(&self) -> Density {
        self.density
    }

    /// Bytes that all portions read.
    pub fn bytes(&self) -> u64 {
        (0..self.portions())
            .map(|index| self.portion(index).reads().iter().map(Read::bytes).sum::<u64>())
            .sum()
    }
}

impl Portion {
    /// The contiguous ranges that are read, in order; without those of scales.
    pub fn reads(&self) -> Vec<Read> {
        let picks =
            self.wanted.iter().map(|w| w.spans(&Pick::new(&w.name, &w.shape, self.density)));
        let mut reads: Vec<Read> = Vec::new();
        for Picked { span, .. } in picks.flatten() {
            let end = span.start + span.bytes;
            match reads.last_mut() {
                Some(last)
                    if last.file == span.file
                        && span.start >= last.end
                        && span.start - last.end <= self.gap_bytes =>
                {
                    last.end = end;
                }
                _ => reads.push(Read { file: span.file, start: span.start, end }),
            }
        }
        reads
    }
}

#[cfg(test)]
mod tests;
