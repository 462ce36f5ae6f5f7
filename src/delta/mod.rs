//! Changes to weights as adapters store them, one file for each form.
//!
//! Everywhere W is the weight of the model, s the strength and r the rank; the new weight is
//! W + s · D, and D is what a form's factors say.

mod boft;
mod contents;

mod dora;
mod fault;
mod form;
mod full;
mod glora;
mod ia3;
mod loha;
mod lokr;
mod lora;
mod oft;
mod role;
mod rows;
mod stored;

pub use contents::{Contents, Extent, Format, MAX_ELEMENTS, Shapes, Values};
pub use fault::Fault;
pub use form::Form;
pub use role::{Parameter, Role, split};
pub use rows::{Delta, Kronecker, LowRank, OfModel, Rectangle};
pub use stored::{LoadError, StoredDelta, read_values};

/// What knows a form.
fn format(form: Form) -> &'static dyn Format {
    match form {
        Form::Lora => &lora::Lora,
        Form::Lokr => &lokr::Lokr,
        Form::Loha => &loha::Loha,
        Form::Diff => &full::Diff,
        Form::Set => &full::Set,
        Form::Oft => &oft::Oft,
        Form::Boft => &boft::Boft,
        Form::Glora => &glora::Glora,
        Form::Ia3 => &ia3::Ia3,
    }
}

/// The form whose tensors `shapes` are.
///
/// # Errors
/// When they are those of two forms.
pub fn form_of(shapes: &Shapes<'_>) -> Result<Option<Form>, Fault> {
    let mut found: Option<Form> = None;
    for (role, shape) in shapes {
        let Some(form) = role.form(shape) else { continue };
        match found {
            Some(other) if other != form => return Err(Fault::TwoForms(other, form)),
            _ => found = Some(form),
        }
    }
    Ok(found)
}

/// Extent of a module, its decomposition included.
///
/// # Errors
/// When its tensors do not go together.
pub fn extent(form: Form, shapes: &Shapes<'_>) -> Result<Extent, Fault> {
    if shapes.contains_key(&Role::Scalar) {
        return Err(Fault::Unknown("a scalar"));
    }
    if shapes.contains_key(&Role::Reshape) {
        return Err(Fault::Unknown("reshape_weight"));
    }
    let mut extent = format(form).extent(shapes)?;
    if let Some(magnitude) = shapes.get(&Role::Magnitude) {
        dora::check(magnitude, &mut extent)?;
    }
    let elements = extent.rows.unwrap_or(1).saturating_mul(extent.cols.unwrap_or(1));
    if elements > MAX_ELEMENTS {
        return Err(Fault::TooLarge(elements));
    }
    Ok(extent)
}

/// The change that a module makes to a weight of `rows` × `cols`.
///
/// # Errors
/// When its numbers make no sense.
fn delta(form: Form, mut contents: Contents, rows: usize, cols: usize) -> Result<Delta, Fault> {
    if !contents.scale.is_finite() {
        return Err(Fault::Alpha(contents.alpha.unwrap_or(f64::NAN).to_string()));
    }
    for (role, tensor) in &contents.tensors {
        if !tensor.values.iter().all(|value| value.is_finite()) {
            return Err(Fault::NotFinite(role.title()));
        }
    }
    let magnitude = contents.tensors.remove(&Role::Magnitude);
    let delta = format(form).delta(contents, rows, cols)?;
    Ok(match magnitude {
        Some(magnitude) => dora::decompose(delta, magnitude, rows),
        None => delta,
    })
}
