//! Inner products of all pairs of models as a kernel of the pass.

use serde::{Deserialize, Serialize};
use weightkin_kernel::gram::{
    Accumulator, ColumnSums, ElementCounter, ElementStats, GramRecord, Tile,
};

use super::ChangeRecord;
use super::difference::{self, DifferenceCounter};
use crate::pass::plan::{BlockJob, TensorChange, Window};
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
    /// Sums over differences of models, where adapters change the tensor; see
    /// [`ChangeRecord::differences`].
    pub differences: Vec<f64>,
}

/// The sums of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WindowSums {
    /// Of whole columns, reduced to a record; with what adapters change of them.
    Whole(GramRecord, Option<Box<ChangeRecord>>),
    /// Of columns that go on in the windows below.
    Columns(ColumnSums),
}

/// Adds up the inner products of all pairs of models, column by column.
pub struct GramKernel<A, F> {
    models: usize,
    /// Makes the arithmetic of so many tiles.
    make: F,
    /// The arithmetic of models alone, and of models and so many changes.
    arithmetic: Vec<Option<A>>,
    changes: Vec<TensorChange>,
    difference: DifferenceCounter,
    differences: Vec<f64>,
    sums: ColumnSums,
    counter: ElementCounter,
    elements: ElementStats,
    first_row: u64,
    one_dimensional: bool,
}

impl<A: Arithmetic, F: Fn(usize) -> A> GramKernel<A, F> {
    /// For `models` whose rows are added up by what `make` makes: it is asked for who adds up the
    /// rows of so many models and changes.
    pub fn new(models: usize, make: F) -> Self {
        Self {
            models,
            make,
            arithmetic: Vec::new(),
            changes: Vec::new(),
            difference: DifferenceCounter::default(),
            differences: Vec::new(),
            sums: ColumnSums::zero(models, 0),
            counter: ElementCounter::default(),
            elements: ElementStats::zero(models),
            first_row: 0,
            one_dimensional: false,
        }
    }
}

impl<A: Arithmetic, F: Fn(usize) -> A> RowKernel for GramKernel<A, F> {
    type Output = WindowResult;

    fn tile_bytes(&self) -> u64 {
        self.arithmetic[self.changes.len()].as_ref().map_or(TILE_BYTES, Arithmetic::tile_bytes)
    }

    fn begin(&mut self, job: &BlockJob) {
        self.changes.clone_from(&job.changes);
        let changes = self.changes.len();
        let all = self.models + changes;
        self.arithmetic.resize_with(self.arithmetic.len().max(changes + 1), || None);
        self.arithmetic[changes].get_or_insert_with(|| (self.make)(all));
        self.sums = ColumnSums::zero(all, job.region.cols as usize);
        self.differences = vec![0.0; difference::count(self.models, changes)];
        self.elements = ElementStats::zero(self.models);
        self.first_row = job.region.first_row;
        self.one_dimensional = job.sources.iter().all(|source| source.shape.len() == 1);
    }

    fn add(&mut self, tiles: &[Tile<'_>], block: Block) {
        let rows = block.rows as usize;
        if let Some(arithmetic) = &mut self.arithmetic[self.changes.len()] {
            arithmetic.add(tiles, rows, &mut self.sums);
        }
        let size = (self.models, rows, self.sums.cols());
        self.difference.add(tiles, size, &self.changes, &mut self.differences);
        // the rows of a window are one range
        let rows = (self.first_row + block.row, rows);
        self.counter.add(&tiles[..self.models], rows, self.one_dimensional, &mut self.elements);
    }

    fn finish(&mut self, job: &BlockJob) -> WindowResult {
        let sums = std::mem::replace(&mut self.sums, ColumnSums::zero(0, 0));
        let sums = if job.whole_columns {
            let change = ChangeRecord::of(&sums, self.models, &job.changes);
            WindowSums::Whole(GramRecord::of_first(&sums, self.models), change.map(Box::new))
        } else {
            WindowSums::Columns(sums)
        };
        let elements = std::mem::replace(&mut self.elements, ElementStats::zero(0));
        let differences = std::mem::take(&mut self.differences);
        WindowResult { tensor: job.tensor, window: job.window, sums, elements, differences }
    }
}
