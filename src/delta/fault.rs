//! What can be wrong with a module.

use thiserror::Error;

use super::form::Form;
use crate::escape::EscapedShape;

/// What is wrong with a module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A factor has no partner.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Tensors of two forms for one weight.
    #[error("it is {} and {} at once", .0.title(), .1.title())]
    TwoForms(Form, Form),
    /// Two tensors do not fit together.
    #[error(
        "{a} of shape {} does not fit {b} of shape {}",
        EscapedShape(a_shape),
        EscapedShape(b_shape)
    )]
    Shapes {
        /// What the first one is.
        a: &'static str,
        /// Its dimensions.
        a_shape: Vec<u64>,
        /// What the second one is.
        b: &'static str,
        /// Its dimensions.
        b_shape: Vec<u64>,
    },
    /// A tensor has dimensions that it cannot have.
    #[error("{tensor} has shape {}", EscapedShape(shape))]
    Shape {
        /// What it is.
        tensor: &'static str,
        /// Its dimensions.
        shape: Vec<u64>,
    },
    /// A tensor is stored in a format that is not a float.
    #[error("{tensor} is stored as {dtype}")]
    Dtype {
        /// What it is.
        tensor: &'static str,
        /// Its format.
        dtype: String,
    },
    /// The scale is not a number.
    #[error("alpha is {0}")]
    Alpha(String),
    /// A factor holds infinities or NaN.
    #[error("{0} holds numbers that are not finite")]
    NotFinite(&'static str),
    /// More elements than are worked out.
    #[error("the change would have {0} elements")]
    TooLarge(u64),
    /// A tensor whose meaning for this form is not known.
    #[error("it has {0}, whose meaning here is unknown")]
    Unknown(&'static str),
    /// A matrix has no inverse.
    #[error("a rotation cannot be worked out")]
    Singular,
}
