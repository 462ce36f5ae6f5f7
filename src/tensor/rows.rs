//! Reads rows of tensors in the order of a plan's reads.

use std::ops::Range;

use weightkin_kernel::gram::Tile;

#[cfg(not(target_arch = "wasm32"))]
use super::change::LoadedChange;
use super::dequantise::Dequantiser;
use super::quantised::Quantised;
#[cfg(not(target_arch = "wasm32"))]
use super::source::Change;
use super::source::{Encoding, Region, TensorSource};
use super::transpose::transpose;
use crate::decode::widen;
use crate::dtype::Dtype;
use crate::read::{ByteStream, Read, Source, Span, StreamReader};

/// The rows of one model's tensors, one tensor after the other.
pub(crate) struct RowReader<'a, S: Source> {
    source: &'a S,
    reader: StreamReader<'a, S>,
    fetched: Fetched,
    dtype: Dtype,
    /// Scales of all rows of the tensor's region, one for all, or none.
    scales: Vec<f32>,
    /// Those of the last fetch among them.
    fetched_scales: Range<usize>,
    dequantiser: Dequantiser,
    #[cfg(not(target_arch = "wasm32"))]
    change: LoadedChange,
}

/// Where the bytes of the last fetch are.
enum Fetched {
    InStream,
    Joined(Vec<u8>),
    /// A part of a whole matrix that is stored with rows and columns exchanged.
    Transposed {
        matrix: Vec<u8>,
        part: Range<usize>,
    },
    Dequantised,
    #[cfg(not(target_arch = "wasm32"))]
    Made,
}

impl<'a, S: Source> RowReader<'a, S> {
    /// Starts the first of `reads`, which cover all rows that are going to be fetched, in order.
    pub(crate) fn new(source: &'a S, reads: &[Read]) -> Self {
        Self {
            source,
            reader: StreamReader::new(source, reads.iter().copied()),
            fetched: Fetched::Joined(Vec::new()),
            dtype: Dtype::F32,
            scales: Vec::new(),
            fetched_scales: 0..0,
            dequantiser: Dequantiser::default(),
            #[cfg(not(target_arch = "wasm32"))]
            change: LoadedChange::default(),
        }
    }

    /// Turns to `tensor`, of which rows inside `region` are going to be fetched.
    ///
    /// # Errors
    /// The source's own.
    pub(crate) async fn begin(
        &mut self,
        tensor: &TensorSource,
        region: Region,
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        self.fetched = Fetched::Joined(Vec::new());
        self.dtype = tensor.encoding.tile_dtype();
        self.scales.clear();
        self.dequantiser = Dequantiser::default();
        #[cfg(not(target_arch = "wasm32"))]
        if let Encoding::Change(change) = &tensor.encoding {
            self.change = load_change(self.source, change, tensor, region).await?;
        }
        let (Some(scale), Some(read)) = (tensor.encoding.scale(), tensor.scale_read(region)) else {
            return Ok(());
        };
        let mut stream = self.source.open(&[read]);
        stream.fetch(read.bytes() as usize).await?;
        let count = if scale.per_row { region.rows } else { 1 };
        self.scales.resize(count as usize, 0.0);
        widen(scale.dtype, stream.fetched(), &mut self.scales);
        Ok(())
    }

