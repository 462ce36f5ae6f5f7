//! Inner products of all pairs of models as a kernel of the pass.

use serde::{Deserialize, Serialize};
use weightkin_kernel::gram::{
    Accumulator, ColumnSums, ElementCounter, ElementStats, GramRecord, Tile,
};

use crate::pass::plan::{BlockJob, Window};
use crate::pass::{Block, RowKernel};

/// Stored bytes of all models that are fetched before one core's arithmetic starts on them. Small
/// enough to stay in its cache, large enough to make the calls cheap.
const TILE_BYTES: u64 = 512 << 10;

/// Who does the arithmetic of a batch.
pub trait Arithmetic {
    /// Stored bytes of all models that are worth fetching before it starts on them.
    fn tile_bytes(&self) -> u64;

    /// Adds `rows` rows of every model to `sums`; see [`Accumulator::add`].
    fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums);
}

/// The thread that also reads.
impl Arithmetic for Accumulator {
    fn tile_bytes(&self) -> u64 {
        TILE_BYTES
    }

    fn add(&mut self, tiles: &[Tile<'_>], rows: usize, sums: &mut ColumnSums) {
        self.add(tiles, rows, sums);
    }
}

/// What came of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowResult {
    /// Position of the tensor in the plan.
    pub tensor: usize,
    /// Which window of it.
    pub window: Window,
    /// Its sums.
    pub sums: WindowSums,
    /// What is known of its single numbers.
    pub elements: ElementStats,
}

/// The sums of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WindowSums {
    /// Of whole columns, reduced to a record.
    Whole(GramRecord),
    /// Of columns that go on in the windows below.
    Columns(ColumnSums),
}

/// Adds up the inner products of all pairs of models, column by column.
pub struct GramKernel<'a, A> {
    models: usize,
    arithmetic: &'a mut A,
    sums: ColumnSums,
    counter: ElementCounter,
    elements: ElementStats,
    first_row: u64,
    one_dimensional: bool,
}

impl<'a, A: Arithmetic> GramKernel<'a, A> {
    /// For `models` whose rows are added up by `arithmetic`.
    pub fn new(models: usize, arithmetic: &'a mut A) -> Self {
        Self {
            models,
            arithmetic,
            sums: ColumnSums::zero(models, 0),
            counter: ElementCounter::default(),
            elements: ElementStats::zero(models),
            first_row: 0,
            one_dimensional: false,
        }
    }
}

impl<A: Arithmetic> RowKernel for GramKernel<'_, A> {
    type Output = WindowResult;

    fn tile_bytes(&self) -> u64 {
        self.arithmetic.tile_bytes()
    }

    fn begin(&mut self, job: &BlockJob) {
        self.sums = ColumnSums::zero(self.models, job.region.cols as usize);
        self.elements = ElementStats::zero(self.models);
        self.first_row = job.region.first_row;
        self.one_dimensional = job.sources.iter().all(|source| source.shape.len() == 1);
    }

    fn add(&mut self, tiles: &[Tile<'_>], block: Block) {
        let rows = block.rows as usize;
        self.arithmetic.add(tiles, rows, &mut self.sums);
        // the rows of a window are one range
        let rows = (self.first_row + block.row, rows);
        self.counter.add(tiles, rows, self.one_dimensional, &mut self.elements);
    }

    fn finish(&mut self, job: &BlockJob) -> WindowResult {
        let sums = std::mem::replace(&mut self.sums, ColumnSums::zero(self.models, 0));
        let sums = if job.whole_columns {
            WindowSums::Whole(GramRecord::of(&sums))
        } else {
            WindowSums::Columns(sums)
        };
        let elements = std::mem::replace(&mut self.elements, ElementStats::zero(0));
        WindowResult { tensor: job.tensor, window: job.window, sums, elements }
    }
}
