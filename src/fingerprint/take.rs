//! Takes the sample of a model: which bytes of its files, in which order, and what to keep of them.
//!
//! Only runs of whole rows can be read; of these the picked columns are kept. A model's tensors are
//! visited in the order of its files, in portions that lanes can carry out on their own.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::rule::{Density, Pick};
use crate::compare::Matched;
use crate::decode::widen;
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::layout::{Piece, Scale, Seen, View};
use crate::model::Model;
use crate::plan::{Operand, Span};
use crate::sorted::sort_by;
use crate::source::{ByteStream, Read, Source};

/// Bytes that nobody wants are read through rather than opening the file again behind them.
const GAP_BYTES: u64 = 16 << 10;
/// Spans of a portion: enough to keep a lane busy, few enough to share the work out evenly.
const PORTION_SPANS: usize = 256;
/// Reads on their way at a time. They are short, so that the wait for each would be most of it.
const AHEAD_READS: usize = 32;

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
    /// Its rows from the top; files are positions in the [`Source`].
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
}

/// What became of a portion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Whose sample it is a part of.
    pub model: usize,
    /// The tensors, in the order of the portion.
    pub tensors: Vec<TakenTensor>,
}

/// The sample of one tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakenTensor {
    /// Position among the tensors of the sample.
    pub tensor: usize,
    /// The picked elements, rows one after the other, in the format of [`kept_dtype`].
    pub bytes: Vec<u8>,
}

/// The work of sampling one model.
#[derive(Debug, Clone)]
pub struct Sampling {
    model: usize,
    density: Density,
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
    fn spans(&self, pick: &Pick) -> Vec<Picked> {
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
struct Picked {
    span: Span,
    /// Position of the first of them among the rows that are kept.
    kept: usize,
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
        Self::new(0, density, wanted.collect())
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
        Self::new(model, density, wanted.collect())
    }

    fn new(model: usize, density: Density, mut wanted: Vec<Wanted>) -> Self {
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
        Self { model, density, wanted, cuts }
    }

    /// Number of portions.
    pub fn portions(&self) -> usize {
        self.cuts.len()
    }

    /// The portion at `index`, ready to be carried out anywhere.
    pub fn portion(&self, index: usize) -> Portion {
        let start = if index == 0 { 0 } else { self.cuts[index - 1] };
        let wanted = self.wanted[start..self.cuts[index]].to_vec();
        Portion { model: self.model, density: self.density, wanted }
    }

    /// How much is taken.
    pub fn density(&self) -> Density {
        self.density
    }

    /// Number of tensors.
    pub fn tensors(&self) -> usize {
        self.wanted.len()
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
                        && span.start - last.end <= GAP_BYTES =>
                {
                    last.end = end;
                }
                _ => reads.push(Read { file: span.file, start: span.start, end }),
            }
        }
        reads
    }
}

/// Reads `portion` from `source` and keeps what the rule picks.
///
/// `progress` is told the bytes read and the name of the tensor they belong to.
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// When the portion is not one of a [`Sampling`].
pub async fn take<S: Source>(
    portion: &Portion,
    source: &S,
    mut progress: impl FnMut(u64, &str),
) -> Result<Taken, <S::Stream as ByteStream>::Error> {
    let mut reader = Reader { source, waiting: portion.reads().into(), open: VecDeque::new() };
    let mut tensors = Vec::with_capacity(portion.wanted.len());
    for wanted in &portion.wanted {
        let pick = Pick::new(&wanted.name, &wanted.shape, portion.density);
        let element_bytes = size_bytes(wanted.dtype).expect("compared") as usize;
        let mut bytes = vec![0; pick.elements() as usize * element_bytes];
        for Picked { span, kept } in wanted.spans(&pick) {
            let (read, read_bytes) = reader.take(span).await?;
            if wanted.transposed {
                keep_turned(read, &pick, element_bytes, &mut bytes);
            } else {
                keep_columns(read, &pick, element_bytes, kept, &mut bytes);
            }
            progress(read_bytes, &wanted.name);
        }
        let scales = match wanted.scale {
            Some(scale) if pick.elements() > 0 => read_scales(scale, &pick, source).await?,
            _ => Vec::new(),
        };
        if wanted.kept_dtype() != wanted.dtype {
            bytes = widened(&bytes, wanted.dtype, pick.cols.len(), &scales);
        }
        tensors.push(TakenTensor { tensor: wanted.tensor, bytes });
    }
    Ok(Taken { model: portion.model, tensors })
}

