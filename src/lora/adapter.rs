//! An adapter's modules, from its header.

use std::fmt;

use litemap::LiteMap;
use weightkin_kernel::dtype::{Class, class};

use super::config::{AdapterConfig, LayerScaling};
use super::names::{EMBEDDING_PREFIX, Site};
use crate::delta::{Extent, Fault, Form, Parameter, Role, Shapes, extent, form_of, split};
use crate::escape::EscapedQuoted;
use crate::model::{Model, Tensor};
use crate::sorted::{self, sort_by};

/// An adapter: what its header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    /// What to call it.
    pub name: String,
    /// Its modules, by name.
    pub modules: Vec<Module>,
    /// What is in the file and is not used, by name.
    pub skipped: Vec<Skipped>,
    /// Free text its writer left.
    pub metadata: LiteMap<String, String>,
}

/// A change to one parameter of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// What the file calls the layer.
    pub name: String,
    /// The layer, as a model names it too.
    pub site: Site,
    /// Which parameter of it is changed.
    pub parameter: Parameter,
    /// How the change is stored.
    pub form: Form,
    /// Whether the new weight's norms are stored too (`DoRA`).
    pub is_decomposed: bool,
    /// Its tensors.
    pub tensors: LiteMap<Role, Tensor>,
    /// What it changes, as far as its tensors say.
    pub extent: Extent,
    /// Alpha, from the file or from the settings; see [`Adapter::set_alphas`].
    pub alpha: Option<f64>,
    /// Whether alpha is divided by the root of the rank.
    pub is_rank_stabilized: bool,
    /// Whether alpha stands for a share of the number of rows.
    pub alpha_of_rows: bool,
}

/// Something in the file that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Name of the tensor or of the module.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// Why something is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A tensor that belongs to no form.
    UnknownName,
    /// A learnt word beside the modules.
    Embedding,
    /// The module makes no sense.
    Fault(Fault),
    /// Another module has the same layer under another name.
    SameLayer(String),
}

impl Module {
    /// What D is multiplied with.
    pub fn scale(&self) -> f64 {
        match (self.alpha, self.extent.alpha_divisor) {
            (Some(alpha), Some(rank)) if self.is_rank_stabilized => alpha / (rank as f64).sqrt(),
            (Some(alpha), Some(rank)) => alpha / rank as f64,
            _ => 1.0,
        }
    }

    /// Whether the change can only be worked out with the model's own weights.
    pub fn needs_model(&self) -> bool {
        self.form.needs_model(self.is_decomposed)
    }

    /// How the change is stored, in words.
    pub fn title(&self) -> String {
        let of = match self.parameter {
            Parameter::Weight => "",
            Parameter::Bias => " of the bias",
        };
        let decomposed = if self.is_decomposed { "DoRA on " } else { "" };
        format!("{decomposed}{}{of}", self.form.title())
    }
}

