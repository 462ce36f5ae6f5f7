//! Brings the figures of windows together, in whatever order they come, always summed in the same
//! one.

use litemap::LiteMap;

use crate::execute::{Figures, Outcome, Part};
use crate::gram::{ColumnSums, Record};
use crate::plan::{Plan, Window};

/// Collects outcomes until every tensor of a plan has its record.
#[derive(Debug)]
pub struct Tally {
    models: usize,
    tensors: Vec<Progress>,
    complete: usize,
    /// Sum of the complete records, in order of completion: for running figures only.
    running: Record,
}

#[derive(Debug)]
enum Progress {
    Underway(Underway),
    Complete(Record),
}

/// A tensor some of whose windows are still out.
#[derive(Debug)]
struct Underway {
    bands: u32,
    stripes: u32,
    /// Column sums of windows whose upper neighbours are not all in.
    waiting: LiteMap<Window, ColumnSums>,
    /// Sums of the bands so far, and how many, for each stripe begun.
    stacks: LiteMap<u32, (u32, ColumnSums)>,
    /// Records of finished stripes.
    records: LiteMap<u32, Record>,
}

impl Tally {
    /// Nothing in yet, but for the tensors that have nothing to read.
    pub fn new(plan: &Plan) -> Self {
        let tensors = plan
            .tensors
            .iter()
            .map(|tensor| {
                if tensor.grid().is_empty() {
                    return Progress::Complete(Record::without_rows(plan.models, tensor.cols));
                }
                Progress::Underway(Underway {
                    bands: tensor.grid().bands(),
                    stripes: tensor.grid().stripes(),
                    waiting: LiteMap::new(),
                    stacks: LiteMap::new(),
                    records: LiteMap::new(),
                })
            })
            .collect();
        let mut tally =
            Self { models: plan.models, tensors, complete: 0, running: Record::zero(plan.models) };
        for progress in &tally.tensors {
            if let Progress::Complete(record) = progress {
                tally.running.add(record);
                tally.complete += 1;
            }
        }
        tally
    }

    /// Takes in what a lane has done.
    pub fn accept(&mut self, outcome: Outcome) {
        for Part { tensor, window, figures } in outcome.parts {
            let Progress::Underway(underway) = &mut self.tensors[tensor] else { continue };
            underway.accept(window, figures);
            if let Some(record) = underway.finish(self.models) {
                self.running.add(&record);
                self.tensors[tensor] = Progress::Complete(record);
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

    /// Sum of the records so far. Its last bits depend on the order in which lanes finish.
    pub fn running(&self) -> &Record {
        &self.running
    }

    /// The record of each tensor of the plan, in its order; `None` where it is not complete.
    pub fn records(&self) -> impl Iterator<Item = Option<&Record>> {
        self.tensors.iter().map(|progress| match progress {
            Progress::Complete(record) => Some(record),
            Progress::Underway(_) => None,
        })
    }
}

impl Underway {
    fn accept(&mut self, window: Window, figures: Figures) {
        match figures {
            Figures::Whole(record) => {
                self.records.insert(window.stripe, record);
            }
            Figures::Columns(sums) => {
                self.waiting.insert(window, sums);
                self.stack(window.stripe);
            }
        }
    }

    /// Adds waiting bands to the stack of `stripe` as long as they follow from the top.
    fn stack(&mut self, stripe: u32) {
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
            self.records.insert(stripe, Record::of(&sums));
        }
    }

    /// The record of the tensor, stripes added from left to right, once all are in.
    fn finish(&mut self, models: usize) -> Option<Record> {
        if self.records.len() < self.stripes as usize {
            return None;
        }
        let mut whole = Record::zero(models);
        for (_, record) in &self.records {
            whole.add(record);
        }
        Some(whole)
    }
}