    /// Fetches `rows` rows of `tensor` from the `row`-th of `region`, in the columns of the region.
    /// Returns how many bytes were read, with the gaps before them.
    ///
    /// # Errors
    /// The source's own.
    pub(crate) async fn fetch(
        &mut self,
        tensor: &TensorSource,
        region: Region,
        row: u64,
        rows: u64,
    ) -> Result<u64, <S::Stream as ByteStream>::Error> {
        if let Encoding::Quantised(quantised) = &tensor.encoding {
            return self.fetch_quantised(tensor, quantised, region, row, rows).await;
        }
        #[cfg(not(target_arch = "wasm32"))]
        if let Encoding::Change(_) = &tensor.encoding {
            self.fetched_scales = 0..0;
            self.change.make(region.band(row, rows));
            self.fetched = Fetched::Made;
            return Ok(0);
        }
        self.fetched_scales = if self.scales.len() > 1 {
            row as usize..(row + rows) as usize
        } else {
            0..self.scales.len()
        };
        let row_bytes = region.cols * tensor.encoding.row_bytes(1);
        if !tensor.transposed {
            let band = region.band(row, rows);
            return self.join(tensor.spans(band), rows * row_bytes).await;
        }
        let mut read_bytes = 0;
        if !matches!(self.fetched, Fetched::Transposed { .. }) {
            let whole = Region::whole(tensor.rows(), tensor.cols());
            read_bytes = self.join(tensor.spans(whole), whole.rows * row_bytes).await?;
            let element_bytes = tensor.encoding.row_bytes(1) as usize;
            let (rows, cols) = (tensor.rows() as usize, tensor.cols() as usize);
            let matrix = transpose(self.bytes(), rows, cols, element_bytes);
            self.fetched = Fetched::Transposed { matrix, part: 0..0 };
        }
        if let Fetched::Transposed { part, .. } = &mut self.fetched {
            let start = ((region.first_row + row) * row_bytes) as usize;
            *part = start..start + (rows * row_bytes) as usize;
        }
        Ok(read_bytes)
    }

    /// The same for rows that are stored as codes.
    async fn fetch_quantised(
        &mut self,
        tensor: &TensorSource,
        quantised: &Quantised,
        region: Region,
        row: u64,
        rows: u64,
    ) -> Result<u64, <S::Stream as ByteStream>::Error> {
        self.fetched_scales = 0..0;
        let all_cols = tensor.cols();
        let (first, last) = (region.first_row + row, region.first_row + region.rows);
        let needed = (first, first + rows, last);
        self.dequantiser.load(self.source, quantised, all_cols, needed).await?;
        let cols = region.first_col as usize..(region.first_col + region.cols) as usize;
        let rows = first..first + rows;
        if quantised.head_rows.is_some() && !quantised.is_whole() {
            let read_bytes = self.hold(tensor, quantised, &rows).await?;
            let held = std::mem::take(&mut self.dequantiser.held);
            let codes = Some((held.0.start, held.1.as_slice()));
            self.dequantiser.decode(quantised, codes, rows, all_cols as usize, cols);
            self.dequantiser.held = held;
            self.fetched = Fetched::Dequantised;
            return Ok(read_bytes);
        }
        let mut read_bytes = 0;
        if !quantised.is_whole() || self.dequantiser.whole.is_none() {
            for span in tensor.spans(Region { first_row: first, rows: rows.end - first, ..region })
            {
                read_bytes += self.reader.advance(span).await?;
            }
        }
        let codes = if quantised.is_whole() {
            if self.dequantiser.whole.is_none() {
                self.dequantiser.keep(quantised, tensor.rows(), self.reader.fetched());
            }
            None
        } else {
            Some((first, self.reader.fetched()))
        };
        self.dequantiser.decode(quantised, codes, rows, all_cols as usize, cols);
        self.fetched = Fetched::Dequantised;
        Ok(read_bytes)
    }

    /// Reads on until the whole heads that `rows` are of are held, and lets go of those before.
    async fn hold(
        &mut self,
        tensor: &TensorSource,
        quantised: &Quantised,
        rows: &Range<u64>,
    ) -> Result<u64, <S::Stream as ByteStream>::Error> {
        let needed = quantised.stored_rows(rows.clone());
        let (mut there, mut codes) = std::mem::take(&mut self.dequantiser.held);
        let bytes = |from: u64, to: u64| {
            let (start, end) = quantised.row_bytes(from, to - from);
            (end - start) as usize
        };
        if !(there.start..=there.end).contains(&needed.start) {
            there = needed.start..needed.start;
            codes.clear();
        }
        if there.start < needed.start {
            codes.drain(..bytes(there.start, needed.start));
        }
        let mut read_bytes = 0;
        let missing = there.end.max(needed.start)..needed.end;
        if missing.start < missing.end {
            let region = Region::whole(tensor.rows(), tensor.cols());
            let region = region.band(missing.start, missing.end - missing.start);
            for span in tensor.spans(region) {
                read_bytes += self.reader.advance(span).await?;
                codes.extend_from_slice(self.reader.fetched());
            }
        }
        self.dequantiser.held = (needed.start..needed.end.max(there.end), codes);
        Ok(read_bytes)
    }

