//! `GLoRA`: D = b1 · b2 + W · a1 · a2.

use weightkin_kernel::lowrank::{Matrix, add_product};

use super::contents::{Contents, Extent, Format, Shapes, matrix, need, unfit};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, OfModel};

/// `b1` [o, r], `b2` [r, i], `a1` [i, r], `a2` [r, i]. Older files hold the transposed names:
/// D = b2 · b1 + W · a2 · a1, told by the shapes.
pub(super) struct Glora;

/// The factors in the order that they are multiplied in.
/// The four factors, each with its rows and columns.
type Order = [(Role, (u64, u64)); 4];

fn order(shapes: &Shapes<'_>) -> Result<Order, Fault> {
    let size = |role: Role| Ok((role, matrix(role, need(shapes, role)?)?));
    let (a1, a2) = (size(Role::GloraA1)?, size(Role::GloraA2)?);
    let (b1, b2) = (size(Role::GloraB1)?, size(Role::GloraB2)?);
    let fits = |b: (u64, u64), c: (u64, u64), a: (u64, u64), d: (u64, u64)| {
        b.1 == c.0 && a.1 == d.0 && c.1 == a.0 && d.1 == a.0
    };
    // where both would do, the ranks are as large as the sizes: newer files win
    if fits(b1.1, b2.1, a1.1, a2.1) {
        Ok([b1, b2, a1, a2])
    } else if fits(b2.1, b1.1, a2.1, a1.1) {
        Ok([b2, b1, a2, a1])
    } else {
        let shape = |role| need(shapes, role);
        Err(unfit(Role::GloraB1, shape(Role::GloraB1)?, Role::GloraB2, shape(Role::GloraB2)?))
    }
}

impl Format for Glora {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let [(_, (rows, _)), (_, (_, cols)), ..] = order(shapes)?;
        let a1 = matrix(Role::GloraA1, need(shapes, Role::GloraA1)?)?;
        let rank = Some(a1.0.min(a1.1));
        Ok(Extent { rows: Some(rows), cols: Some(cols), rank, alpha_divisor: rank })
    }

    fn delta(&self, mut contents: Contents, _: usize, _: usize) -> Result<Delta, Fault> {
        let shapes: Shapes<'_> = contents
            .tensors
            .iter()
            .map(|(role, tensor)| (*role, tensor.shape.as_slice()))
            .collect();
        let roles =
            order(&shapes)?.map(|(role, (rows, cols))| (role, rows as usize, cols as usize));
        let scale = contents.scale as f32;
        let factors = roles.map(|(role, rows, cols)| Factor {
            values: contents.take(role).values,
            rows,
            cols,
        });
        Ok(Delta::OfModel(Box::new(Generalized { factors, scale })))
    }
}

#[derive(Debug)]
struct Factor {
    values: Vec<f32>,
    rows: usize,
    cols: usize,
}

#[derive(Debug)]
struct Generalized {
    factors: [Factor; 4],
    scale: f32,
}

impl OfModel for Generalized {
    fn change(&self, weights: &[f32], rows: usize, cols: usize) -> Vec<f32> {
        let [b1, b2, a1, a2] = &self.factors;
        let of = |factor: &'_ Factor| factor.cols;
        let mut whole = vec![0.0; rows * cols];
        add_product(
            Matrix::packed(&b1.values, of(b1)),
            Matrix::packed(&b2.values, of(b2)),
            &mut whole,
            (rows, b2.rows, cols),
        );
        let mut thin = vec![0.0; rows * a1.cols];
        add_product(
            Matrix::packed(weights, cols),
            Matrix::packed(&a1.values, of(a1)),
            &mut thin,
            (rows, cols, a1.cols),
        );
        add_product(
            Matrix::packed(&thin, a1.cols),
            Matrix::packed(&a2.values, of(a2)),
            &mut whole,
            (rows, a1.cols, cols),
        );
        for value in &mut whole {
            *value *= self.scale;
        }
        whole
    }
}
