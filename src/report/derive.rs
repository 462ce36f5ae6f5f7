//! Everything that follows from the tensors' records.

use super::scope::{filtered, totals};
use super::{
    By, Filter, Join, Pair, Recipe, ReportModel, ReportTensor, Scope, Total, ancestor, tree,
};
use crate::anatomy::Kind;

/// All derived figures of a report.
pub(super) struct Derived {
    pub pairs: Vec<Pair>,
    pub scopes: Vec<Scope>,
    pub recipes: Vec<Recipe>,
    pub tree: Vec<Join>,
}

/// Derives a report's figures from `tensors`, seen from `origin` where an ancestor is known.
pub(super) fn derive(
    models: &[ReportModel],
    tensors: &[ReportTensor],
    origin: Option<usize>,
) -> Derived {
    let mut all = Total::zero(models.len());
    let mut matrices = Total::zero(models.len());
    for tensor in tensors {
        all.add(&tensor.record, tensor.integer);
        if tensor.place.kind != Kind::OneDimensional {
            matrices.add(&tensor.record, tensor.integer);
        }
    }
    let mut recipes = recipes(&all, origin);
    for recipe in &mut recipes {
        recipe.judge(&matrices);
    }
    let pairs = pairs(&all, models, origin);
    let scopes = totals(tensors, models.len())
        .into_iter()
        .map(|((by, name), total)| scope(by, name, &total, models, origin))
        .collect();
    Derived { tree: tree::joins(&pairs, models.len()), pairs, scopes, recipes }
}

/// The scope of the tensors that `filter` takes.
pub(super) fn filter_scope(
    models: &[ReportModel],
    tensors: &[ReportTensor],
    origin: Option<usize>,
    filter: &Filter,
) -> Scope {
    let total = filtered(tensors, models.len(), filter);
    scope(By::Filter, filter.pattern().to_owned(), &total, models, origin)
}

fn scope(
    by: By,
    name: String,
    total: &Total,
    models: &[ReportModel],
    origin: Option<usize>,
) -> Scope {
    Scope {
        by,
        name,
        tensors: total.tensors(),
        columns: total.columns(),
        pairs: pairs(total, models, origin),
        recipes: recipes(total, origin),
    }
}

fn pairs(total: &Total, models: &[ReportModel], origin: Option<usize>) -> Vec<Pair> {
    let mut pairs = total.pairs();
    if let Some(origin) = origin {
        ancestor::fill_in(&mut pairs, total, models, origin);
    }
    pairs
}

fn recipes(total: &Total, origin: Option<usize>) -> Vec<Recipe> {
    (0..total.models()).filter_map(|child| Recipe::of(total, child, origin)).collect()
}
