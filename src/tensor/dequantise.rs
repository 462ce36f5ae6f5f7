//! Rows of weights from rows of codes.

use std::ops::Range;

use super::quantised::{Format, Grid, GridOrder, Levels, Order, Place, Quantised, Step};
use super::transpose::transpose;
use crate::decode::blocks;
use crate::decode::packed::{self, E2M1, apply, e8m0, hadamard, look_up, unpack};
use crate::decode::widen;
use crate::dtype::{Dtype, size_bytes};
use crate::read::{ByteStream, Read, Source};

/// So many shared numbers are read ahead: to start a read takes longer than to read on.
const AHEAD_NUMBERS: u64 = 1 << 16;

/// What is read beside the codes of one tensor, and the rows that were decoded last.
#[derive(Default)]
pub(super) struct Dequantiser {
    levels: Option<Box<packed::Levels>>,
    /// For each step, the numbers of `rows` that it needs.
    numbers: Vec<Numbers>,
    rows: Range<u64>,
    /// All codes, where rows cannot be read one by one.
    pub whole: Option<Vec<u8>>,
    /// Decoded rows, `F32`.
    pub decoded: Vec<u8>,
    /// The codes of whole heads that were read last, and the rows of the file that these are.
    pub held: (Range<u64>, Vec<u8>),
}

#[derive(Default)]
struct Numbers {
    first: u64,
    values: Vec<f32>,
    /// The block of each column, where they are not in order.
    groups: Vec<f32>,
}

impl Dequantiser {
    /// Reads what the rows from `first_row` to `end_row` need beside their codes; `last_row` is the
    /// end of what may be asked for later.
    pub(super) async fn load<S: Source>(
        &mut self,
        source: &S,
        quantised: &Quantised,
        cols: u64,
        (first_row, end_row, last_row): (u64, u64, u64),
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        if self.levels.is_none() {
            self.levels = Some(levels(source, quantised.codes).await?);
        }
        if self.rows.start <= first_row && end_row <= self.rows.end {
            return Ok(());
        }
        let per_row: u64 = quantised.steps.iter().map(|step| step.numbers_per_row(cols)).sum();
        let ahead = first_row.saturating_add(AHEAD_NUMBERS / per_row.max(1)).min(last_row);
        self.rows = first_row..end_row.max(ahead);
        self.numbers.clear();
        for step in &quantised.steps {
            let numbers = match step {
                Step::Blocks(_, grid) => numbers(source, grid, &self.rows, cols).await?,
                _ => Numbers::default(),
            };
            self.numbers.push(numbers);
        }
        Ok(())
    }

    /// Keeps all codes, in the order of rows where that is a matter of words.
    pub(super) fn keep(&mut self, quantised: &Quantised, rows: u64, codes: &[u8]) {
        self.whole = Some(match quantised.order {
            Order::Words => {
                let words = codes.len() / 4 / rows.max(1) as usize;
                transpose(codes, rows as usize, words, 4)
            }
            _ => codes.to_vec(),
        });
    }

    /// Decodes `rows` of `all_cols` weights from `codes`, which begin with the given row of the file,
    /// or from all of them, and keeps the columns `cols`.
    pub(super) fn decode(
        &mut self,
        quantised: &Quantised,
        codes: Option<(u64, &[u8])>,
        rows: Range<u64>,
        all_cols: usize,
        cols: Range<usize>,
    ) {
        let count = (rows.end - rows.start) as usize;
        let mut decoded = std::mem::take(&mut self.decoded);
        let row_bytes = cols.len() * size_of::<f32>();
        decoded.resize(count * row_bytes, 0);
        let mut values = vec![0.0; all_cols];
        let mut scratch = vec![0; all_cols];
        let gathered = self.gather(quantised, &rows, all_cols);
        for (index, row) in rows.clone().enumerate() {
            if let Some(gathered) = &gathered {
                let levels = self.levels.as_deref().expect("loaded");
                look_up(levels, &gathered[index * all_cols..][..all_cols], &mut values);
            } else {
                let whole = || self.whole.as_deref().expect("fetched");
                let (base, codes) = codes.unwrap_or_else(|| (0, whole()));
                let first = ((quantised.stored_row(row) - base) * quantised.stride) as usize;
                self.levels_of(quantised.codes, codes, first, &mut scratch, &mut values);
            }
            for (step, numbers) in quantised.steps.iter().zip(&self.numbers) {
                step.apply(numbers, row, &mut values);
            }
            if let Some(group) = quantised.rotation {
                hadamard(&mut values, group as usize);
            }
            let to = decoded[index * row_bytes..][..row_bytes].as_chunks_mut::<4>().0;
            for (to, value) in to.iter_mut().zip(&values[cols.clone()]) {
                *to = value.to_le_bytes();
            }
        }
        self.decoded = decoded;
    }

