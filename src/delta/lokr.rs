//! `LoKr`: D = w1 ⊗ w2, each full or a product.

use weightkin_kernel::lowrank::{Matrix, add_product, transposed};

use super::contents::{Contents, Extent, Format, Shapes, flat, matrix, need, times, unfit};
use super::fault::Fault;
use super::loha::{tucker, tucker_extent};
use super::role::Role;
use super::rows::{Delta, Kronecker};

/// `w1` [a, b] or `w1_a` · `w1_b`; `w2` [c, d, k…], or `w2_a` · `w2_b`, or with a core `t2`. Alpha
/// is divided by the rows of `w2_b`, else of `w1_b`, and has no meaning where both are full.
pub(super) struct Lokr;

impl Format for Lokr {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let (rows1, cols1) = match shapes.get(&Role::LokrW1) {
            Some(whole) => flat(Role::LokrW1, whole)?,
            None => product(shapes, Role::LokrW1A, Role::LokrW1B)?,
        };
        let (rows2, cols2) = match (shapes.get(&Role::LokrW2), shapes.get(&Role::LokrT2)) {
            (Some(whole), _) => matrix(Role::LokrW2, whole)?,
            (None, Some(core)) => {
                let (a, b) = (Role::LokrW2A, Role::LokrW2B);
                let (a_shape, b_shape) = (need(shapes, a)?, need(shapes, b)?);
                tucker_extent(Role::LokrT2, core, (a, a_shape), (b, b_shape))?
            }
            (None, None) => product(shapes, Role::LokrW2A, Role::LokrW2B)?,
        };
        let rank_of = |whole: Role, part: Role| {
            if shapes.contains_key(&whole) { None } else { shapes.get(&part).map(|shape| shape[0]) }
        };
        let rank =
            rank_of(Role::LokrW2, Role::LokrW2B).or_else(|| rank_of(Role::LokrW1, Role::LokrW1B));
        times(rows1, cols1)?;
        times(rows2, cols2)?;
        Ok(Extent {
            rows: Some(times(rows1, rows2)?),
            cols: Some(times(cols1, cols2)?),
            rank,
            alpha_divisor: rank,
        })
    }

    fn delta(&self, mut contents: Contents, rows: usize, cols: usize) -> Result<Delta, Fault> {
        let (w1, rows1) = match contents.tensors.remove(&Role::LokrW1) {
            Some(whole) => (whole.values, whole.shape[0] as usize),
            None => multiplied(&mut contents, Role::LokrW1A, Role::LokrW1B),
        };
        let (w2, rows2) = match contents.tensors.remove(&Role::LokrW2) {
            Some(whole) => (whole.values, whole.shape[0] as usize),
            None => match contents.tensors.remove(&Role::LokrT2) {
                None => multiplied(&mut contents, Role::LokrW2A, Role::LokrW2B),
                Some(core) => {
                    let (a, b) = (contents.take(Role::LokrW2A), contents.take(Role::LokrW2B));
                    let (a_rank, b_rank) = (a.shape[0] as usize, b.shape[0] as usize);
                    let rows = a.values.len() / a_rank;
                    let right = tucker(&core.values, a_rank, &b.values, b_rank);
                    let cols = right.len() / a_rank;
                    let left = transposed(&a.values, a_rank, rows);
                    let mut whole = vec![0.0; rows * cols];
                    add_product(
                        Matrix::packed(&left, a_rank),
                        Matrix::packed(&right, cols),
                        &mut whole,
                        (rows, a_rank, cols),
                    );
                    (whole, rows)
                }
            },
        };
        debug_assert_eq!(rows, rows1 * rows2);
        let cols1 = w1.len() / rows1;
        Ok(Delta::Kronecker(Kronecker {
            scale: contents.scale as f32,
            left: w1,
            left_cols: cols1,
            right: w2,
            right_rows: rows2,
            right_cols: cols / cols1,
        }))
    }
}

/// Rows and columns of a · b.
fn product(shapes: &Shapes<'_>, a: Role, b: Role) -> Result<(u64, u64), Fault> {
    let (a_shape, b_shape) = (need(shapes, a)?, need(shapes, b)?);
    let (rows, a_rank) = flat(a, a_shape)?;
    let (rank, cols) = matrix(b, b_shape)?;
    if a_rank != rank {
        return Err(unfit(a, a_shape, b, b_shape));
    }
    times(rows, cols)?;
    Ok((rows, cols))
}

/// a · b, and its rows.
fn multiplied(contents: &mut Contents, a: Role, b: Role) -> (Vec<f32>, usize) {
    let (a, b) = (contents.take(a), contents.take(b));
    let (rows, rank) = (a.shape[0] as usize, b.shape[0] as usize);
    let cols = b.values.len() / rank;
    let mut whole = vec![0.0; rows * cols];
    add_product(
        Matrix::packed(&a.values, rank),
        Matrix::packed(&b.values, cols),
        &mut whole,
        (rows, rank, cols),
    );
    (whole, rows)
}
