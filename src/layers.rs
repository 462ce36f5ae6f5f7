//! Layers that moved: models that were cut, stacked or put in another order.
//!
//! Such models have their parent's layers under other numbers. Samples of the same rows of every
//! layer tell which layer came from which: those that share their weights are alike, all others
//! have next to nothing in common.

use std::fmt::Write as _;
use std::mem;

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::architecture::classify;
use crate::canonical::{CanonicalModel, CanonicalTensor};
use crate::input::FullModel;
use crate::sample::{Collector, Density, SampleBatch, SampleChunk, Sampling, all_values};
use crate::sorted::{self, sort_by};
use crate::tensor::TensorSource;

/// Kinds of tensors of a stack of layers that are looked at: the largest.
const KINDS: usize = 4;
/// What is taken of each tensor.
const DENSITY: Density = Density { rows: 8, columns: 63 };
/// Most layers of a stack; every one is held against every other.
const MAX_LAYERS: usize = 512;
/// A layer may have come from another whose cosine is so much …
const LEAST_COSINE: f64 = 0.5;
/// … and of no other layer may it be more than this share of that.
const RUNNER_UP_SHARE: f64 = 0.5;
/// Fewer elements of a layer say nothing.
const LEAST_ELEMENTS: usize = 256;

/// Which layers of a model came from which of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LayerMap {
    /// Position of the model that has the layers where they were.
    pub parent: usize,
    /// Position of the model that has them where they are now.
    pub child: usize,
    /// What stands in front of the number of a layer.
    pub stack: String,
    /// The layers of the child of which it is known, by number.
    pub layers: Vec<MovedLayer>,
    /// Layers of the child of which it is not known: none of the parent's is alike, or several are.
    pub unknown: u64,
    /// Whether the models were compared along it.
    pub followed: bool,
}

/// A layer, and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MovedLayer {
    /// Its number.
    pub layer: u32,
    /// The number that it had.
    pub from: u32,
    /// Flat cosine of the samples of the two.
    pub cosine: f64,
    /// The largest cosine with any other layer of the parent; `None` where there is no other.
    pub runner_up: Option<f64>,
}

/// The search for the layers of two models, whose samples are to be taken.
#[derive(Debug)]
pub struct LayerSearch {
    stacks: Vec<Stack>,
    /// Of the first model and of the second.
    samplings: [Sampling; 2],
    collectors: [Collector; 2],
}

/// Layers of the same shape in both models.
#[derive(Debug)]
struct Stack {
    before: String,
    /// Numbers of the layers, in each model.
    layers: [Vec<u32>; 2],
    /// What stands behind the number in the names of the tensors looked at.
    kinds: Vec<String>,
}

impl LayerMap {
    /// Whether every layer is where it was.
    fn is_identity(&self) -> bool {
        self.layers.iter().all(|moved| moved.layer == moved.from)
    }

    /// In words, in English: `layers 0–23 are base's 0–23, 24–39 its 8–23`.
    pub fn words(&self, parent: &str) -> String {
        let mut words = String::new();
        let mut rest = self.layers.as_slice();
        while let Some(first) = rest.first() {
            let step = |pair: &[MovedLayer]| i64::from(pair[1].from) - i64::from(pair[0].from);
            let runs_on = |pair: &&[MovedLayer], by: i64| {
                pair[1].layer == pair[0].layer + 1 && step(pair) == by
            };
            let run = |by: i64| rest.windows(2).take_while(|pair| runs_on(pair, by)).count();
            let (up, down) = (run(1), run(-1));
            let last = rest[up.max(down)];
            let range = |from: u32, to: u32| {
                if from == to { from.to_string() } else { format!("{from}–{to}") }
            };
            let (layers, whose) = if words.is_empty() {
                ("layers ", format!("are {parent}'s"))
            } else {
                (", ", "its".to_owned())
            };
            let (now, was) = (range(first.layer, last.layer), range(first.from, last.from));
            let _ = write!(words, "{layers}{now} {whose} {was}");
            rest = &rest[up.max(down) + 1..];
        }
        words
    }
}

impl LayerSearch {
    /// Of the layers that the models have in common by their shapes; `None` where there are none.
    /// The files of the second model are numbered on from the `file_count` of the first.
    pub fn new(models: [&CanonicalModel; 2], file_count: usize) -> Option<Self> {
        let stacks = stacks(models);
        if stacks.is_empty() {
            return None;
        }
        let sampling = |at: usize| {
            let requests = stacks.iter().flat_map(|stack| {
                stack.layers[at].iter().flat_map(move |layer| {
                    stack.kinds.iter().filter_map(move |kind| {
                        let name = format!("{}{layer}{kind}", stack.before);
                        // the same rows in every layer
                        let common = format!("{}#{kind}", stack.before);
                        Some((common, &models[at].tensors.get(&name)?.source))
                    })
                })
            });
            let requests: Vec<(String, &TensorSource)> = requests.collect();
            let requests = requests.iter().map(|(name, source)| (name.as_str(), *source));
            Sampling::of_compared(requests, at, at * file_count, DENSITY)
        };
        let samplings = [sampling(0), sampling(1)];
        let collectors = [Collector::new(&samplings[0]), Collector::new(&samplings[1])];
        Some(Self { stacks, samplings, collectors })
    }

