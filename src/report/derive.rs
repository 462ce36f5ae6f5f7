//! Everything that follows from the tensors' records.

use super::exact::Exact;
use super::scope::{filtered, totals};
use super::{
    Join, LEAST_SHARE, Pair, Recipe, ReportModel, ReportTensor, Scope, ScopeBy, Total, Withheld,
    ancestor, relation, tree,
};
use crate::architecture::Kind;

/// All derived figures of a report.
pub(super) struct Derived {
    pub pairs: Vec<Pair>,
    pub scopes: Vec<Scope>,
    pub recipes: Vec<Recipe>,
    pub tree: Vec<Join>,
}

/// What all scopes have in common.
struct Whole<'a> {
    models: &'a [ReportModel],
    ancestor: Option<usize>,
    all: Total<'a>,
    /// Tensors of two or more dimensions only: norms and biases look alike between models that
    /// have nothing else in common.
    matrices: Total<'a>,
}

/// Derives a report's figures from `tensors`, seen from `ancestor` where one is known.
pub(super) fn derive(
    models: &[ReportModel],
    tensors: &[ReportTensor],
    ancestor: Option<usize>,
) -> Derived {
    let whole = Whole::of(models, tensors, ancestor);
    let mut recipes = whole.recipes(&whole.all);
    let mut pairs = whole.pairs(&whole.all);
    let mut scopes: Vec<Scope> = totals(tensors, models.len())
        .into_iter()
        .map(|((by, name), total)| whole.scope(by, name, &total))
        .collect();
    let blocks: Vec<&[Recipe]> = scopes
        .iter()
        .filter(|scope| scope.by == ScopeBy::Block)
        .map(|scope| scope.recipes.as_slice())
        .collect();
    relation::judge(&mut recipes, &blocks, &whole.all, &whole.matrices, models, ancestor);
    if let Some(exact) = Exact::of(models, tensors) {
        let seen = exact.seen(ancestor);
        exact.replace(&mut pairs, seen.pairs(&seen.all));
        let exact_totals = totals(&exact.tensors, exact.models.len());
        for (scope, (_, total)) in scopes.iter_mut().zip(exact_totals) {
            exact.replace(&mut scope.pairs, seen.pairs(&total));
        }
    }
    Derived { tree: tree::joins(&pairs, models.len()), pairs, scopes, recipes }
}

/// The scope of the tensors at `members`, which `pattern` chose.
pub(super) fn filter_scope(
    models: &[ReportModel],
    tensors: &[ReportTensor],
    ancestor: Option<usize>,
    pattern: String,
    members: Vec<usize>,
) -> Scope {
    let total = filtered(tensors, models.len(), &members);
    let whole = Whole::of(models, tensors, ancestor);
    let mut scope = whole.scope(ScopeBy::Filter, pattern, &total);
    if let Some(exact) = Exact::of(models, tensors) {
        let total = filtered(&exact.tensors, exact.models.len(), &members);
        exact.replace(&mut scope.pairs, exact.seen(ancestor).pairs(&total));
    }
    scope.members = Some(members);
    scope
}

impl Exact {
    fn seen(&self, ancestor: Option<usize>) -> Whole<'_> {
        let ancestor = ancestor.and_then(|ancestor| self.position(ancestor));
        Whole::of(&self.models, &self.tensors, ancestor)
    }
}

impl<'a> Whole<'a> {
    fn of(models: &'a [ReportModel], tensors: &'a [ReportTensor], ancestor: Option<usize>) -> Self {
        let (mut all, mut matrices) = (Total::zero(models.len()), Total::zero(models.len()));
        for tensor in tensors {
            all.add(tensor);
            if tensor.role.kind != Kind::OneDimensional {
                matrices.add(tensor);
            }
        }
        Self { models, ancestor, all, matrices }
    }

    fn scope(&self, by: ScopeBy, name: String, total: &Total) -> Scope {
        Scope {
            by,
            name,
            tensors: total.tensors(),
            columns: total.columns(),
            pairs: self.pairs(total),
            recipes: self.recipes(total),
            members: None,
            adaptations: Vec::new(),
        }
    }

    fn pairs(&self, total: &Total) -> Vec<Pair> {
        let mut pairs = total.pairs();
        for pair in &mut pairs {
            if pair.verdict.is_some() && (self.is_gap(pair.a) || self.is_gap(pair.b)) {
                pair.verdict = None;
                pair.withheld = Some(Withheld::Share);
            }
        }
        if let Some(ancestor) = self.ancestor {
            ancestor::fill_in(&mut pairs, total, self.models, ancestor);
        }
        pairs
    }

    /// Whether too little of a model was compared to say anything of it.
    fn is_gap(&self, model: usize) -> bool {
        self.models[model].share.is_some_and(|share| share < LEAST_SHARE)
    }

    /// None where too little of any model was compared: a recipe says what all of them have in a
    /// model, and the part that was not looked at may say the opposite.
    fn recipes(&self, total: &Total) -> Vec<Recipe> {
        if (0..self.models.len()).any(|model| self.is_gap(model)) {
            return Vec::new();
        }
        let replicates = total.replicates();
        (0..total.models())
            .filter_map(|child| {
                let recipe =
                    |total: &Total| Recipe::of(total, &self.matrices, child, self.ancestor);
                let mut best = recipe(total)?;
                best.set_intervals(&replicates.iter().filter_map(recipe).collect::<Vec<_>>());
                Some(best)
            })
            .collect()
    }
}
