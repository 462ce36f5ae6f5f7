//! Carries out a batch: streams in, column sums out.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::decode::decoder;
use crate::dtype::size_bytes;
use crate::gram::{Accumulator, BLOCK_ROWS, ColumnSums, Record, Tile};
use crate::plan::{Batch, Job, Span, Window};
use crate::source::{ByteStream, Read, Source};

/// Stored bytes of all models that are fetched before the arithmetic starts on them. Small enough
/// to stay in a core's cache, large enough to make the calls cheap.
const TILE_BYTES: u64 = 512 << 10;
/// Reads are opened ahead until this many bytes are on their way …
const AHEAD_BYTES: u64 = 4 << 20;
/// … or this many reads.
const AHEAD_READS: usize = 8;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// One result for each job, in order.
    pub parts: Vec<Part>,
}

/// What became of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Position of the tensor in the plan.
    pub tensor: usize,
    /// Which window of it.
    pub window: Window,
    /// Its figures.
    pub figures: Figures,
}

/// The figures of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Figures {
    /// Of whole columns.
    Whole(Record),
    /// Of columns that go on in the windows below.
    Columns(ColumnSums),
}

/// Streams the bytes of `batch` from `source` and returns the figures of its windows.
///
/// `progress` is told the bytes taken from all models and the name of the tensor, a few times for
/// each tensor.
///
/// # Errors
/// The source's own, from whichever stream fails first.
pub async fn execute<S: Source>(
    batch: &Batch,
    source: &S,
    mut progress: impl FnMut(u64, &str),
) -> Result<Outcome, <S::Stream as ByteStream>::Error> {
    let mut cursors: Vec<Cursor<'_, S>> =
        batch.reads.iter().map(|reads| Cursor::new(source, reads)).collect();
    let mut accumulator = Accumulator::new(batch.models);
    let mut parts = Vec::with_capacity(batch.jobs.len());
    for job in &batch.jobs {
        let mut sums = ColumnSums::zero(batch.models, job.cols as usize);
        let tile_rows = tile_rows(job);
        let mut row = 0;
        while row < job.rows {
            let rows = tile_rows.min(job.rows - row);
            let mut bytes = 0;
            for (cursor, operand) in cursors.iter_mut().zip(&job.operands) {
                cursor.fetch(operand.spans(row, rows), rows * operand.row_bytes).await?;
                bytes += rows * operand.row_bytes;
            }
            let tiles: Vec<Tile<'_>> = cursors
                .iter()
                .zip(&job.operands)
                .map(|(cursor, operand)| Tile {
                    bytes: cursor.fetched(),
                    element_bytes: size_bytes(operand.dtype).expect("compared") as usize,
                    decoder: decoder(operand.dtype).expect("compared"),
                })
                .collect();
            accumulator.add(&tiles, rows as usize, &mut sums);
            progress(bytes, &job.name);
            row += rows;
        }
        let figures = if job.whole_columns {
            Figures::Whole(Record::of(&sums))
        } else {
            Figures::Columns(sums)
        };
        parts.push(Part { tensor: job.tensor, window: job.window, figures });
    }
    Ok(Outcome { parts })
}

/// Rows fetched at a time: whole blocks, about [`TILE_BYTES`] in all.
fn tile_rows(job: &Job) -> u64 {
    let row_bytes: u64 = job.operands.iter().map(|operand| operand.row_bytes).sum();
    let block_rows = BLOCK_ROWS as u64;
    (TILE_BYTES / row_bytes.max(1) / block_rows).max(1) * block_rows
}

/// Takes one model's spans from its reads, opening the next ones ahead of time.
struct Cursor<'a, S: Source> {
    source: &'a S,
    waiting: VecDeque<Read>,
    open: VecDeque<OpenRead<S::Stream>>,
    fetched: Fetched,
}

struct OpenRead<T> {
    /// What is left of the read.
    rest: Read,
    stream: T,
}

/// Where the bytes of the last fetch are.
enum Fetched {
    InStream,
    Joined(Vec<u8>),
}

impl<'a, S: Source> Cursor<'a, S> {
    fn new(source: &'a S, reads: &[Read]) -> Self {
        let mut cursor = Self {
            source,
            waiting: reads.iter().copied().collect(),
            open: VecDeque::new(),
            fetched: Fetched::Joined(Vec::new()),
        };
        cursor.open_ahead();
        cursor
    }

    /// Takes `spans`, which are `bytes` long in all.
    async fn fetch(
        &mut self,
        mut spans: impl Iterator<Item = Span>,
        bytes: u64,
    ) -> Result<(), <S::Stream as ByteStream>::Error> {
        let Some(first) = spans.next() else {
            self.fetched = Fetched::Joined(Vec::new());
            return Ok(());
        };
        if first.bytes == bytes {
            self.advance(first).await?;
            self.fetched = Fetched::InStream;
            return Ok(());
        }
        let mut joined = Vec::with_capacity(bytes as usize);
        for span in std::iter::once(first).chain(spans) {
            self.advance(span).await?;
            joined.extend_from_slice(self.open[0].stream.fetched());
        }
        self.fetched = Fetched::Joined(joined);
        Ok(())
    }

    fn fetched(&self) -> &[u8] {
        match &self.fetched {
            Fetched::InStream => self.open[0].stream.fetched(),
            Fetched::Joined(bytes) => bytes,
        }
    }

    /// Moves to `span`, so that the front stream has fetched it.
    async fn advance(&mut self, span: Span) -> Result<(), <S::Stream as ByteStream>::Error> {
        while self.open.front().is_some_and(|front| front.rest.bytes() == 0) {
            self.open.pop_front();
        }
        self.open_ahead();
        let front = self.open.front_mut().expect("the plan's reads cover its spans");
        debug_assert!(front.rest.file == span.file && front.rest.start <= span.start);
        let gap_bytes = span.start - front.rest.start;
        if gap_bytes > 0 {
            front.stream.skip(gap_bytes).await?;
        }
        front.stream.fetch(span.bytes as usize).await?;
        front.rest.start = span.start + span.bytes;
        Ok(())
    }

    /// Opens reads until enough is on its way. Opening takes long compared with reading on.
    fn open_ahead(&mut self) {
        let mut ahead_bytes: u64 = self.open.iter().map(|open| open.rest.bytes()).sum();
        while self.open.is_empty() || (ahead_bytes < AHEAD_BYTES && self.open.len() < AHEAD_READS) {
            let Some(read) = self.waiting.pop_front() else { return };
            ahead_bytes += read.bytes();
            self.open.push_back(OpenRead { rest: read, stream: self.source.open(read) });
        }
    }
}
