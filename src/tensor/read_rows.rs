//! Some rows of one tensor at once.

use super::rows::RowReader;
use super::source::{Region, TensorSource};
use crate::decode::widen;
use crate::read::{ByteStream, Read, Source};

/// `rows` rows of `tensor` from `first_row` on, as the numbers that are meant.
///
/// # Errors
/// The source's own.
pub(crate) async fn read_rows<S: Source>(
    source: &S,
    tensor: &TensorSource,
    first_row: u64,
    rows: u64,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let whole = Region::whole(tensor.rows(), tensor.cols());
    let region = whole.band(first_row, rows);
    let stored = if tensor.is_read_whole() { whole } else { region };
    let spans = tensor.spans(stored);
    let reads: Vec<Read> = spans
        .map(|span| Read { file: span.file, start: span.start, end: span.start + span.bytes })
        .collect();
    let mut reader = RowReader::new(source, &reads);
    reader.begin(tensor, region).await?;
    reader.fetch(tensor, region, 0, rows).await?;
    let tile = reader.tile();
    let cols = tensor.cols() as usize;
    let mut values = vec![0.0; rows as usize * cols];
    widen(tile.dtype, tile.bytes, &mut values);
    for (row, values) in values.chunks_exact_mut(cols.max(1)).enumerate() {
        let scale = match tile.scales {
            [] => break,
            [one] => *one,
            each => each[row],
        };
        for value in values {
            *value *= scale;
        }
    }
    Ok(values)
}