    /// Takes `spans`, which are `bytes` long in all.
    async fn join(
        &mut self,
        mut spans: impl Iterator<Item = Span>,
        bytes: u64,
    ) -> Result<u64, <S::Stream as ByteStream>::Error> {
        let Some(first) = spans.next() else {
            self.fetched = Fetched::Joined(Vec::new());
            return Ok(0);
        };
        if first.bytes == bytes {
            let read_bytes = self.reader.advance(first).await?;
            self.fetched = Fetched::InStream;
            return Ok(read_bytes);
        }
        let mut joined = Vec::with_capacity(bytes as usize);
        let mut read_bytes = 0;
        for span in std::iter::once(first).chain(spans) {
            read_bytes += self.reader.advance(span).await?;
            joined.extend_from_slice(self.reader.fetched());
        }
        self.fetched = Fetched::Joined(joined);
        Ok(read_bytes)
    }

    /// The rows of the last fetch, one after the other.
    pub(crate) fn tile(&self) -> Tile<'_> {
        let scales = &self.scales[self.fetched_scales.clone()];
        Tile { bytes: self.bytes(), dtype: self.dtype, scales }
    }

    fn bytes(&self) -> &[u8] {
        match &self.fetched {
            Fetched::InStream => self.reader.fetched(),
            Fetched::Joined(bytes) => bytes,
            Fetched::Dequantised => &self.dequantiser.decoded,
            #[cfg(not(target_arch = "wasm32"))]
            Fetched::Made => &self.change.made,
            Fetched::Transposed { matrix, part } => &matrix[part.clone()],
        }
    }
}

/// Reads the factors of `change`, and the tensor that it changes where a module needs it.
#[cfg(not(target_arch = "wasm32"))]
async fn load_change<S: Source>(
    source: &S,
    change: &Change,
    tensor: &TensorSource,
    region: Region,
) -> Result<LoadedChange, <S::Stream as ByteStream>::Error> {
    let mut weights = Vec::new();
    if let Some(of) = &change.of {
        weights = Box::pin(read_whole(source, of)).await?;
    }
    LoadedChange::load(source, change, region, tensor.cols(), &weights).await
}

/// All numbers of `tensor`, widened and scaled.
///
/// # Errors
/// The source's own.
#[cfg(not(target_arch = "wasm32"))]
async fn read_whole<S: Source>(
    source: &S,
    tensor: &TensorSource,
) -> Result<Vec<f32>, <S::Stream as ByteStream>::Error> {
    let region = Region::whole(tensor.rows(), tensor.cols());
    let reads: Vec<Read> = tensor
        .spans(region)
        .map(|span| Read { file: span.file, start: span.start, end: span.start + span.bytes })
        .collect();
    let mut reader = RowReader::new(source, &reads);
    reader.begin(tensor, region).await?;
    reader.fetch(tensor, region, 0, region.rows).await?;
    let tile = reader.tile();
    let mut values = vec![0.0; tensor.elements() as usize];
    if values.is_empty() {
        return Ok(values);
    }
    widen(tile.dtype, tile.bytes, &mut values);
    let cols = region.cols as usize;
    for (row, values) in values.chunks_exact_mut(cols).enumerate() {
        let scale = match tile.scales {
            [] => break,
            [only] => *only,
            each => each[row],
        };
        for value in values {
            *value *= scale;
        }
    }
    Ok(values)
}