/// Keeps the picked columns of whole rows, the first of which is the `kept`-th that is kept.
fn keep_columns(rows: &[u8], pick: &Pick, element_bytes: usize, kept: usize, to: &mut [u8]) {
    let row_bytes = pick.all_cols as usize * element_bytes;
    let kept_bytes = pick.cols.len() * element_bytes;
    for (row, to) in
        rows.chunks_exact(row_bytes).zip(to[kept * kept_bytes..].chunks_exact_mut(kept_bytes))
    {
        for (col, to) in pick.cols.iter().zip(to.chunks_exact_mut(element_bytes)) {
            to.copy_from_slice(&row[*col as usize * element_bytes..][..element_bytes]);
        }
    }
}

/// The same from a matrix stored with rows and columns exchanged.
fn keep_turned(matrix: &[u8], pick: &Pick, element_bytes: usize, to: &mut [u8]) {
    let rows = pick.runs.iter().flat_map(|run| run.rows());
    let elements = rows.flat_map(|row| pick.cols.iter().map(move |col| col * pick.all_rows + row));
    for (element, to) in elements.zip(to.chunks_exact_mut(element_bytes)) {
        to.copy_from_slice(&matrix[element as usize * element_bytes..][..element_bytes]);
    }
}

/// `F32` from numbers of another format, multiplied with nothing, one scale, or one for each row.
fn widened(bytes: &[u8], dtype: Dtype, cols: usize, scales: &[f32]) -> Vec<u8> {
    let element_bytes = size_bytes(dtype).expect("compared") as usize;
    let mut values = vec![0.0; bytes.len() / element_bytes];
    widen(dtype, bytes, &mut values);
    if !scales.is_empty() {
        for (row, values) in values.chunks_mut(cols).enumerate() {
            let scale = if scales.len() == 1 { scales[0] } else { scales[row] };
            for value in values {
                *value *= scale;
            }
        }
    }
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// The scales of the picked rows, or the one for all.
async fn read_scales<S: Source>(
    scale: Scale,
    pick: &Pick,
    source: &S,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let bytes = size_bytes(scale.dtype).expect("a scale is a float");
    let count = if scale.per_row { pick.all_rows } else { 1 };
    let end = scale.start + count * bytes;
    let mut stream = source.open(Read { file: scale.file, start: scale.start, end });
    stream.fetch((count * bytes) as usize).await?;
    let mut scales = vec![0.0; count as usize];
    widen(scale.dtype, stream.fetched(), &mut scales);
    if !scale.per_row {
        return Ok(scales);
    }
    Ok(pick.runs.iter().flat_map(|run| run.rows()).map(|row| scales[row as usize]).collect())
}

/// Takes spans from reads, opening the next ones ahead of time.
struct Reader<'a, S: Source> {
    source: &'a S,
    waiting: VecDeque<Read>,
    /// What is left of each open read, and its stream.
    open: VecDeque<(Read, S::Stream)>,
}

impl<S: Source> Reader<'_, S> {
    /// The bytes of `span`, and how many were read for them, with the gap before.
    async fn take(&mut self, span: Span) -> Result<(&[u8], u64), <S::Stream as ByteStream>::Error> {
        if self.open.front().is_some_and(|(rest, _)| rest.bytes() == 0) {
            self.open.pop_front();
        }
        while self.open.len() < AHEAD_READS
            && let Some(read) = self.waiting.pop_front()
        {
            self.open.push_back((read, self.source.open(read)));
        }
        let (rest, stream) = self.open.front_mut().expect("the reads cover the spans");
        debug_assert!(rest.file == span.file && rest.start <= span.start);
        let gap_bytes = span.start - rest.start;
        if gap_bytes > 0 {
            stream.skip(gap_bytes).await?;
        }
        stream.fetch(span.bytes as usize).await?;
        rest.start = span.start + span.bytes;
        Ok((stream.fetched(), gap_bytes + span.bytes))
    }
}
