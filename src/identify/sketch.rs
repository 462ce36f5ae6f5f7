//! The coarse picture of a model.
//!
//! A kept column is scaled to length 127 and rounded to whole numbers, which leaves an error of
//! about one part in 10,000 of a cosine. All columns being of one length, the cosine of two whole
//! sketches of one layout is the mean of their columns' cosines, so that any engine which knows
//! the cosine of two vectors can rank models.

use super::layout::{Choice, Layout, choose};
use crate::sample::{Sample, values};

/// Length of a column.
const LENGTH: f64 = 127.0;

/// A model's sketch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// What the cells stand for.
    pub layout: Layout,
    /// Cells of each part in order, column by column. A column of zeros says nothing: the kept
    /// rows are zero there, or hold a NaN or an infinity.
    pub cells: Vec<i8>,
}

impl Sketch {
    /// Of the model that `sample` is taken of.
    pub fn of(sample: &Sample) -> Self {
        let mut layout = Layout::default();
        let mut cells = Vec::new();
        for choice in choose(sample) {
            layout.parts.push(choice.part);
            add_cells(&choice, &mut cells);
        }
        Self { layout, cells }
    }
}

fn add_cells(choice: &Choice<'_>, cells: &mut Vec<i8>) {
    let Choice { kept, pick, rows, cols, .. } = choice;
    let values = values(kept, pick, rows.iter().copied(), cols);
    for col in 0..cols.len() {
        let column = values[col..].iter().step_by(cols.len()).map(|value| f64::from(*value));
        let length = column.clone().map(|value| value * value).sum::<f64>().sqrt();
        let says_something = length > 0.0 && length.is_finite();
        let scale = if says_something { LENGTH / length } else { 0.0 };
        // a NaN times zero is one, and one as a whole number is zero
        cells.extend(column.map(|value| (value * scale).round() as i8));
    }
}
