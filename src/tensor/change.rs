//! Rows of what adapters change of a tensor.

use super::source::{Change, Region};
use crate::delta::{Delta, LoadError, Rectangle};
use crate::read::{ByteStream, Source};

/// The changes of one tensor, factors in memory.
#[derive(Default)]
pub(super) struct LoadedChange {
    parts: Vec<(Region, Delta)>,
    /// Whether a module's numbers make no sense: then no row is known.
    is_broken: bool,
    /// The rows made last, `F32`.
    pub made: Vec<u8>,
}

impl LoadedChange {
    /// Reads the factors of the modules that change rows of `region`. `weights` are all numbers of
    /// the tensor, where a module needs them.
    pub(super) async fn load<S: Source>(
        source: &S,
        change: &Change,
        region: Region,
        cols: u64,
        weights: &[f32],
    ) -> Result<Self, <S::Stream as ByteStream>::Error> {
        let mut loaded = Self::default();
        for part in &change.parts {
            let is_apart = part.first_row >= region.first_row + region.rows
                || part.first_row + part.rows <= region.first_row;
            if is_apart {
                continue;
            }
            match part.stored.load(source, (part.rows, cols)).await {
                Ok(mut delta) => {
                    if delta.needs_model() {
                        let (rows, cols) = (part.rows as usize, cols as usize);
                        let first = part.first_row as usize * cols;
                        let of = weights.get(first..first + rows * cols);
                        loaded.is_broken |= of.is_none();
                        let Some(of) = of else { continue };
                        delta = delta.for_model(of, rows, cols);
                    }
                    let rows = Region::whole(part.rows, cols);
                    loaded.parts.push((Region { first_row: part.first_row, ..rows }, delta));
                }
                Err(LoadError::Read(error)) => return Err(error),
                // who opened the adapter has looked at its numbers: the file is not the same
                Err(LoadError::Module { .. }) => loaded.is_broken = true,
            }
        }
        Ok(loaded)
    }

    /// Makes the rows of `region`: NaN where they are not known.
    pub(super) fn make(&mut self, region: Region) {
        let (rows, cols) = (region.rows as usize, region.cols as usize);
        let mut values = vec![if self.is_broken { f32::NAN } else { 0.0 }; rows * cols];
        for (of, delta) in self.parts.iter().filter(|_| !self.is_broken) {
            let first = of.first_row.max(region.first_row);
            let end = (of.first_row + of.rows).min(region.first_row + region.rows);
            if first >= end {
                continue;
            }
            let part = Rectangle {
                first_row: (first - of.first_row) as usize,
                rows: (end - first) as usize,
                first_col: region.first_col as usize,
                cols,
            };
            let start = (first - region.first_row) as usize * cols;
            delta.fill(part, &mut values[start..start + part.rows * cols]);
        }
        self.made.clear();
        self.made.resize(values.len() * size_of::<f32>(), 0);
        for (to, value) in self.made.as_chunks_mut::<4>().0.iter_mut().zip(&values) {
            *to = value.to_le_bytes();
        }
    }
}