    /// Whether the models have other numbers of layers.
    pub fn is_of_other_depth(&self) -> bool {
        self.stacks.iter().any(|stack| stack.layers[0] != stack.layers[1])
    }

    /// What is read.
    pub fn batches(&self) -> Vec<SampleBatch> {
        let of = |sampling: &Sampling| -> Vec<SampleBatch> {
            (0..sampling.batches()).map(|index| sampling.batch(index)).collect()
        };
        self.samplings.iter().flat_map(of).collect()
    }

    /// Takes in what came of a batch.
    pub fn accept(&mut self, chunk: SampleChunk) {
        self.collectors[chunk.model].accept(chunk);
    }

    /// The layers that moved, once everything is in. Either model may be the parent: the one that
    /// explains more of the other's layers.
    pub fn finish(self) -> Vec<LayerMap> {
        let Self { stacks, collectors, .. } = self;
        let mut values = collectors.map(|collector| {
            let tensors = collector.finish().tensors;
            tensors.iter().map(all_values).collect::<Vec<_>>().into_iter()
        });
        let mut maps = Vec::new();
        for stack in stacks {
            let [first, second] = &mut values;
            let of = |values: &mut std::vec::IntoIter<Vec<f32>>, at: usize| {
                let layer = |_: &u32| {
                    let kinds = values.by_ref().take(stack.kinds.len());
                    kinds.flatten().collect::<Vec<f32>>()
                };
                stack.layers[at].iter().map(layer).collect::<Vec<_>>()
            };
            let layers = [of(first, 0), of(second, 1)];
            let (down, up) = (stack.map(&layers, 0), stack.map(&layers, 1));
            let better = if up.layers.len() > down.layers.len() { up } else { down };
            let is_most = better.layers.len() as u64 > better.unknown;
            let has_moved = !better.is_identity() || stack.layers[0] != stack.layers[1];
            if is_most && has_moved {
                maps.push(better);
            }
        }
        maps
    }
}

impl Stack {
    /// Where the layers of the other model came from, if the model at `parent` had them first.
    fn map(&self, layers: &[Vec<Vec<f32>>; 2], parent: usize) -> LayerMap {
        let child = 1 - parent;
        let mut found = Vec::new();
        for (values, layer) in layers[child].iter().zip(&self.layers[child]) {
            let mut cosines: Vec<(f64, u32)> = layers[parent]
                .iter()
                .map(|other| cosine(values, other))
                .zip(self.layers[parent].iter().copied())
                .collect();
            sort_by(&mut cosines, |(a, _), (b, _)| b.total_cmp(a));
            let Some(&(best, from)) = cosines.first() else { continue };
            let runner_up = cosines.get(1).map(|(cosine, _)| *cosine);
            let is_clear = runner_up.is_none_or(|next| next <= best * RUNNER_UP_SHARE);
            if best >= LEAST_COSINE && is_clear && values.len() >= LEAST_ELEMENTS {
                found.push(MovedLayer { layer: *layer, from, cosine: best, runner_up });
            }
        }
        let unknown = (self.layers[child].len() - found.len()) as u64;
        let stack = self.before.clone();
        LayerMap { parent, child, stack, layers: found, unknown, followed: false }
    }
}

/// Flat cosine; −1, as unlike as can be, where it is not defined.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let cosine = ab / (aa * bb).sqrt();
    if cosine.is_finite() { cosine } else { -1.0 }
}

/// `name` as what stands before its first number, the number, and the rest.
fn numbered(name: &str) -> Option<(&str, u32, &str)> {
    let mut start = 0;
    for segment in name.split('.') {
        if let Ok(number) = segment.parse::<u32>()
            && number.to_string() == segment
        {
            return Some((&name[..start], number, &name[start + segment.len()..]));
        }
        start += segment.len() + 1;
    }
    None
}

/// For each kind of tensor, the layers that have it and their shape, where all have the same.
type Kinds<'a> = LiteMap<(&'a str, &'a str), (Vec<u32>, Option<&'a [u64]>)>;

fn kinds(model: &CanonicalModel) -> Kinds<'_> {
    let mut kinds: Kinds<'_> = LiteMap::new();
    for (name, CanonicalTensor { source, .. }) in &model.tensors {
        let can = source.encoding.is_readable() && !source.encoding.is_integer();
        let Some((before, layer, kind)) = numbered(name).filter(|_| can) else { continue };
        if source.shape.len() < 2 || source.pieces.is_empty() || source.elements() == 0 {
            continue;
        }
        let shape = Some(source.shape.as_slice());
        let entry = kinds.entry((before, kind)).or_insert_with(|| (Vec::new(), shape));
        entry.0.push(layer);
        entry.1 = entry.1.filter(|of| Some(*of) == shape);
    }
    kinds
}

