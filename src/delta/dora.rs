//! `DoRA`: V = W + D of another form, and the new weight is V with the norms that the file says.

use super::contents::{Extent, Values, unfit};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, OfModel};

/// A magnitude is [1, in, 1…] (one for each input: norms over everything else) or [out, 1…] or
/// [out] (one for each row).
pub(super) fn check(shape: &[u64], extent: &mut Extent) -> Result<(), Fault> {
    let invalid = || Fault::Shape { tensor: Role::Magnitude.title(), shape: shape.to_vec() };
    let count = shape.iter().try_fold(1_u64, |product, next| product.checked_mul(*next));
    let count = count.filter(|count| *count > 0).ok_or_else(invalid)?;
    let Some(rows) = extent.rows else { return Err(invalid()) };
    let Some(cols) = extent.cols else { return Err(invalid()) };
    let by_row = shape.first() == Some(&rows) && count == rows;
    let by_input = shape.len() > 1 && shape[0] == 1 && count == shape[1] && cols % count == 0;
    if by_row || by_input {
        return Ok(());
    }
    Err(unfit(Role::Magnitude, shape, Role::Up, &[rows, cols]))
}

pub(super) fn decompose(delta: Delta, magnitude: Values, rows: usize) -> Delta {
    let by_row = magnitude.shape.first() == Some(&(rows as u64)) && magnitude.values.len() == rows;
    Delta::OfModel(Box::new(Decomposed { delta, magnitude: magnitude.values, by_row }))
}

#[derive(Debug)]
struct Decomposed {
    delta: Delta,
    magnitude: Vec<f32>,
    by_row: bool,
}

impl OfModel for Decomposed {
    fn change(&self, weights: &[f32], rows: usize, cols: usize) -> Vec<f32> {
        let mut whole = self.delta.whole(weights, rows, cols);
        for (value, weight) in whole.iter_mut().zip(weights) {
            *value += weight;
        }
        let each = cols / self.magnitude.len().max(1);
        let mut squares = vec![0.0_f64; self.magnitude.len()];
        let group = |row: usize, col: usize| if self.by_row { row } else { col / each.max(1) };
        for (row, values) in whole.chunks_exact(cols).enumerate() {
            for (col, value) in values.iter().enumerate() {
                squares[group(row, col)] += f64::from(*value) * f64::from(*value);
            }
        }
        let factors: Vec<f64> = self
            .magnitude
            .iter()
            .zip(&squares)
            // where there is nothing to stretch, it stays nothing
            .map(|(g, square)| if *square > 0.0 { f64::from(*g) / square.sqrt() } else { 0.0 })
            .collect();
        for row in 0..rows {
            for col in 0..cols {
                let at = row * cols + col;
                let new = f64::from(whole[at]) * factors[group(row, col)];
                whole[at] = (new - f64::from(weights[at])) as f32;
            }
        }
        whole
    }
}
