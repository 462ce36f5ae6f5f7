//! Brings the sums of windows together, in whatever order they come, always summed in the same
//! one.

use litemap::LiteMap;

use weightkin_kernel::gram::{ColumnSums, ElementStats, GramRecord};

use super::{ChangeRecord, WindowResult, WindowSums};
use crate::pass::plan::{Plan, TensorChange, Window};

/// Collects window results until every tensor of a plan has its record.
#[derive(Debug)]
pub struct RecordAssembler {
    models: usize,
    tensors: Vec<Progress>,
    complete: usize,
    /// Sum of the complete records, in order of completion: for running figures only.
    running: GramRecord,
}

#[derive(Debug)]
enum Progress {
    Underway(Underway),
    Complete(GramRecord, Option<Box<ChangeRecord>>),
}

/// A tensor some of whose windows are still out.
#[derive(Debug)]
struct Underway {
    /// What adapters change of it.
    changes: Vec<TensorChange>,
    bands: u32,
    stripes: u32,
    /// Column sums of windows whose upper neighbours are not all in.
    waiting: LiteMap<Window, ColumnSums>,
    /// Sums of the bands so far, and how many, for each stripe begun.
    stacks: LiteMap<u32, (u32, ColumnSums)>,
    /// Records of finished stripes.
    records: LiteMap<u32, (GramRecord, Option<Box<ChangeRecord>>)>,
    /// What is known of the single numbers of each window.
    elements: LiteMap<Window, ElementStats>,
    /// Sums over differences of each window.
    differences: LiteMap<Window, Vec<f64>>,
}

impl RecordAssembler {
    /// Nothing in yet, but for the tensors that have nothing to read.
    pub fn new(plan: &Plan) -> Self {
        let tensors = plan
            .tensors
            .iter()
            .map(|tensor| {
                if tensor.grid().is_empty() {
                    // counts nowhere, whatever its dimensions say
                    let elements = Some(ElementStats::zero(plan.models));
                    let record = GramRecord { elements, ..GramRecord::zero(plan.models) };
                    return Progress::Complete(record, None);
                }
                Progress::Underway(Underway {
                    changes: tensor.changes.clone(),
                    bands: tensor.grid().bands(),
                    stripes: tensor.grid().stripes(),
                    waiting: LiteMap::new(),
                    stacks: LiteMap::new(),
                    records: LiteMap::new(),
                    elements: LiteMap::new(),
                    differences: LiteMap::new(),
                })
            })
            .collect();
        let mut assembler = Self {
            models: plan.models,
            tensors,
            complete: 0,
            running: GramRecord::zero(plan.models),
        };
        for progress in &assembler.tensors {
            if let Progress::Complete(record, _) = progress {
                assembler.running.add(record);
                assembler.complete += 1;
            }
        }
        assembler
    }

    /// Takes in what came of some windows.
    pub fn accept(&mut self, results: Vec<WindowResult>) {
        for WindowResult { tensor, window, sums, elements, differences } in results {
            let Progress::Underway(underway) = &mut self.tensors[tensor] else { continue };
            underway.elements.insert(window, elements);
            underway.differences.insert(window, differences);
            underway.accept(self.models, window, sums);
            if let Some((record, change)) = underway.finish(self.models) {
                self.running.add(&record);
                self.tensors[tensor] = Progress::Complete(record, change);
                self.complete += 1;
            }
        }
    }

    /// Tensors that have their record.
    pub fn complete(&self) -> usize {
        self.complete
    }

    /// Whether all of them have.
    pub fn is_complete(&self) -> bool {
        self.complete == self.tensors.len()
    }

    /// Sum of the records so far. Its last bits depend on the order in which workers finish.
    pub fn running(&self) -> &GramRecord {
        &self.running
    }

    /// The record of each tensor of the plan, in its order; `None` where it is not complete.
    pub fn records(&self) -> impl Iterator<Item = Option<&GramRecord>> {
        self.tensors.iter().map(|progress| match progress {
            Progress::Complete(record, _) => Some(record),
            Progress::Underway(_) => None,
        })
    }

    /// What adapters change of each tensor of the plan, in its order; `None` where they change
    /// nothing, it is not complete, or a change is not known.
    pub fn changes(&self) -> impl Iterator<Item = Option<&ChangeRecord>> {
        self.tensors.iter().map(|progress| match progress {
            Progress::Complete(_, change) => change.as_deref(),
            Progress::Underway(_) => None,
        })
    }
}

impl Underway {
    fn accept(&mut self, models: usize, window: Window, sums: WindowSums) {
        match sums {
            WindowSums::Whole(record, change) => {
                self.records.insert(window.stripe, (record, change));
            }
            WindowSums::Columns(sums) => {
                self.waiting.insert(window, sums);
                self.stack(models, window.stripe);
            }
        }
    }

    /// Adds waiting bands to the stack of `stripe` as long as they follow from the top.
    fn stack(&mut self, models: usize, stripe: u32) {
        loop {
            let next = self.stacks.get(&stripe).map_or(0, |(bands, _)| *bands);
            let Some(sums) = self.waiting.remove(&Window { stripe, band: next }) else { break };
            match self.stacks.get_mut(&stripe) {
                None => {
                    self.stacks.insert(stripe, (1, sums));
                }
                Some((bands, stack)) => {
                    stack.add_below(&sums);
                    *bands += 1;
                }
            }
        }
        if self.stacks.get(&stripe).is_some_and(|(bands, _)| *bands == self.bands)
            && let Some((_, sums)) = self.stacks.remove(&stripe)
        {
            let change = ChangeRecord::of(&sums, models, &self.changes);
            self.records
                .insert(stripe, (GramRecord::of_first(&sums, models), change.map(Box::new)));
        }
    }

    /// The record of the tensor, stripes added from left to right, once all are in.
    fn finish(&mut self, models: usize) -> Option<(GramRecord, Option<Box<ChangeRecord>>)> {
        if self.records.len() < self.stripes as usize {
            return None;
        }
        let mut whole = GramRecord::zero(models);
        let is_changed = !self.changes.is_empty();
        let mut change = is_changed.then(|| Box::new(ChangeRecord::zero(models, &self.changes)));
        for (_, (record, part)) in &self.records {
            whole.add(record);
            change = change.zip(part.as_deref()).map(|(mut change, part)| {
                change.add(part);
                change
            });
        }
        for differences in self.differences.values() {
            if let Some(change) = &mut change {
                change.add_differences(differences);
            }
        }
        if let Some(change) = &mut change {
            change.finish(&whole);
        }
        let mut elements = ElementStats::zero(models);
        for (_, window) in &self.elements {
            elements.add(window);
        }
        // JSON has no other numbers
        elements.sums.iter_mut().filter(|sum| !sum.is_finite()).for_each(|sum| *sum = 0.0);
        whole.elements = Some(elements);
        Some((whole, change))
    }
}