    /// The codes of some rows that are stored column by column.
    fn gather(&self, quantised: &Quantised, rows: &Range<u64>, cols: usize) -> Option<Vec<u8>> {
        let (Order::Columns, Format::Codes(packing, _)) = (quantised.order, quantised.codes) else {
            return None;
        };
        let whole = self.whole.as_deref()?;
        let count = (rows.end - rows.start) as usize;
        let mut gathered = vec![0; count * cols];
        let mut column = vec![0; count];
        for col in 0..cols {
            let first = col as u64 * quantised.stride + rows.start;
            unpack(packing, whole, first as usize, &mut column);
            for (row, code) in column.iter().enumerate() {
                gathered[row * cols + col] = *code;
            }
        }
        Some(gathered)
    }

    fn levels_of(
        &self,
        format: Format,
        codes: &[u8],
        first: usize,
        scratch: &mut [u8],
        values: &mut [f32],
    ) {
        match format {
            Format::Plain(dtype) => {
                let bytes = size_bytes(dtype).expect("compared") as usize;
                widen(dtype, &codes[first * bytes..][..values.len() * bytes], values);
            }
            Format::Codes(packing, _) => {
                unpack(packing, codes, first, scratch);
                look_up(self.levels.as_deref().expect("loaded"), scratch, values);
            }
            Format::Blocks(kind) => {
                let (elements, bytes) = (kind.elements() as usize, kind.bytes() as usize);
                let (block, begun) = (first / elements, first % elements);
                let codes = &codes[block * bytes..];
                if begun == 0 && values.len().is_multiple_of(elements) {
                    return blocks::decode(kind, codes, values);
                }
                // rows that do not end where blocks do
                let mut wide = vec![0.0; (begun + values.len()).next_multiple_of(elements)];
                blocks::decode(kind, codes, &mut wide);
                values.copy_from_slice(&wide[begun..][..values.len()]);
            }
        }
    }
}

impl Step {
    fn numbers_per_row(&self, cols: u64) -> u64 {
        match self {
            Self::Blocks(_, grid) => {
                (cols / grid.block_cols.max(1)).max(1) / grid.block_rows.max(1)
            }
            _ => 0,
        }
    }

    fn apply(&self, numbers: &Numbers, row: u64, values: &mut [f32]) {
        match self {
            Self::Round => packed::round(values),
            Self::Number(operation, bits) => {
                let (number, all) = ([f32::from_bits(*bits)], values.len().max(1));
                apply(*operation, &number, all, 0, values);
            }
            Self::Blocks(operation, grid) => {
                let cols = values.len() as u64;
                if grid.order == GridOrder::Flat {
                    let first = row * cols;
                    let position = first / grid.block_cols - numbers.first;
                    let begun = (first % grid.block_cols) as usize;
                    let of_row = &numbers.values[position as usize..];
                    return apply(*operation, of_row, grid.block_cols as usize, begun, values);
                }
                let at = |block_col: u64| {
                    let position = grid.position(row / grid.block_rows, block_col);
                    let position = position.checked_sub(numbers.first);
                    let found = position.and_then(|at| numbers.values.get(at as usize));
                    found.copied().unwrap_or(f32::NAN)
                };
                if numbers.groups.is_empty() {
                    let blocks = 0..cols.div_ceil(grid.block_cols);
                    let of_row: Vec<f32> = blocks.map(at).collect();
                    apply(*operation, &of_row, grid.block_cols as usize, 0, values);
                } else {
                    // a block that is not there has no number
                    let group = |group: &f32| if *group < 0.0 { u64::MAX } else { *group as u64 };
                    let blocks = grid.count / grid.stride();
                    let of_col = |group: u64| if group < blocks { at(group) } else { f32::NAN };
                    let of_row: Vec<f32> = numbers.groups.iter().map(group).map(of_col).collect();
                    apply(*operation, &of_row, 1, 0, values);
                }
            }
        }
    }
}

