//! What a module's tensors are and hold, and what every form has to know of them.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::role::Role;
use super::rows::Delta;

/// Largest change that is ever worked out, in elements.
pub const MAX_ELEMENTS: u64 = 1 << 33;

/// What a module changes, as far as its own tensors say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Rows of the weight; `None` where any number will do.
    pub rows: Option<u64>,
    /// Columns of the weight as a matrix, dimensions behind the first multiplied.
    pub cols: Option<u64>,
    /// Rank of the factors as stored, where the form has one.
    pub rank: Option<u64>,
    /// What alpha is divided by, where the form scales by it.
    pub alpha_divisor: Option<u64>,
}

/// Shapes of a module's tensors.
pub type Shapes<'a> = LiteMap<Role, &'a [u64]>;

/// One tensor of a module, widened.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Elements, row-major.
    pub values: Vec<f32>,
}

/// What a module's tensors hold, and what scales them.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// Tensors by what they are.
    pub tensors: LiteMap<Role, Values>,
    /// What D is multiplied with.
    pub scale: f64,
    /// Alpha, where the file has one.
    pub alpha: Option<f64>,
    /// Whether alpha stands for a share of the number of rows.
    pub alpha_of_rows: bool,
}

/// A form: which rows and columns it changes, and the change.
pub trait Format {
    /// What the shapes of a module's tensors say that it changes.
    ///
    /// # Errors
    /// When they do not go together.
    fn extent(&self, shapes: &Shapes<'_>) -> Result<Extent, Fault>;

    /// The change to a weight of `rows` × `cols`, which is what [`Self::extent`] said where it said
    /// anything.
    ///
    /// # Errors
    /// When the numbers make no sense.
    fn delta(&self, contents: Contents, rows: usize, cols: usize) -> Result<Delta, Fault>;
}

/// The shape of a tensor that has to be there.
pub(super) fn need<'a>(shapes: &Shapes<'a>, role: Role) -> Result<&'a [u64], Fault> {
    shapes.get(&role).copied().ok_or(Fault::Missing(role.title()))
}

/// As a matrix: first dimension, and the others multiplied.
pub(super) fn matrix(role: Role, shape: &[u64]) -> Result<(u64, u64), Fault> {
    let invalid = || Fault::Shape { tensor: role.title(), shape: shape.to_vec() };
    if shape.len() < 2 || shape.contains(&0) {
        return Err(invalid());
    }
    let cols = shape[1..].iter().try_fold(1_u64, |product, next| product.checked_mul(*next));
    Ok((shape[0], cols.ok_or_else(invalid)?))
}

/// A tensor whose dimensions behind the second, if any, are all 1.
pub(super) fn flat(role: Role, shape: &[u64]) -> Result<(u64, u64), Fault> {
    if shape.iter().skip(2).any(|dimension| *dimension != 1) {
        return Err(Fault::Shape { tensor: role.title(), shape: shape.to_vec() });
    }
    matrix(role, shape)
}

pub(super) fn unfit(a: Role, a_shape: &[u64], b: Role, b_shape: &[u64]) -> Fault {
    Fault::Shapes {
        a: a.title(),
        a_shape: a_shape.to_vec(),
        b: b.title(),
        b_shape: b_shape.to_vec(),
    }
}

pub(super) fn times(a: u64, b: u64) -> Result<u64, Fault> {
    a.checked_mul(b).filter(|product| *product <= MAX_ELEMENTS).ok_or(Fault::TooLarge(u64::MAX))
}

impl Contents {
    /// Takes out a tensor that [`Format::extent`] found to be there.
    pub(super) fn take(&mut self, role: Role) -> Values {
        self.tensors.remove(&role).expect("its shape has been looked at")
    }
}
