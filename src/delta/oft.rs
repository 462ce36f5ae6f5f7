//! OFT: blocks of rows are rotated.

use super::contents::{Contents, Extent, Format, Shapes, need};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, OfModel};

/// `oft_blocks` [k, n, n] holds B: Q = B − Bᵀ, shrunk to a norm of at most alpha, and
/// R = (I + Q)(I − Q)⁻¹ turns the k blocks of n rows; `rescale` multiplies rows afterwards.
pub(super) struct Oft;

impl Format for Oft {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let blocks = need(shapes, Role::OftBlocks)?;
        let invalid = || Fault::Shape { tensor: Role::OftBlocks.title(), shape: blocks.to_vec() };
        let [count, size, other] = *blocks else { return Err(invalid()) };
        let rows = count.checked_mul(size).filter(|rows| *rows > 0).ok_or_else(invalid)?;
        if size != other {
            return Err(invalid());
        }
        check_rescale(shapes, rows)?;
        Ok(Extent { rows: Some(rows), cols: None, rank: Some(size), alpha_divisor: None })
    }

    fn delta(&self, mut contents: Contents, rows: usize, _: usize) -> Result<Delta, Fault> {
        let blocks = contents.take(Role::OftBlocks);
        let size = blocks.shape[1] as usize;
        let turns = rotations(&blocks.values, size, constraint(&contents, rows))?;
        let rescale = contents.tensors.remove(&Role::Rescale).map(|rescale| rescale.values);
        Ok(Delta::OfModel(Box::new(Rotated { turns, size, rescale })))
    }
}

/// Norm that the generators are shrunk to.
pub(super) fn constraint(contents: &Contents, rows: usize) -> f64 {
    let alpha = contents.alpha.unwrap_or(0.0);
    if contents.alpha_of_rows { alpha * rows as f64 } else { alpha }
}

pub(super) fn check_rescale(shapes: &Shapes<'_>, rows: u64) -> Result<(), Fault> {
    match shapes.get(&Role::Rescale) {
        Some(shape) if shape.first() != Some(&rows) || shape[1..].iter().any(|size| *size != 1) => {
            Err(Fault::Shape { tensor: Role::Rescale.title(), shape: shape.to_vec() })
        }
        _ => Ok(()),
    }
}

/// R of every block of `size` × `size`, in `f64`.
pub(super) fn rotations(blocks: &[f32], size: usize, constraint: f64) -> Result<Vec<f64>, Fault> {
    let mut generators = vec![0.0; blocks.len()];
    let mut square = 0.0;
    for (block, generator) in
        blocks.chunks_exact(size * size).zip(generators.chunks_exact_mut(size * size))
    {
        for row in 0..size {
            for col in 0..size {
                let value = f64::from(block[row * size + col]) - f64::from(block[col * size + row]);
                generator[row * size + col] = value;
                square += value * value;
            }
        }
    }
    let norm = square.sqrt() + 1e-8;
    if constraint > 0.0 && norm > constraint {
        for value in &mut generators {
            *value *= constraint / norm;
        }
    }
    for generator in generators.chunks_exact_mut(size * size) {
        cayley(generator, size)?;
    }
    Ok(generators)
}

/// (I + Q)(I − Q)⁻¹ in place of Q. The two factors commute, so it solves (I − Q) R = I + Q.
fn cayley(q: &mut [f64], size: usize) -> Result<(), Fault> {
    let unit = |row: usize, col: usize| if row == col { 1.0 } else { 0.0 };
    let at = |index: usize| (index / size, index % size);
    let mut left: Vec<f64> =
        q.iter().enumerate().map(|(index, q)| unit(at(index).0, at(index).1) - q).collect();
    for (index, value) in q.iter_mut().enumerate() {
        *value += unit(at(index).0, at(index).1);
    }
    for pivot in 0..size {
        let largest = (pivot..size)
            .max_by(|a, b| left[a * size + pivot].abs().total_cmp(&left[b * size + pivot].abs()))
            .unwrap_or(pivot);
        if left[largest * size + pivot] == 0.0 {
            return Err(Fault::Singular);
        }
        for col in 0..size {
            left.swap(pivot * size + col, largest * size + col);
            q.swap(pivot * size + col, largest * size + col);
        }
        let inverse = 1.0 / left[pivot * size + pivot];
        for col in 0..size {
            left[pivot * size + col] *= inverse;
            q[pivot * size + col] *= inverse;
        }
        for row in (0..size).filter(|row| *row != pivot) {
            let factor = left[row * size + pivot];
            if factor == 0.0 {
                continue;
            }
            for col in 0..size {
                left[row * size + col] -= factor * left[pivot * size + col];
                q[row * size + col] -= factor * q[pivot * size + col];
            }
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Rotated {
    turns: Vec<f64>,
    size: usize,
    rescale: Option<Vec<f32>>,
}

impl OfModel for Rotated {
    fn change(&self, weights: &[f32], _: usize, cols: usize) -> Vec<f32> {
        let size = self.size;
        let mut changed = vec![0.0; weights.len()];
        let mut sums = vec![0.0_f64; cols];
        for (block, turn) in self.turns.chunks_exact(size * size).enumerate() {
            for row in 0..size {
                sums.fill(0.0);
                for from in 0..size {
                    // files hold the transposed rotation
                    let factor = turn[from * size + row];
                    let start = (block * size + from) * cols;
                    for (sum, weight) in sums.iter_mut().zip(&weights[start..start + cols]) {
                        *sum += factor * f64::from(*weight);
                    }
                }
                let whole_row = block * size + row;
                let rescale = self.rescale.as_ref().map_or(1.0, |all| f64::from(all[whole_row]));
                let start = whole_row * cols;
                for (index, sum) in sums.iter().enumerate() {
                    let old = f64::from(weights[start + index]);
                    changed[start + index] = (sum * rescale - old) as f32;
                }
            }
        }
        changed
    }
}