impl Adapter {
    /// The modules of `model`. `config` is what stands beside the file; what the header holds itself
    /// comes first. Alphas are known after [`Self::set_alphas`].
    pub fn from_model(model: &Model, config: Option<&AdapterConfig>) -> Self {
        let own = AdapterConfig::of_metadata(&model.metadata);
        let config = own.as_ref().or(config);
        let mut skipped = Vec::new();
        let mut found: Vec<((&str, Parameter), Role, &String, &Tensor)> = Vec::new();
        for (name, tensor) in &model.tensors {
            if name.starts_with(EMBEDDING_PREFIX) {
                skipped.push(Skipped { name: name.clone(), why: Why::Embedding });
                continue;
            }
            match split(name, |other| model.tensors.contains_key(other)) {
                Some((layer, role, parameter)) => {
                    found.push(((layer, parameter), role, name, tensor));
                }
                None => skipped.push(Skipped { name: name.clone(), why: Why::UnknownName }),
            }
        }
        sort_by(&mut found, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let mut modules = Vec::new();
        for group in found.chunk_by(|a, b| a.0 == b.0) {
            let (name, parameter) = group[0].0;
            match module(name, parameter, group, config) {
                Ok(Some(module)) => modules.push(module),
                // an alpha on its own, as some trainers leave it
                Ok(None) => skipped.extend(group.iter().map(|(.., tensor, _)| Skipped {
                    name: (*tensor).clone(),
                    why: Why::UnknownName,
                })),
                Err(fault) => {
                    skipped.push(Skipped { name: name.to_owned(), why: Why::Fault(fault) });
                }
            }
        }
        drop_collisions(&mut modules, &mut skipped);
        sort_by(&mut skipped, |a, b| a.name.cmp(&b.name));
        Self { name: model.name.clone(), modules, skipped, metadata: model.metadata.clone() }
    }

    /// Takes in the alphas of the file: one for each module that has one, in order. Modules that
    /// they make meaningless are skipped.
    pub fn set_alphas(&mut self, alphas: &[Option<f64>]) {
        for (module, alpha) in self.modules.iter_mut().zip(alphas) {
            module.alpha = alpha.or(module.alpha);
        }
        let (modules, faulty): (Vec<Module>, Vec<Module>) =
            std::mem::take(&mut self.modules).into_iter().partition(|module| {
                let scales = module.extent.alpha_divisor.is_some();
                module.alpha.is_none_or(|alpha| alpha.is_finite() && !(scales && alpha == 0.0))
            });
        self.modules = modules;
        self.skipped.extend(faulty.into_iter().map(|module| {
            let alpha = module.alpha.unwrap_or(f64::NAN).to_string();
            Skipped { name: module.name, why: Why::Fault(Fault::Alpha(alpha)) }
        }));
        sort_by(&mut self.skipped, |a, b| a.name.cmp(&b.name));
    }
}

fn module(
    name: &str,
    parameter: Parameter,
    group: &[((&str, Parameter), Role, &String, &Tensor)],
    config: Option<&AdapterConfig>,
) -> Result<Option<Module>, Fault> {
    let tensors: Vec<(Role, Tensor)> =
        group.iter().map(|(_, role, _, tensor)| (*role, (*tensor).clone())).collect();
    // two spellings of one factor
    let tensors = sorted::unique(tensors).map_err(|_| Fault::Unknown("one tensor twice"))?;
    let shapes: Shapes<'_> =
        tensors.iter().map(|(role, tensor)| (*role, tensor.shape.as_slice())).collect();
    let Some(form) = form_of(&shapes)? else {
        let is_alone = shapes.keys().all(|role| matches!(role, Role::Alpha | Role::Reshape));
        return if is_alone { Ok(None) } else { Err(Fault::Missing("what it goes with")) };
    };
    for (role, tensor) in &tensors {
        let is_number = class(tensor.dtype) == Class::Float
            || (matches!(role, Role::Alpha | Role::OnInput)
                && class(tensor.dtype) != Class::Opaque);
        if !is_number {
            let dtype = tensor.dtype.to_string();
            return Err(Fault::Dtype { tensor: role.title(), dtype });
        }
        let is_single = matches!(role, Role::Alpha | Role::OnInput);
        if is_single && tensor.elements() != 1 {
            return Err(Fault::Shape { tensor: role.title(), shape: tensor.shape.clone() });
        }
    }
    let extent = extent(form, &shapes)?;
    let is_decomposed = shapes.contains_key(&Role::Magnitude);
    let none = LayerScaling { alpha: None, is_rank_stabilized: false, is_transposed: false };
    let scaling = config.map_or(none, |config| config.layer(name));
    if scaling.is_transposed {
        return Err(Fault::Unknown("fan_in_fan_out"));
    }
    Ok(Some(Module {
        site: Site::of(name),
        parameter,
        form,
        is_decomposed,
        extent,
        alpha: scaling.alpha,
        is_rank_stabilized: scaling.is_rank_stabilized,
        alpha_of_rows: name.starts_with("oft_"),
        name: name.to_owned(),
        tensors,
    }))
}

/// Skips modules that mean the same layer under several names.
fn drop_collisions(modules: &mut Vec<Module>, skipped: &mut Vec<Skipped>) {
    let mut order: Vec<(Site, Parameter, usize)> = modules
        .iter()
        .enumerate()
        .map(|(index, module)| {
            let site = module.site.candidates().pop().unwrap_or_else(|| module.site.clone());
            (site, module.parameter, index)
        })
        .collect();
    sort_by(&mut order, Ord::cmp);
    let mut colliding = Vec::new();
    for group in order.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1)) {
        if let [first, second, ..] = group {
            for (_, _, index) in group {
                let other = if *index == first.2 { second.2 } else { first.2 };
                let why = Why::SameLayer(modules[other].name.clone());
                skipped.push(Skipped { name: modules[*index].name.clone(), why });
                colliding.push(*index);
            }
        }
    }
    let mut index = 0;
    modules.retain(|_| {
        index += 1;
        !colliding.contains(&(index - 1))
    });
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName => formatter.write_str("belongs to no known form"),
            Self::Embedding => formatter.write_str("a learnt word, not a change to the model"),
            Self::Fault(fault) => fault.fmt(formatter),
            Self::SameLayer(other) => {
                write!(formatter, "means the same layer as {}", EscapedQuoted(other))
            }
        }
    }
}
