//! How a weight that is stored as codes is brought back: where its codes, scales and tables are, and
//! in which order they are applied.
//!
//! One shape serves nearly all forms: codes look up levels, the levels are multiplied, divided and
//! shifted by numbers that blocks of weights share, and rows are turned back where they were rotated.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::decode::blocks::Blocks;
use crate::decode::packed::{Operation, Packing};
use crate::dtype::{Dtype, size_bytes};
use crate::read::Read;

/// Most bytes of codes that are held in memory, where rows cannot be read one by one.
pub(crate) const WHOLE_BYTES: u64 = 1 << 27;

/// Scales of a tile that is tiled for a matrix unit, and its sides.
const TILE: u64 = 512;
const TILE_ROWS: u64 = 128;
const TILE_COLS: u64 = 4;

/// A weight that is stored as codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantised {
    /// What the form is called, in a report.
    pub form: String,
    /// Number format that the file gives the codes.
    pub dtype: Dtype,
    /// What a code is.
    pub codes: Format,
    /// Where the codes of a row are.
    pub order: Order,
    /// Codes from one row, or column, to the next.
    pub stride: u64,
    /// Codes that are stored in all.
    pub count: u64,
    /// What is done with the levels, one after the other.
    pub steps: Vec<Step>,
    /// Weights of a row that were rotated together, a power of four.
    pub rotation: Option<u32>,
    /// Rows of an attention head, where the file has those of its halves in turn: 0, half, 1, half
    /// and 1, …
    pub head_rows: Option<u64>,
}

/// The order of codes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Row after row.
    Rows,
    /// Column after column.
    Columns,
    /// Four bytes of each row in turn: a matrix of words, rows and columns exchanged.
    Words,
}

/// Where some numbers of a quantisation begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Position of the file among the model's, or among those of all compared models.
    pub file: usize,
    /// First byte.
    pub start: u64,
}

/// What stored numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Numbers of a common format.
    Plain(Dtype),
    /// Codes of a few bits.
    Codes(Packing, Levels),
    /// Blocks that hold their scales.
    Blocks(Blocks),
}

/// What codes stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Levels {
    /// The code less this.
    Offset(i16),
    /// A whole number of so many bits with a sign.
    Signed(u8),
    /// A float of four bits.
    E2m1,
    /// A float of eight bits.
    F8(Dtype),
    /// A power of two.
    E8m0,
    /// The same where the smallest stands for zero.
    E8m0OrZero,
    /// So many numbers that are stored as `F32`.
    Stored(Place, u16),
}

/// One thing that is done with the levels of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// With the number that a block of weights shares.
    Blocks(Operation, Grid),
    /// With a number, the bits of an `f32`.
    Number(Operation, u32),
    /// Rounded to whole numbers of eight bits.
    Round,
}

/// Numbers that blocks of weights share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Where they are.
    pub place: Place,
    /// What they are stored as.
    pub format: Format,
    /// How many there are.
    pub count: u64,
    /// Rows of a block.
    pub block_rows: u64,
    /// Columns of a block.
    pub block_cols: u64,
    /// The order of the numbers.
    pub order: GridOrder,
    /// Where each column's block is said, as `I32`, if they are not in order.
    pub groups: Option<Place>,
    /// What the numbers themselves are quantised by.
    pub nested: Option<Nested>,
}

/// The order of the numbers of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GridOrder {
    /// Rows of so many numbers.
    Rows(u64),
    /// Columns of so many numbers.
    Columns(u64),
    /// So many words side by side, each with the numbers of so many rows.
    RowWords(u64, u64),
    /// Blocks run over the ends of rows: as many as it takes, one behind the other.
    Flat,
    /// Tiles of 128 × 4 numbers, so many side by side, in the order of a matrix unit.
    Tiles(u64),
}

/// Scales of scales: the number times that of its block of `block`, and `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nested {
    /// Where they are, as `F32`.
    pub place: Place,
    /// Numbers that share one.
    pub block: u64,
    /// Bits of the `f32` that is added to all.
    pub offset: u32,
}

impl Format {
    /// Codes that can be read alone, and their bytes.
    pub(super) fn unit(&self) -> (u64, u64) {
        match self {
            Self::Plain(dtype) => (1, size_bytes(*dtype).unwrap_or(1)),
            Self::Codes(packing, _) => (packing.unit_codes().max(1), packing.unit_bytes()),
            Self::Blocks(blocks) => (blocks.elements(), blocks.bytes()),
        }
    }

