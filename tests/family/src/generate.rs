//! Makes the weights: tile by tile, every file of the family at once, parents before children.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::Error;
use crate::ancestry::Step;
use crate::encode::{Encoder, item_bytes};
use crate::entry::{Content, Entry};
use crate::field::{Field, Pool, Statistics, TILE, mobility};
use crate::plan::Plan;
use crate::sink::Sink;

/// Elements a thread makes before it writes; a whole number of tiles.
const UNIT: u64 = 32 * TILE as u64;

/// Makes the weights of a plan and writes everything its parts hold.
pub(crate) fn generate(plan: &Plan, sink: &impl Sink) -> Result<(), Error> {
    let mut targets: Vec<Vec<Target>> = plan.tensors.iter().map(|_| Vec::new()).collect();
    for (part, (file, laid_out)) in plan.parts.iter().enumerate() {
        sink.write_at(part, 0, &laid_out.header)?;
        for (offset, entry) in &laid_out.entries {
            match &entry.content {
                Content::Bytes(bytes) => sink.write_at(part, *offset, bytes)?,
                Content::Elements { index, .. } | Content::Patched { index, .. } => {
                    targets[*index].push(Target { file: *file, part, offset: *offset, entry });
                }
            }
        }
    }
    let units = units(plan, &targets);
    let pools: Vec<OnceLock<Pool>> = plan.components.iter().map(|_| OnceLock::new()).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut worker = Worker::new(plan, &pools);
        while !failed.load(Ordering::Relaxed) {
            let Some(unit) = units.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            if let Err(error) = worker.run(unit, &targets[unit.index], sink) {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(units.len());
    if threads <= 1 {
        return work();
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// An entry that wants (a part of) a tensor.
struct Target<'a> {
    /// Place among the plan's files.
    file: usize,
    /// Place among the plan's parts.
    part: usize,
    offset: u64,
    entry: &'a Entry,
}

impl Target<'_> {
    fn is_patched(&self) -> bool {
        matches!(self.entry.content, Content::Patched { .. })
    }
}

/// A run of a tensor's elements that one thread makes.
struct Unit {
    index: usize,
    range: Range<u64>,
}

/// Cuts the tensors that somebody wants into units; those that are patched stay whole.
fn units(plan: &Plan, targets: &[Vec<Target>]) -> Vec<Unit> {
    let mut units = Vec::new();
    for (index, (tensor, targets)) in plan.tensors.iter().zip(targets).enumerate() {
        if targets.is_empty() || tensor.elements == 0 {
            continue;
        }
        let is_whole = targets.iter().any(Target::is_patched);
        let step = if is_whole { tensor.elements } else { UNIT };
        let starts = (0..tensor.elements).step_by(step as usize);
        let end = |start: u64| (start + step).min(tensor.elements);
        units.extend(starts.map(|start| Unit { index, range: start..end(start) }));
    }
    units
}

/// One thread's buffers. Those per file are in the order of the plan's files.
struct Worker<'a> {
    plan: &'a Plan,
    pools: &'a [OnceLock<Pool>],
    encoder: Encoder,
    /// The tensor that `fields` belongs to.
    tensor: Option<usize>,
    fields: Vec<Option<Field>>,
    /// A tile's values as stored.
    values: Vec<Vec<f32>>,
    /// The unit's bytes, for files that store the tensor as it is.
    bytes: Vec<Vec<u8>>,
    /// The unit's values before rounding, for files that store it patched.
    exact: Vec<Vec<f32>>,
}

impl<'a> Worker<'a> {
    fn new(plan: &'a Plan, pools: &'a [OnceLock<Pool>]) -> Self {
        let files = plan.files.len();
        Self {
            plan,
            pools,
            encoder: Encoder::default(),
            tensor: None,
            fields: Vec::new(),
            values: vec![vec![0.0; TILE]; files],
            bytes: vec![Vec::new(); files],
            exact: vec![Vec::new(); files],
        }
    }

    fn run(&mut self, unit: &Unit, targets: &[Target], sink: &impl Sink) -> Result<(), Error> {
        if self.tensor != Some(unit.index) {
            self.tensor = Some(unit.index);
            self.fields.clear();
            self.fields.resize_with(self.plan.components.len(), || None);
        }
        self.bytes.iter_mut().for_each(Vec::clear);
        self.exact.iter_mut().for_each(Vec::clear);
        let wants = |file: usize, patched: bool| {
            targets.iter().any(|target| target.file == file && target.is_patched() == patched)
        };
        let files = 0..self.plan.files.len();
        let wanted: Vec<[bool; 2]> =
            files.map(|file| [wants(file, false), wants(file, true)]).collect();
        for start in unit.range.clone().step_by(TILE) {
            let length = (unit.range.end - start).min(TILE as u64) as usize;
            for (file, [plain, patched]) in wanted.iter().enumerate() {
                self.make_tile(file, unit.index, start, length);
                let values = &mut self.values[file][..length];
                if *patched {
                    self.exact[file].extend_from_slice(values);
                }
                let dtype = self.plan.files[file].dtypes[unit.index];
                self.encoder.store(values, dtype, plain.then_some(&mut self.bytes[file]));
            }
        }
        targets.iter().try_for_each(|target| self.write(unit, target, sink))
    }

    /// Makes `length` values of a file, from element `start` of a tensor.
    fn make_tile(&mut self, file: usize, index: usize, start: u64, length: usize) {
        let tensor = &self.plan.tensors[index];
        let (made, rest) = self.values.split_at_mut(file);
        let out = &mut rest[0][..length];
        match tensor.statistics {
            Statistics::Counting => {
                for (element, value) in (start..).zip(out) {
                    *value = (element % 128) as f32;
                }
                return;
            }
            Statistics::Constant(value) => {
                out.fill(value);
                return;
            }
            Statistics::Noise { .. } => out.fill(0.0),
        }
        let Step { mix, add } = &self.plan.files[file].steps[&tensor.block];
        for &(parent, weight) in mix {
            let weight = weight as f32;
            for (value, parent) in out.iter_mut().zip(&made[parent]) {
                *value += parent * weight;
            }
        }
        for &(place, amount) in add {
            let component = &self.plan.components[place];
            if amount == 0.0 || (!component.is_init && mobility(&tensor.block) == 0.0) {
                continue;
            }
            let seed = self.plan.seed;
            let pool = self.pools[place].get_or_init(|| {
                Pool::new(seed, component, self.plan.tensors.iter().map(|t| t.elements).sum())
            });
            let field =
                self.fields[place].get_or_insert_with(|| Field::new(seed, pool, component, tensor));
            let (noise, sign) = pool.stretch(tensor, start / TILE as u64, length);
            field.add_to(out, start, noise, amount as f32, sign);
        }
    }

    fn write(&mut self, unit: &Unit, target: &Target, sink: &impl Sink) -> Result<(), Error> {
        let entry = target.entry;
        match &entry.content {
            Content::Elements { range, .. } => {
                let start = range.start.max(unit.range.start);
                let end = range.end.min(unit.range.end);
                if start >= end {
                    return Ok(());
                }
                let item = item_bytes(entry.dtype);
                let place = |element: u64, origin: u64| (element - origin) * item;
                let here =
                    place(start, unit.range.start) as usize..place(end, unit.range.start) as usize;
                let offset = target.offset + place(start, range.start);
                sink.write_at(target.part, offset, &self.bytes[target.file][here])
            }
            Content::Patched { patches, .. } => {
                let columns = self.plan.tensors[unit.index].columns;
                let exact = (self.exact[target.file].clone(), columns);
                let (mut values, _) = patches
                    .iter()
                    .fold(exact, |(values, columns), patch| patch.apply(values, columns));
                let mut bytes = Vec::new();
                self.encoder.store(&mut values, entry.dtype, Some(&mut bytes));
                sink.write_at(target.part, target.offset, &bytes)
            }
            Content::Bytes(_) => Ok(()),
        }
    }
}
