//! Names common to all models, with equal shapes.

use std::collections::BTreeSet;

use super::{CompareError, LeftOut, MAX_MODELS, Options, Reason};
use crate::dtype::{Class, class};
use crate::model::{Model, Tensor};

const VAE_PREFIX: &str = "first_stage_model.";

/// One tensor to compare: the same name and shape in every model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched<'a> {
    /// Name in all models.
    pub name: &'a str,
    /// The tensor as each model stores it, in the order of the models.
    pub tensors: Vec<&'a Tensor>,
}

impl Matched<'_> {
    /// Dimensions, outermost first.
    pub fn shape(&self) -> &[u64] {
        &self.tensors[0].shape
    }

    /// Whether any model stores whole numbers here.
    pub fn is_integer(&self) -> bool {
        self.tensors.iter().any(|tensor| class(tensor.dtype) == Class::Integer)
    }
}

/// What is compared and what is not; both sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching<'a> {
    /// Tensors to compare.
    pub matched: Vec<Matched<'a>>,
    /// Every other tensor of any model.
    pub left_out: Vec<LeftOut>,
}

/// Matches the tensors of `models` by name.
///
/// # Errors
/// When there are too few or too many models, or nothing is common to all of them.
pub fn match_models<'a>(
    models: &[&'a Model],
    options: &Options,
) -> Result<Matching<'a>, CompareError> {
    if models.len() < 2 {
        return Err(CompareError::TooFewModels { count: models.len() });
    }
    if models.len() > MAX_MODELS {
        return Err(CompareError::TooManyModels { count: models.len() });
    }
    let names: BTreeSet<&str> =
        models.iter().flat_map(|model| model.tensors.keys().map(String::as_str)).collect();

    let mut matching = Matching { matched: Vec::new(), left_out: Vec::new() };
    for name in names {
        let found: Vec<Option<&Tensor>> =
            models.iter().map(|model| model.tensors.get(name)).collect();
        match judge(name, &found, options) {
            Ok(tensors) => matching.matched.push(Matched { name, tensors }),
            Err(reason) => {
                matching.left_out.push(LeftOut { name: name.to_owned(), reason });
            }
        }
    }
    if matching.matched.is_empty() {
        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        return Err(CompareError::NothingInCommon {
            models: names.join(", "),
            left_out: matching.left_out.len(),
        });
    }
    Ok(matching)
}

fn judge<'a>(
    name: &str,
    found: &[Option<&'a Tensor>],
    options: &Options,
) -> Result<Vec<&'a Tensor>, Reason> {
    if name.starts_with(VAE_PREFIX) && !options.include_vae {
        return Err(Reason::Vae);
    }
    let missing_in: Vec<usize> =
        found.iter().enumerate().filter(|(_, t)| t.is_none()).map(|(model, _)| model).collect();
    if !missing_in.is_empty() {
        return Err(Reason::Missing { missing_in });
    }
    let tensors: Vec<&Tensor> = found.iter().flatten().copied().collect();
    if tensors.iter().any(|tensor| tensor.shape != tensors[0].shape) {
        let shapes = tensors.iter().map(|tensor| tensor.shape.clone()).collect();
        return Err(Reason::Shape { shapes });
    }
    if tensors.iter().any(|tensor| class(tensor.dtype) == Class::Opaque) {
        let dtypes = tensors.iter().map(|tensor| tensor.dtype.to_string()).collect();
        return Err(Reason::Dtype { dtypes });
    }
    Ok(tensors)
}