/// The stacks of layers that both models have, with the largest kinds of tensors that all of their
/// layers have in one shape.
fn stacks(models: [&CanonicalModel; 2]) -> Vec<Stack> {
    let [mut first, mut second] = models.map(kinds);
    let mut stacks: Vec<(Stack, Vec<(u64, String)>)> = Vec::new();
    for ((before, kind), (layers, shape)) in first.iter_mut() {
        let Some((others, other_shape)) = second.get_mut(&(*before, *kind)) else { continue };
        let Some(shape) = shape.filter(|shape| *other_shape == Some(*shape)) else { continue };
        for layers in [&mut *layers, &mut *others] {
            layers.sort_unstable();
        }
        let few = |layers: &[u32]| (2..=MAX_LAYERS).contains(&layers.len());
        if !few(layers) || !few(others) {
            continue;
        }
        let layers = [mem::take(layers), mem::take(others)];
        let size = (shape.iter().product(), (*kind).to_owned());
        match stacks.iter_mut().find(|(stack, _)| stack.before == *before) {
            Some((stack, sizes)) if stack.layers == layers => sizes.push(size),
            // a kind that only some layers have
            Some(_) => {}
            None => {
                let stack = Stack { before: (*before).to_owned(), layers, kinds: Vec::new() };
                stacks.push((stack, vec![size]));
            }
        }
    }
    let chosen = |(mut stack, mut sizes): (Stack, Vec<(u64, String)>)| {
        sort_by(&mut sizes, |(a, _), (b, _)| b.cmp(a));
        stack.kinds = sizes.into_iter().take(KINDS).map(|(_, kind)| kind).collect();
        stack
    };
    stacks.into_iter().map(chosen).collect()
}

/// `parent` with its layers where the child of `maps` has them, so that the two are compared along
/// the maps. Layers that the child has none of come behind all others.
#[must_use]
pub fn follow(parent: &FullModel, child: &CanonicalModel, maps: &[LayerMap]) -> FullModel {
    let mut followed = parent.clone();
    for map in maps {
        let mut by_layer: LiteMap<u32, Vec<(String, CanonicalTensor)>> = LiteMap::new();
        let mut tensors: Vec<(String, CanonicalTensor)> = Vec::new();
        for (name, tensor) in mem::take(&mut followed.canonical.tensors) {
            match numbered(&name).filter(|(before, ..)| *before == map.stack) {
                Some((_, layer, kind)) => {
                    let entry = (kind.to_owned(), tensor);
                    by_layer.entry(layer).or_default().push(entry);
                }
                None => tensors.push((name, tensor)),
            }
        }
        let of_stack = child.tensors.keys().filter_map(|name| numbered(name));
        let numbers = of_stack.filter(|(before, ..)| *before == map.stack);
        let free = numbers.map(|(_, layer, _)| layer + 1).max().unwrap_or(0)..;
        let used = |layer: u32| map.layers.iter().any(|moved| moved.from == layer);
        let mut places: Vec<(u32, u32)> =
            map.layers.iter().map(|moved| (moved.from, moved.layer)).collect();
        places.extend(by_layer.keys().copied().filter(|layer| !used(*layer)).zip(free));
        for (from, to) in places {
            for (kind, tensor) in by_layer.get(&from).into_iter().flatten() {
                let name = format!("{}{to}{kind}", map.stack);
                let role = classify(&name, &tensor.source.shape);
                tensors.push((name, CanonicalTensor { role, ..tensor.clone() }));
            }
        }
        followed.canonical.tensors = sorted::first(tensors);
    }
    followed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(u32, u32)]) -> LayerMap {
        let moved =
            |&(layer, from): &(u32, u32)| MovedLayer { layer, from, cosine: 1.0, runner_up: None };
        LayerMap {
            parent: 0,
            child: 1,
            stack: "model.layers.".to_owned(),
            layers: pairs.iter().map(moved).collect(),
            unknown: 0,
            followed: false,
        }
    }

    #[test]
    fn words_name_runs() {
        let stack: Vec<(u32, u32)> = (0..6).chain(2..8).zip(0..).map(|(f, l)| (l, f)).collect();
        assert_eq!(map(&stack).words("base"), "layers 0–5 are base's 0–5, 6–11 its 2–7");
        let reversed: Vec<(u32, u32)> = (0..4).map(|layer| (layer, 3 - layer)).collect();
        assert_eq!(map(&reversed).words("base"), "layers 0–3 are base's 3–0");
        assert_eq!(
            map(&[(0, 0), (2, 5), (3, 9)]).words("b"),
            "layers 0 are b's 0, 2 its 5, 3 its 9"
        );
        assert!(map(&[(1, 1)]).is_identity() && !map(&reversed).is_identity());
    }

    #[test]
    fn names_are_taken_apart_at_their_first_number() {
        assert_eq!(numbered("model.layers.7.mlp.0.w"), Some(("model.layers.", 7, ".mlp.0.w")));
        assert_eq!(numbered("0.w"), Some(("", 0, ".w")));
        assert_eq!(numbered("model.w"), None);
        // not a number as it would be written
        assert_eq!(numbered("a.07.w"), None);
    }
}
