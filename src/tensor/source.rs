//! Where the rows of a tensor are in the files of its model, and how they are stored.

use serde::{Deserialize, Serialize};

use super::quantised::Quantised;
#[cfg(not(target_arch = "wasm32"))]
use crate::delta::StoredDelta;
use crate::dtype::{Class, Dtype, class, size_bytes};
use crate::read::{Read, Span};

/// One tensor of one model as a matrix of `shape[0]` rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorSource {
    /// Dimensions, outermost first; empty for a scalar.
    pub shape: Vec<u64>,
    /// How the numbers are stored.
    pub encoding: Encoding,
    /// Its rows from the top; one piece unless it is put together from several tensors. A tensor
    /// whose model is known by a fingerprint only has none.
    pub pieces: Vec<Piece>,
    /// Whether the file has rows and columns exchanged. Such a tensor has one piece, and is read
    /// whole.
    pub transposed: bool,
}

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// As they are.
    Plain(Dtype),
    /// Divided by a scale that is stored beside them.
    Scaled(Dtype, Scale),
    /// As codes; boxed, because nearly all tensors have none.
    Quantised(Box<Quantised>),
    /// Not at all: worked out from the factors of an adapter. The page does not do that yet.
    #[cfg(not(target_arch = "wasm32"))]
    Change(Box<Change>),
}

/// What an adapter changes of a tensor at strength 1: rows that no module changes are zeros.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Modules and their rows, from the top. They do not overlap.
    pub parts: Vec<ChangedRows>,
    /// The tensor itself, where a module's change is worked out from it.
    pub of: Option<Box<TensorSource>>,
}

/// Rows of a tensor that a module changes.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedRows {
    /// The first of them.
    pub first_row: u64,
    /// How many they are.
    pub rows: u64,
    /// Their change.
    pub stored: StoredDelta,
}

/// Some consecutive rows in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Position of the file among the model's, or among those of all compared models.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// Number of rows.
    pub rows: u64,
}

/// Where the scale of a scaled tensor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Number format of the scale, a float of whole bytes.
    pub dtype: Dtype,
    /// Position of the file among the model's, or among those of all compared models.
    pub file: usize,
    /// First byte.
    pub start: u64,
    /// Whether there is one for each row, or one for all.
    pub per_row: bool,
}

/// A rectangle of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// First row.
    pub first_row: u64,
    /// Number of rows.
    pub rows: u64,
    /// First column.
    pub first_col: u64,
    /// Number of columns.
    pub cols: u64,
}

impl Region {
    /// All rows and columns of a tensor of `rows` × `cols`.
    pub fn whole(rows: u64, cols: u64) -> Self {
        Self { first_row: 0, rows, first_col: 0, cols }
    }

    /// `rows` rows from the `row`-th of the region on.
    #[must_use]
    pub fn band(self, row: u64, rows: u64) -> Self {
        Self { first_row: self.first_row + row, rows, ..self }
    }
}

