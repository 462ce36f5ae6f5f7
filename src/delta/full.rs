//! Changes stored whole: differences, and weights that replace the model's.

use super::contents::{Contents, Extent, Format, Shapes, need};
use super::fault::Fault;
use super::role::Role;
use super::rows::{Delta, OfModel};

/// `diff`, `diff_b`, `w_norm`, `b_norm`: D itself. Alpha has no meaning.
pub(super) struct Diff;

/// `set_weight`: what W becomes, whatever the strength.
pub(super) struct Set;

fn whole(shapes: &Shapes<'_>, role: Role) -> Result<Extent, Fault> {
    let shape = need(shapes, role)?;
    let cols = shape
        .iter()
        .skip(1)
        .try_fold(1_u64, |product, next| product.checked_mul(*next))
        .ok_or_else(|| Fault::Shape { tensor: role.title(), shape: shape.to_vec() })?;
    let rows = shape.first().copied().unwrap_or(1);
    Ok(Extent { rows: Some(rows), cols: Some(cols), rank: None, alpha_divisor: None })
}

impl Format for Diff {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        whole(shapes, Role::Diff)
    }

    fn delta(&self, mut contents: Contents, _: usize, cols: usize) -> Result<Delta, Fault> {
        Ok(Delta::Dense { values: contents.take(Role::Diff).values, cols })
    }
}

impl Format for Set {
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
        whole(shapes, Role::Set)
    }

    fn delta(&self, mut contents: Contents, _: usize, _: usize) -> Result<Delta, Fault> {
        Ok(Delta::OfModel(Box::new(Replacement(contents.take(Role::Set).values))))
    }
}

#[derive(Debug)]
struct Replacement(Vec<f32>);

impl OfModel for Replacement {
    fn change(&self, weights: &[f32], _: usize, _: usize) -> Vec<f32> {
        self.0.iter().zip(weights).map(|(new, old)| new - old).collect()
    }
}
