//! IA3: D = W with each row, or each input, multiplied.

use super::contents::{Contents, Extent, Format, Shapes, need};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, OfModel};

/// `weight` [n] or [1, n, 1…] and `on_input`, which says whether n counts inputs or rows.
pub(super) struct Ia3;

impl Format for Ia3 {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        let shape = need(shapes, Role::Ia3Weight)?;
        need(shapes, Role::OnInput)?;
        let invalid = || Fault::Shape { tensor: Role::Ia3Weight.title(), shape: shape.to_vec() };
        if shape.is_empty() || shape.iter().filter(|size| **size != 1).count() > 1 {
            return Err(invalid());
        }
        Ok(Extent { rows: None, cols: None, rank: None, alpha_divisor: None })
    }

    fn delta(&self, mut contents: Contents, rows: usize, cols: usize) -> Result<Delta, Fault> {
        let factors = contents.take(Role::Ia3Weight);
        let on_input = contents.take(Role::OnInput).values.first() == Some(&1.0);
        let count = factors.values.len();
        let fits = if on_input { cols.is_multiple_of(count) } else { count == rows };
        if !fits {
            let of = [rows as u64, cols as u64];
            return Err(Fault::Shapes {
                a: Role::Ia3Weight.title(),
                a_shape: factors.shape,
                b: "the weight",
                b_shape: of.to_vec(),
            });
        }
        Ok(Delta::OfModel(Box::new(Stretched { factors: factors.values, on_input })))
    }
}

#[derive(Debug)]
struct Stretched {
    factors: Vec<f32>,
    on_input: bool,
}

impl OfModel for Stretched {
    fn change(&self, weights: &[f32], _: usize, cols: usize) -> Vec<f32> {
        let each = cols / self.factors.len().max(1);
        let factor = |index: usize| {
            let (row, col) = (index / cols, index % cols);
            self.factors[if self.on_input { col / each.max(1) } else { row }]
        };
        weights.iter().enumerate().map(|(index, weight)| weight * factor(index)).collect()
    }
}