impl Encoding {
    /// Format of the stored numbers.
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::Plain(dtype) | Self::Scaled(dtype, _) => *dtype,
            Self::Quantised(quantised) => quantised.dtype,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Change(_) => Dtype::F32,
        }
    }

    /// What the format is called, in a report.
    pub fn name(&self) -> String {
        match self {
            Self::Quantised(quantised) => quantised.form.clone(),
            _ => self.dtype().to_string(),
        }
    }

    /// Format of the numbers as the row reader gives them.
    pub(crate) fn tile_dtype(&self) -> Dtype {
        if self.is_quantised() { Dtype::F32 } else { self.dtype() }
    }

    fn is_quantised(&self) -> bool {
        matches!(self, Self::Quantised(_))
    }

    /// What the stored numbers are multiplied with.
    pub fn scale(&self) -> Option<Scale> {
        match self {
            Self::Plain(_) | Self::Quantised(_) => None,
            #[cfg(not(target_arch = "wasm32"))]
            Self::Change(_) => None,
            Self::Scaled(_, scale) => Some(*scale),
        }
    }

    /// Whether whole numbers are stored, and meant.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Plain(dtype) if class(*dtype) == Class::Integer)
    }

    /// Whether rows can be read at all: dtypes without whole bytes have no decoder.
    pub fn is_readable(&self) -> bool {
        self.is_quantised() || class(self.dtype()) != Class::Opaque
    }

    /// The format in which a sample keeps numbers: that of the file, so that no bit changes; but
    /// for `F64`, which is compared as `F32`, and for numbers that only mean something with their
    /// scale.
    pub fn sampled_dtype(&self) -> Dtype {
        match self {
            Self::Plain(dtype) if *dtype != Dtype::F64 => *dtype,
            _ => Dtype::F32,
        }
    }

    /// Stored bytes of `cols` numbers of a row, about where they are codes.
    ///
    /// # Panics
    /// When the tensor is not [readable](Self::is_readable).
    pub fn row_bytes(&self, cols: u64) -> u64 {
        if let Self::Quantised(quantised) = self {
            let (codes, bytes) = quantised.codes.unit();
            return cols.saturating_mul(bytes).div_ceil(codes).max(1);
        }
        // only an empty tensor can be too wide
        cols.saturating_mul(
            size_bytes(self.dtype()).expect("matching leaves out dtypes without whole bytes"),
        )
    }

    /// Bytes of `cols` numbers of a row in memory.
    pub(crate) fn tile_row_bytes(&self, cols: u64) -> u64 {
        if self.is_quantised() { cols * size_of::<f32>() as u64 } else { self.row_bytes(cols) }
    }
}

impl TensorSource {
    /// A tensor stored as it is, in one piece.
    pub fn plain(dtype: Dtype, shape: Vec<u64>, file: usize, start: u64) -> Self {
        let rows = shape.first().copied().unwrap_or(1);
        let pieces = vec![Piece { file, start, rows }];
        Self { shape, encoding: Encoding::Plain(dtype), pieces, transposed: false }
    }

    /// Rows of the matrix.
    pub fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Columns of the matrix; 1 for a vector or a scalar.
    pub fn cols(&self) -> u64 {
        // only the dimensions of an empty tensor can be too large
        self.shape.iter().skip(1).copied().fold(1, u64::saturating_mul)
    }

    /// Number of elements.
    pub fn elements(&self) -> u64 {
        self.rows().saturating_mul(self.cols())
    }

    /// Bytes of one stored row.
    pub fn row_bytes(&self) -> u64 {
        self.encoding.row_bytes(self.cols())
    }

    /// The same with files numbered from `first_file` on.
    #[must_use]
    pub fn with_first_file(&self, first_file: usize) -> Self {
        let mut moved = self.clone();
        for piece in &mut moved.pieces {
            piece.file += first_file;
        }
        match &mut moved.encoding {
            Encoding::Plain(_) => {}
            // its modules know their files already
            #[cfg(not(target_arch = "wasm32"))]
            Encoding::Change(_) => {}
            Encoding::Scaled(_, scale) => scale.file += first_file,
            Encoding::Quantised(quantised) => quantised.move_files(first_file),
        }
        moved
    }

    /// Whether rows cannot be read one by one.
    pub fn is_read_whole(&self) -> bool {
        match &self.encoding {
            Encoding::Quantised(quantised) => quantised.is_whole(),
            _ => self.transposed,
        }
    }

    /// Where its first byte is, by file; before everything else for a tensor without pieces.
    pub fn position(&self) -> Option<(usize, u64)> {
        self.pieces.first().map(|piece| (piece.file, piece.start))
    }

    /// One past its last byte, by file.
    pub fn end(&self) -> Option<(usize, u64)> {
        let row_bytes = self.row_bytes();
        self.pieces.last().map(|piece| (piece.file, piece.start + piece.rows * row_bytes))
    }

