//! One adapter out of several, or out of one with fewer terms.
//!
//! Factors are never added: those of a sum stand beside each other, which is exact, and a product
//! of many terms may be taken apart anew.

use std::sync::Arc;

use weightkin_kernel::lowrank::{Matrix, add_product, refactor, transposed};

use super::adapter::{Adapter, Module};
use super::extract::{FactorOptions, NewModule, RankRule, balanced, extract, store};
use super::load::load;
use super::names::Site;
use super::target::Target;
use crate::delta::{Delta, Form, LoadError, Parameter, Rectangle, Role};
use crate::read::{ByteStream, Source};
use crate::sorted::sort_by;

/// An adapter that is combined with others.
#[derive(Debug, Clone)]
pub struct Summand {
    /// What its header says.
    pub adapter: Arc<Adapter>,
    /// Position of its first file among those of the source.
    pub first_file: usize,
    /// What its changes are multiplied with.
    pub strength: f64,
}

/// A layer that some of the adapters change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CombinedLayer {
    /// Its module in the new adapter.
    pub target: Target,
    /// Positions of adapters, and of their modules for it.
    pub modules: Vec<(usize, usize)>,
}

/// The layers that `summands` change together, and names of modules that cannot take part: those
/// whose change depends on a model, is one of a bias, or is of another size than another adapter's.
pub fn layers(summands: &[Summand]) -> (Vec<CombinedLayer>, Vec<String>) {
    let mut found: Vec<(Site, usize, usize)> = Vec::new();
    let mut left_out = Vec::new();
    for (index, summand) in summands.iter().enumerate() {
        for (position, module) in summand.adapter.modules.iter().enumerate() {
            if module.needs_model()
                || module.parameter != Parameter::Weight
                || target(module).is_none()
            {
                left_out.push(module.name.clone());
                continue;
            }
            let site = module.site.candidates().pop().unwrap_or_else(|| module.site.clone());
            found.push((site, index, position));
        }
    }
    sort_by(&mut found, |a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut layers = Vec::new();
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let module = |(_, index, position): &(Site, usize, usize)| {
            &summands[*index].adapter.modules[*position]
        };
        let Some(first) = target(module(&group[0])) else { continue };
        let fits = |other: &&(Site, usize, usize)| {
            let extent = module(other).extent;
            extent.rows == Some(first.rows) && extent.cols == Some(first.cols())
        };
        let (kept, other): (Vec<_>, Vec<_>) = group.iter().partition(fits);
        left_out.extend(other.into_iter().map(|other| module(other).name.clone()));
        let modules = kept.into_iter().map(|(_, index, position)| (*index, *position)).collect();
        layers.push(CombinedLayer { target: first, modules });
    }
    sort_by(&mut layers, |a, b| a.target.name.cmp(&b.target.name));
    (layers, left_out)
}

/// The layer of `module`, under its own name; `None` where its size is not known.
fn target(module: &Module) -> Option<Target> {
    let (rows, cols) = (module.extent.rows?, module.extent.cols?);
    let kernel = match module.form {
        Form::Lora => {
            let tensor = module.tensors.get(&Role::Mid).or(module.tensors.get(&Role::Down))?;
            tensor.shape.get(2..).unwrap_or_default().to_vec()
        }
        _ => Vec::new(),
    };
    let inputs = cols / kernel.iter().product::<u64>().max(1);
    Some(Target {
        name: module.name.clone(),
        tensor: String::new(),
        first_row: 0,
        rows,
        inputs,
        kernel,
        is_text_encoder: false,
        is_convolutional: false,
    })
}

/// The module of `layer`: with all terms of its parts, or with those that `rule` leaves. `None`
/// where nothing changes.
///
/// # Errors
/// When the source fails, or the numbers of a module make no sense.
pub async fn combine<S: Source>(
    source: &S,
    summands: &[Summand],
    layer: &CombinedLayer,
    rule: Option<RankRule>,
    options: &FactorOptions,
) -> Result<Option<NewModule>, LoadError<<S::Stream as ByteStream>::Error>> {
    let target = &layer.target;
    let (rows, cols) = (target.rows as usize, target.cols() as usize);
    let (mut ups, mut down, mut rank) = (Vec::new(), Vec::new(), 0);
    let mut whole: Option<Vec<f32>> = None;
    for (index, position) in &layer.modules {
        let summand = &summands[*index];
        let module = &summand.adapter.modules[*position];
        let size = (target.rows, target.cols());
        let delta = load(source, summand.first_file, module, size).await?;
        let strength = summand.strength as f32;
        if let Delta::LowRank(product) = delta {
            let up = transposed(&product.up, rows, product.rank);
            ups.extend(up.iter().map(|value| value * strength));
            down.extend_from_slice(&product.down);
            rank += product.rank;
        } else {
            let mut values = vec![0.0; rows * cols];
            delta.fill(Rectangle { first_row: 0, rows, first_col: 0, cols }, &mut values);
            let whole = whole.get_or_insert_with(|| vec![0.0; rows * cols]);
            for (sum, value) in whole.iter_mut().zip(&values) {
                *sum += strength * value;
            }
        }
    }
    let up = transposed(&ups, rank, rows);
    if let Some(mut whole) = whole {
        // what is no product of thin matrices becomes one
        let size = (rows, rank, cols);
        let (up, down) = (Matrix::packed(&up, rank), Matrix::packed(&down, cols));
        add_product(up, down, &mut whole, size);
        let all = RankRule { most: rows.min(cols), energy: None };
        return Ok(extract(target, &whole, rule.unwrap_or(all), options));
    }
    let Some(rule) = rule else {
        return Ok((rank > 0).then(|| store(target, (up, down), rank, options)));
    };
    let factors =
        refactor(&up, &down, (rows, rank, cols), |values, square| rule.rank(values, square));
    if factors.square == 0.0 {
        return Ok(None);
    }
    let rank = factors.rank(rows);
    let kept: f64 = factors.values[..rank].iter().map(|value| value * value).sum();
    let up = transposed(&factors.left, rank, rows);
    let (up, down) = balanced(up, factors.right, &factors.values[..rank]);
    let mut module = store(target, (up, down), rank, options);
    module.quality.square = factors.square;
    module.quality.least = (factors.square - kept).max(0.0);
    // rounding apart, what is left out is all that is lost
    module.quality.rest = module.quality.least;
    Ok(Some(module))
}