    /// First byte and one past the last of the units that hold the codes from `first` to `end`, and
    /// the first code of them.
    pub(super) fn bytes(&self, first: u64, end: u64) -> (u64, u64, u64) {
        let (codes, bytes) = self.unit();
        let unit = first / codes;
        (unit * bytes, end.div_ceil(codes) * bytes, unit * codes)
    }

    /// Bytes of `count` numbers.
    pub(crate) fn total_bytes(&self, count: u64) -> u64 {
        let (codes, bytes) = self.unit();
        count.div_ceil(codes).saturating_mul(bytes)
    }
}

impl Quantised {
    /// Whether rows cannot be read one by one.
    pub(super) fn is_whole(&self) -> bool {
        let (codes, _) = self.codes.unit();
        self.order != Order::Rows || !self.stride.is_multiple_of(codes)
    }

    /// First byte, from that of the codes, and one past the last of the codes of some rows.
    pub(super) fn row_bytes(&self, first_row: u64, rows: u64) -> (u64, u64) {
        if self.is_whole() {
            return (0, self.codes.total_bytes(self.count));
        }
        let rows = self.stored_rows(first_row..first_row + rows);
        let (start, end, _) = self.codes.bytes(rows.start * self.stride, rows.end * self.stride);
        (start, end)
    }

    /// The rows of the file that hold `rows`: whole heads, where rows are in another order there.
    pub(super) fn stored_rows(&self, rows: Range<u64>) -> Range<u64> {
        match self.head_rows {
            Some(head) => rows.start / head * head..rows.end.div_ceil(head) * head,
            None => rows,
        }
    }

    /// Which row of the file is the row `row`.
    pub(super) fn stored_row(&self, row: u64) -> u64 {
        let Some(head) = self.head_rows else { return row };
        let (first, within, half) = (row / head * head, row % head, head / 2);
        first + within % half * 2 + within / half
    }

    /// Adds `files` to the positions of all files.
    pub(super) fn move_files(&mut self, files: usize) {
        if let Format::Codes(_, Levels::Stored(place, _)) = &mut self.codes {
            place.file += files;
        }
        for step in &mut self.steps {
            let Step::Blocks(_, grid) = step else { continue };
            grid.place.file += files;
            for place in [&mut grid.groups].into_iter().flatten() {
                place.file += files;
            }
            if let Some(nested) = &mut grid.nested {
                nested.place.file += files;
            }
            if let Format::Codes(_, Levels::Stored(place, _)) = &mut grid.format {
                place.file += files;
            }
        }
    }
}

impl Grid {
    /// The first number that rows from `first_row` to `end_row` of `cols` weights need, and one past
    /// the last.
    pub(super) fn numbers(&self, first_row: u64, end_row: u64, cols: u64) -> (u64, u64) {
        let (first, end) = (first_row / self.block_rows, end_row.div_ceil(self.block_rows));
        let (first, end) = match self.order {
            GridOrder::Rows(stride) => (first * stride, end * stride),
            GridOrder::Columns(_) => (0, self.count),
            GridOrder::RowWords(stride, rows) => {
                (first / rows * stride * rows, end.div_ceil(rows) * stride * rows)
            }
            GridOrder::Flat => {
                (first_row * cols / self.block_cols, (end_row * cols).div_ceil(self.block_cols))
            }
            GridOrder::Tiles(across) => {
                (first / TILE_ROWS * across * TILE, end.div_ceil(TILE_ROWS) * across * TILE)
            }
        };
        (first, end.min(self.count))
    }

    /// Position of the number of a block.
    pub(super) fn position(&self, block_row: u64, block_col: u64) -> u64 {
        match self.order {
            GridOrder::Rows(stride) => block_row * stride + block_col,
            GridOrder::Columns(stride) => block_col * stride + block_row,
            GridOrder::RowWords(stride, rows) => {
                (block_row / rows * stride + block_col) * rows + block_row % rows
            }
            GridOrder::Flat => block_col,
            GridOrder::Tiles(across) => {
                let tile = block_row / TILE_ROWS * across + block_col / TILE_COLS;
                let (row, col) = (block_row % TILE_ROWS, block_col % TILE_COLS);
                tile * TILE + row % 32 * 16 + row / 32 * 4 + col
            }
        }
    }

    /// The bytes of some numbers, and the first of these.
    pub(super) fn read(&self, first: u64, end: u64) -> (Read, u64) {
        let (start, end, first) = self.format.bytes(first, end);
        let Place { file, start: base } = self.place;
        (Read { file, start: base + start, end: base + end }, first)
    }
}
