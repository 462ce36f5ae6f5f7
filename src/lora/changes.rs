//! What an adapter changes of the tensors of a comparison.

use litemap::LiteMap;

use super::adapter::{Adapter, Module};
use super::place::{Placed, Placement};
use crate::canonical::CanonicalModel;
use crate::matching::Matching;
use crate::pass::plan::TensorChange;
use crate::sorted::sort_by;
use crate::tensor::{Change, ChangedRows, Encoding, TensorSource};

/// The model that an adapter is added to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Position of the model.
    pub position: usize,
    /// First of its files among those of the comparison.
    pub first_file: usize,
    /// Its tensors under canonical names.
    pub canonical: &'a CanonicalModel,
}

/// What an adapter changes of the tensors of a comparison, and what it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// For each tensor that is compared, in order: its change, where there is one.
    pub tensors: Vec<Option<TensorChange>>,
    /// Modules that change a tensor that is compared.
    pub placed: u64,
    /// Those among them whose change is worked out from the target's weights.
    pub of_target: u64,
    /// The other modules, with the reason.
    pub ignored: Vec<(String, String)>,
}

impl Changes {
    /// Of the adapter at `position`, whose files are those from `first_file` on.
    pub fn new(
        adapter: &Adapter,
        position: usize,
        first_file: usize,
        target: Target<'_>,
        matching: &Matching,
    ) -> Self {
        let placement = Placement::new(adapter, target.canonical);
        let mut changes = Self::default();
        let module = |placed: &Placed| &adapter.modules[placed.module];
        let name = |module: &Module| module.name.clone();
        changes.ignored.extend(placement.unplaced.iter().map(|unplaced| {
            (name(&adapter.modules[unplaced.module]), unplaced.reason.to_string())
        }));
        // a comparison may have other names than the model alone, and layers in one that the model
        // has apart: tensors are known by where they are
        let mut by_position: LiteMap<(usize, u64), (&Vec<Placed>, &TensorSource)> = LiteMap::new();
        let mut compared: LiteMap<(usize, u64), ()> = LiteMap::new();
        for (tensor, placed) in &placement.tensors {
            let source = &target.canonical.tensors[tensor].source;
            by_position.extend(source.position().map(|position| (position, (placed, source))));
        }
        for matched in &matching.matched {
            let source = &matched.tensors[target.position].source;
            let mut here: Vec<Placed> = Vec::new();
            let (mut index, mut top) = (0, 0);
            while let Some(piece) = source.pieces.get(index) {
                let position = (piece.file, piece.start);
                let known = by_position.get(&position).filter(|(_, of)| {
                    of.cols() == source.cols() && source.pieces[index..].starts_with(&of.pieces)
                });
                let Some((placed, of)) = known else {
                    top += piece.rows;
                    index += 1;
                    continue;
                };
                compared.insert(position, ());
                let linear = placed.iter().filter(|placed| !module(placed).form.ignores_strength());
                here.extend(
                    linear.map(|placed| Placed { first_row: placed.first_row + top, ..*placed }),
                );
                top += of.rows();
                index += of.pieces.len();
            }
            changes.tensors.push((!here.is_empty()).then(|| TensorChange {
                adapter: position,
                target: target.position,
                source: change(
                    adapter,
                    &here,
                    first_file,
                    source.with_first_file(target.first_file),
                ),
            }));
        }
        for (position, (placed, _)) in &by_position {
            for module in placed.iter().map(module) {
                if !compared.contains_key(position) {
                    changes.ignored.push((name(module), "its tensor is not compared".to_owned()));
                } else if module.form.ignores_strength() {
                    let why = "it replaces the weight, whatever the strength";
                    changes.ignored.push((name(module), why.to_owned()));
                } else {
                    changes.placed += 1;
                    changes.of_target += u64::from(module.needs_model());
                }
            }
        }
        sort_by(&mut changes.ignored, Ord::cmp);
        changes
    }
}

/// The change that the modules `placed` of `adapter` make to the tensor `of`.
fn change(
    adapter: &Adapter,
    placed: &[Placed],
    first_file: usize,
    of: TensorSource,
) -> TensorSource {
    let modules = || placed.iter().map(|placed| &adapter.modules[placed.module]);
    let shape = of.shape.clone();
    let is_of_target = modules().any(Module::needs_model);
    let parts = placed
        .iter()
        .zip(modules())
        .map(|(placed, module)| ChangedRows {
            first_row: placed.first_row,
            rows: placed.rows,
            stored: module.stored(first_file),
        })
        .collect();
    let change = Change { parts, of: is_of_target.then(|| Box::new(of)) };
    TensorSource {
        shape,
        encoding: Encoding::Change(Box::new(change)),
        pieces: Vec::new(),
        transposed: false,
    }
}
