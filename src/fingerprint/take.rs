//! Takes the sample of a model: reads its portions and keeps the picked columns of whole rows.

use serde::{Deserialize, Serialize};

use super::rule::Pick;
use super::sampling::{Picked, Portion};
use crate::decode::widen;
use crate::dtype::{Dtype, size_bytes};
use crate::layout::Scale;
use crate::reader::Reader;
use crate::source::{ByteStream, Read, Source};

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
    /// The picked elements, rows one after the other, in the format of [`kept_dtype`](super::kept_dtype).
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// Reads `portion` from `source` and keeps what the rule picks.
///
/// `progress` is told the bytes read and the name of the tensor they belong to.
///
/// # Errors
/// The source's own, from whichever stream fails first.
///
/// # Panics
/// When the portion is not one of a [`Sampling`](super::Sampling).
pub async fn take<S: Source>(
    portion: &Portion,
    source: &S,
    mut progress: impl FnMut(u64, &str),
) -> Result<Taken, <S::Stream as ByteStream>::Error> {
    let mut reader = Reader::new(source, portion.reads());
    let mut tensors = Vec::with_capacity(portion.wanted.len());
    for wanted in &portion.wanted {
        let pick = Pick::new(&wanted.name, &wanted.shape, portion.density);
        let element_bytes = size_bytes(wanted.dtype).expect("compared") as usize;
        let mut bytes = vec![0; pick.elements() as usize * element_bytes];
        for Picked { span, kept } in wanted.spans(&pick) {
            let read_bytes = reader.advance(span).await?;
            let read = reader.fetched();
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
    // copies of a known length need no call
    match element_bytes {
        1 => keep_columns_of::<1>(rows, pick, kept, to),
        2 => keep_columns_of::<2>(rows, pick, kept, to),
        4 => keep_columns_of::<4>(rows, pick, kept, to),
        8 => keep_columns_of::<8>(rows, pick, kept, to),
        other => unreachable!("no element has {other} bytes"),
    }
}

fn keep_columns_of<const ELEMENT_BYTES: usize>(
    rows: &[u8],
    pick: &Pick,
    kept: usize,
    to: &mut [u8],
) {
    let row_bytes = pick.all_cols as usize * ELEMENT_BYTES;
    let kept_bytes = pick.cols.len() * ELEMENT_BYTES;
    for (row, to) in
        rows.chunks_exact(row_bytes).zip(to[kept * kept_bytes..].chunks_exact_mut(kept_bytes))
    {
        let (row, _) = row.as_chunks::<ELEMENT_BYTES>();
        let (to, _) = to.as_chunks_mut::<ELEMENT_BYTES>();
        for (col, to) in pick.cols.iter().zip(to) {
            *to = row[*col as usize];
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
    let mut stream = source.open(&[Read { file: scale.file, start: scale.start, end }]);
    stream.fetch((count * bytes) as usize).await?;
    let mut scales = vec![0.0; count as usize];
    widen(scale.dtype, stream.fetched(), &mut scales);
    if !scale.per_row {
        return Ok(scales);
    }
    Ok(pick.runs.iter().flat_map(|run| run.rows()).map(|row| scales[row as usize]).collect())
}
