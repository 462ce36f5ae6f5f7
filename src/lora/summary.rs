//! What an adapter is: its forms, ranks and strongest blocks.

use super::adapter::{Adapter, Module};
use super::names::{Side, Site};
use super::rank::spectrum;
use crate::architecture::Component;
use crate::delta::{Delta, LowRank, Rectangle};
use crate::delta::{Form, Parameter};
use crate::sorted::sort_by;

/// What the numbers of one module say.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ModuleFacts {
    /// Frobenius norm of the change; `None` where it takes the model to know it.
    pub norm: Option<f64>,
    /// Singular values that hold 90 % of the energy, of a product of low rank.
    pub rank_90: Option<usize>,
    /// The same for 99 %.
    pub rank_99: Option<usize>,
}

/// Some modules together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The large part of the model.
    pub component: Component,
    /// The block; of a whole component, empty.
    pub block: String,
    /// Number of modules.
    pub modules: usize,
    /// Norm of their changes together, those left out that take the model to know.
    pub norm: f64,
}

/// What an adapter is.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Forms in words, with the number of modules of each, most first.
    pub forms: Vec<(String, usize)>,
    /// Usual name of the models that it fits, where its names and shapes tell.
    pub fits: Option<&'static str>,
    /// Components, in a fixed order.
    pub components: Vec<Group>,
    /// Blocks, strongest first.
    pub blocks: Vec<Group>,
    /// Ranks as stored, with the number of modules of each, ascending.
    pub ranks: Vec<(u64, usize)>,
    /// Alphas with the number of modules of each, ascending; `None` where there is none.
    pub alphas: Vec<(Option<f64>, usize)>,
    /// Smallest, median and largest rank that holds 90 % of a module's energy.
    pub used_90: Option<[usize; 3]>,
    /// The same for 99 %.
    pub used_99: Option<[usize; 3]>,
    /// Norm of all changes together.
    pub norm: f64,
    /// Modules whose change takes the model to know.
    pub of_model: usize,
    /// What its writer says of its making: keys and values.
    pub hints: Vec<(String, String)>,
}

/// Keys of metadata that say what an adapter was made from and how.
const HINTS: [&str; 14] = [
    "ss_base_model_version",
    "ss_sd_model_name",
    "ss_sd_model_hash",
    "ss_network_module",
    "ss_network_dim",
    "ss_network_alpha",
    "ss_learning_rate",
    "ss_num_train_images",
    "ss_num_epochs",
    "ss_steps",
    "modelspec.architecture",
    "modelspec.title",
    "modelspec.date",
    "sshs_model_hash",
];

/// What the numbers of `module`, which are `delta`, say.
pub fn facts(module: &Module, delta: &Delta) -> ModuleFacts {
    match delta {
        Delta::LowRank(product) => of_product(product),
        Delta::OfModel(_) => ModuleFacts::default(),
        Delta::Kronecker(product) => {
            let square = |values: &[f32]| weightkin_kernel::lowrank::dot(values, values);
            let scale = f64::from(product.scale).abs();
            let norm = scale * (square(&product.left) * square(&product.right)).sqrt();
            ModuleFacts { norm: Some(norm), ..ModuleFacts::default() }
        }
        Delta::Hadamard(..) | Delta::Dense { .. } => {
            let rows = module.extent.rows.unwrap_or(0) as usize;
            let cols = module.extent.cols.unwrap_or(0) as usize;
            let mut row_values = vec![0.0; cols];
            let mut square = 0.0;
            for first_row in 0..rows {
                let part = Rectangle { first_row, rows: 1, first_col: 0, cols };
                delta.fill(part, &mut row_values);
                square += weightkin_kernel::lowrank::dot(&row_values, &row_values);
            }
            ModuleFacts { norm: Some(square.sqrt()), ..ModuleFacts::default() }
        }
    }
}

fn of_product(product: &LowRank) -> ModuleFacts {
    let spectrum = spectrum(product);
    ModuleFacts {
        norm: Some(spectrum.energy().sqrt()),
        rank_90: Some(spectrum.rank_of_energy(0.9)),
        rank_99: Some(spectrum.rank_of_energy(0.99)),
    }
}