    /// The bytes that hold `region`, contiguous ones together, in row order. Those of a transposed
    /// tensor are all over it: then they are the whole of it.
    pub fn spans(&self, region: Region) -> impl Iterator<Item = Span> + use<'_> {
        let region = if self.transposed { Region::whole(self.rows(), self.cols()) } else { region };
        let mut codes = None;
        let mut pieces = &self.pieces[..];
        if let (Encoding::Quantised(quantised), [piece]) = (&self.encoding, pieces) {
            let (start, end) = quantised.row_bytes(region.first_row, region.rows);
            let (file, start) = (piece.file, piece.start + start);
            codes = Some(Span { file, start, bytes: piece.start + end - start });
            pieces = &[];
        }
        let codes = codes.filter(|codes| codes.bytes > 0).into_iter();
        let element_bytes = self.encoding.row_bytes(1);
        let stride_bytes = self.cols() * element_bytes;
        let bytes = region.cols * element_bytes;
        let mut top = 0;
        let stored = pieces.iter().flat_map(move |piece| {
            let skipped = region.first_row.saturating_sub(top).min(piece.rows);
            let end = (region.first_row + region.rows).saturating_sub(top).min(piece.rows);
            top += piece.rows;
            let rows = end.saturating_sub(skipped);
            let start = piece.start + skipped * stride_bytes + region.first_col * element_bytes;
            let (count, bytes) =
                if bytes == stride_bytes { (1, rows * bytes) } else { (rows, bytes) };
            let file = piece.file;
            (0..count)
                .map(move |row| Span { file, start: start + row * stride_bytes, bytes })
                .filter(|span| span.bytes > 0)
        });
        codes.chain(stored)
    }

    /// The bytes that hold the scales of the rows of `region`, one for each or one for all.
    pub fn scale_read(&self, region: Region) -> Option<Read> {
        let scale = self.encoding.scale()?;
        let bytes = size_bytes(scale.dtype).expect("a scale is a float");
        let (first, count) = if scale.per_row { (region.first_row, region.rows) } else { (0, 1) };
        let start = scale.start + first * bytes;
        Some(Read { file: scale.file, start, end: start + count * bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Region = Region { first_row: 0, rows: 7, first_col: 0, cols: 2 };

    /// 7 × 2 of `F32`, in two pieces.
    fn source() -> TensorSource {
        let piece = |start, rows| Piece { file: 0, start, rows };
        TensorSource {
            shape: vec![7, 2],
            encoding: Encoding::Plain(Dtype::F32),
            pieces: vec![piece(1000, 3), piece(5000, 4)],
            transposed: false,
        }
    }

    fn spans(source: &TensorSource, region: Region) -> Vec<(u64, u64)> {
        source.spans(region).map(|span| (span.start, span.bytes)).collect()
    }

    #[test]
    fn whole_rows_are_one_span_for_each_piece() {
        let spans = |first_row, rows| spans(&source(), WHOLE.band(first_row, rows));
        assert_eq!(spans(0, 7), [(1000, 24), (5000, 32)]);
        assert_eq!(spans(0, 2), [(1000, 16)]);
        assert_eq!(spans(2, 3), [(1016, 8), (5000, 16)]);
        assert_eq!(spans(3, 4), [(5000, 32)]);
        assert_eq!(spans(4, 2), [(5008, 16)]);
        assert_eq!(spans(4, 0), []);
    }

    #[test]
    fn parts_of_rows_are_a_span_for_each_row() {
        let right = Region { first_col: 1, cols: 1, ..WHOLE.band(1, 4) };
        assert_eq!(spans(&source(), right), [(1012, 4), (1020, 4), (5004, 4), (5012, 4)]);
    }

    #[test]
    fn a_transposed_tensor_is_read_whole() {
        let transposed = TensorSource { transposed: true, ..source() };
        assert_eq!(spans(&transposed, WHOLE.band(2, 1)), [(1000, 24), (5000, 32)]);
    }

    #[test]
    fn a_region_has_the_scales_of_its_rows() {
        let read = |per_row| {
            let scale = Scale { dtype: Dtype::F32, file: 3, start: 1000, per_row };
            let encoding = Encoding::Scaled(Dtype::F8_E4M3, scale);
            TensorSource { encoding, ..source() }.scale_read(WHOLE.band(512, 8)).unwrap()
        };
        assert_eq!(read(true), Read { file: 3, start: 3048, end: 3080 });
        assert_eq!(read(false), Read { file: 3, start: 1000, end: 1004 });
    }
}