impl Grid {
    fn stride(&self) -> u64 {
        match self.order {
            GridOrder::Rows(stride) | GridOrder::Columns(stride) => stride.max(1),
            _ => 1,
        }
    }
}

async fn fetch<S: Source>(
    source: &S,
    read: Read,
) -> Result<Vec<u8>, <S::Stream as ByteStream>::Error> {
    if read.bytes() == 0 {
        return Ok(Vec::new());
    }
    let mut stream = source.open(&[read]);
    stream.fetch(read.bytes() as usize).await?;
    Ok(stream.fetched().to_vec())
}

/// `count` numbers of `dtype` from `place` on.
async fn plain<S: Source>(
    source: &S,
    Place { file, start }: Place,
    dtype: Dtype,
    count: u64,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let bytes = size_bytes(dtype).expect("compared") * count;
    let bytes = fetch(source, Read { file, start, end: start + bytes }).await?;
    let mut values = vec![0.0; count as usize];
    widen(dtype, &bytes, &mut values);
    Ok(values)
}

/// What the codes of `format` stand for.
async fn levels<S: Source>(
    source: &S,
    format: Format,
) -> Result<Box<packed::Levels>, <S::Stream as ByteStream>::Error> {
    let mut table = Box::new([f32::NAN; 256]);
    let Format::Codes(_, levels) = format else { return Ok(table) };
    let codes = table.iter_mut().zip(0..=u8::MAX);
    match levels {
        Levels::Offset(offset) => {
            codes.for_each(|(to, code)| *to = f32::from(i16::from(code) - offset));
        }
        Levels::Signed(bits) => codes.for_each(|(to, code)| {
            let unused = 8_u32.saturating_sub(u32::from(bits));
            *to = f32::from((code << unused).cast_signed() >> unused);
        }),
        Levels::E2m1 => table[..16].copy_from_slice(&E2M1),
        Levels::F8(dtype) => {
            let codes: Vec<u8> = (0..=u8::MAX).collect();
            widen(dtype, &codes, &mut table[..]);
        }
        Levels::E8m0 => codes.for_each(|(to, code)| *to = e8m0(code)),
        Levels::E8m0OrZero => {
            codes.for_each(|(to, code)| *to = if code == 0 { 0.0 } else { e8m0(code) });
        }
        Levels::Stored(place, count) => {
            let stored = plain(source, place, Dtype::F32, u64::from(count)).await?;
            table[..stored.len()].copy_from_slice(&stored);
        }
    }
    Ok(table)
}

/// The numbers of `grid` that `rows` of `cols` weights need.
async fn numbers<S: Source>(
    source: &S,
    grid: &Grid,
    rows: &Range<u64>,
    cols: u64,
) -> Result<Numbers, <S::Stream as ByteStream>::Error> {
    let (first, end) = grid.numbers(rows.start, rows.end, cols);
    let (read, first) = grid.read(first, end);
    let bytes = fetch(source, read).await?;
    let mut values = vec![0.0; (end - first) as usize];
    match grid.format {
        Format::Plain(dtype) => widen(dtype, &bytes, &mut values),
        Format::Blocks(kind) => blocks::decode(kind, &bytes, &mut values),
        Format::Codes(packing, _) => {
            let mut codes = vec![0; values.len()];
            unpack(packing, &bytes, 0, &mut codes);
            look_up(&*levels(source, grid.format).await?, &codes, &mut values);
        }
    }
    if let Some(nested) = grid.nested {
        let (begin, end) = (first / nested.block, end.div_ceil(nested.block));
        let Place { file, start } = nested.place;
        let place = Place { file, start: start + begin * size_of::<f32>() as u64 };
        let outer = plain(source, place, Dtype::F32, end - begin).await?;
        let begun = (first % nested.block) as usize;
        apply(packed::Operation::Multiply, &outer, nested.block as usize, begun, &mut values);
        let (offset, all) = ([f32::from_bits(nested.offset)], values.len().max(1));
        apply(packed::Operation::Add, &offset, all, 0, &mut values);
    }
    let groups = match grid.groups {
        Some(place) => plain(source, place, Dtype::I32, cols).await?,
        None => Vec::new(),
    };
    Ok(Numbers { first, values, groups })
}