impl Summary {
    /// Of `adapter`, whose modules' numbers say `facts`, in their order.
    pub fn new(adapter: &Adapter, facts: &[ModuleFacts]) -> Self {
        let modules = &adapter.modules;
        let (mut components, mut blocks) = (Vec::<Group>::new(), Vec::<Group>::new());
        for (module, facts) in modules.iter().zip(facts) {
            let role = module.site.role();
            for (groups, block) in [(&mut components, ""), (&mut blocks, role.block.as_str())] {
                let square = facts.norm.unwrap_or(0.0).powi(2);
                match groups.iter_mut().find(|group: &&mut Group| {
                    group.component == role.component && group.block == block
                }) {
                    Some(group) => {
                        group.modules += 1;
                        group.norm += square;
                    }
                    None => groups.push(Group {
                        component: role.component,
                        block: block.to_owned(),
                        modules: 1,
                        norm: square,
                    }),
                }
            }
        }
        for group in components.iter_mut().chain(&mut blocks) {
            group.norm = group.norm.sqrt();
        }
        sort_by(&mut components, |a, b| a.component.cmp(&b.component));
        sort_by(&mut blocks, |a, b| b.norm.total_cmp(&a.norm).then(a.block.cmp(&b.block)));
        let mut forms = counted(modules.iter().map(Module::title));
        sort_by(&mut forms, |a, b| b.1.cmp(&a.1));
        let scaled = modules.iter().filter(|module| module.extent.alpha_divisor.is_some());
        let mut alphas: Vec<(Option<f64>, usize)> = Vec::new();
        for module in scaled {
            match alphas.iter_mut().find(|(alpha, _)| *alpha == module.alpha) {
                Some((_, count)) => *count += 1,
                None => alphas.push((module.alpha, 1)),
            }
        }
        sort_by(&mut alphas, |a, b| a.0.unwrap_or(-1.0).total_cmp(&b.0.unwrap_or(-1.0)));
        let hint = |key: &&str| {
            let value = adapter.metadata.get(*key)?;
            (!value.is_empty() && value != "None").then(|| ((*key).to_owned(), value.clone()))
        };
        Self {
            forms,
            fits: fits(adapter),
            ranks: counted(modules.iter().filter_map(|module| module.extent.rank)),
            alphas,
            used_90: spread(facts.iter().filter_map(|facts| facts.rank_90).collect()),
            used_99: spread(facts.iter().filter_map(|facts| facts.rank_99).collect()),
            norm: components.iter().map(|group| group.norm.powi(2)).sum::<f64>().sqrt(),
            of_model: facts.iter().filter(|facts| facts.norm.is_none()).count(),
            hints: HINTS.iter().filter_map(hint).collect(),
            components,
            blocks,
        }
    }
}

/// Each value with how often it comes, ascending.
fn counted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut values: Vec<T> = values.collect();
    sort_by(&mut values, Ord::cmp);
    let mut counts: Vec<(T, usize)> = Vec::new();
    for value in values {
        match counts.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => counts.push((value, 1)),
        }
    }
    counts
}

/// Smallest, median and largest.
fn spread(mut values: Vec<usize>) -> Option<[usize; 3]> {
    sort_by(&mut values, Ord::cmp);
    Some([*values.first()?, values[values.len() / 2], *values.last()?])
}

/// The models that an adapter fits, by its names and the widths of its layers.
pub fn fits(adapter: &Adapter) -> Option<&'static str> {
    let sites = || adapter.modules.iter().map(|module| &module.site);
    let all: Vec<Site> = sites().flat_map(Site::candidates).collect();
    let has = |side: Side, part: &str| {
        all.iter().any(|site| site.side == side && site.key.contains(part))
    };
    let starts =
        |part: &str| all.iter().any(|site| site.side == Side::Main && site.key.starts_with(part));
    let width = |part: &str| {
        adapter
            .modules
            .iter()
            .filter(|module| module.parameter == Parameter::Weight && module.form != Form::Ia3)
            .filter(|module| module.site.side == Side::Main)
            .find(|module| module.site.key.ends_with(part))
            .and_then(|module| module.extent.cols)
    };
    if starts("input_blocks_") || starts("middle_block_") || starts("output_blocks_") {
        return match width("attn2_to_k") {
            Some(2048) => Some("Stable Diffusion XL"),
            Some(768) => Some("Stable Diffusion 1.x"),
            Some(1024) => Some("Stable Diffusion 2.x"),
            // deep transformers are SDXL's alone
            _ if has(Side::Main, "_transformer_blocks_1_") || has(Side::TextG, "") => {
                Some("Stable Diffusion XL")
            }
            _ => None,
        };
    }
    // of the diffusers layout, both the Flux and the SD 3 names are candidates
    let own =
        |part: &str| sites().any(|site| site.side == Side::Main && site.key.starts_with(part));
    if own("double_blocks_") || own("single_blocks_") || own("single_transformer_blocks_") {
        return Some("Flux");
    }
    if own("joint_blocks_") {
        return Some("Stable Diffusion 3");
    }
    if has(Side::Main, "_img_mlp_net_") || has(Side::Main, "_txt_mlp_net_") {
        return Some("Qwen-Image");
    }
    if starts("blocks_") && has(Side::Main, "_cross_attn_") && has(Side::Main, "_self_attn_") {
        return Some("Wan");
    }
    if starts("noise_refiner_") || (starts("layers_") && has(Side::Main, "_attention_")) {
        return Some("Z-Image or Lumina 2");
    }
    if starts("layers_") && (has(Side::Main, "_self_attn_") || has(Side::Main, "_mlp_")) {
        return Some("language model");
    }
    None
}
