//! Edge cases: what is odd about a file, and which tensors it befalls.

use std::collections::BTreeSet;

use safetensors::Dtype;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::entry::{Content, Entry};
use crate::manifest::is_float;
use crate::odd::odd_entries;
use crate::patch::Patch;
use crate::random::Source;
use crate::tensor::Tensor;

/// Something odd about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// NaN in one element, a whole column, a whole tensor, a convolution and a vector.
    Nan,
    /// Infinity in the same kinds of places; negative in the convolution.
    Inf,
    /// Zero columns (first, and last as −0), a zero matrix, a column of subnormals, a zero vector.
    ZeroColumn,
    /// Columns scaled by 1e-13, 1e-25, 1e25 and 1e-40. Wants `F32`.
    Tiny,
    /// Tensors left out: forty at random, position ids, `logit_scale`, the last output block.
    Missing,
    /// Tensors of other shapes than in the other files.
    Shape,
    /// Extra EMA copies of weights.
    Ema,
    /// Extra tensors of rare dtypes, ranks and names, some of them empty.
    Odd,
    /// As [`Edge::Odd`], with other numbers, and the scalar of the other sign.
    OddFlipped,
    /// Payload and header in shuffled orders.
    Reorder,
    /// Position ids stored as `F16`.
    FloatPositionIds,
}

impl Edge {
    fn name(self) -> &'static str {
        match self {
            Self::Nan => "nan",
            Self::Inf => "inf",
            Self::ZeroColumn => "zerocol",
            Self::Tiny => "tiny",
            Self::Missing => "missing",
            Self::Shape => "shape",
            Self::Ema => "ema",
            Self::Odd | Self::OddFlipped => "odd",
            Self::Reorder => "reorder",
            Self::FloatPositionIds => "posids",
        }
    }
}

/// One thing an edge case did to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeNote {
    /// What was done.
    pub what: String,
    /// To which tensors.
    pub tensors: Vec<String>,
}

/// A file's tensors while edge cases are applied to them.
pub(crate) struct Edges<'a> {
    file: &'a str,
    tensors: &'a [Tensor],
    seed: Source,
    /// One entry per tensor of the family, in the same order; [`None`] where it is left out.
    entries: Vec<Option<Entry>>,
    extra: Vec<Entry>,
    notes: Vec<EdgeNote>,
}

impl<'a> Edges<'a> {
    /// Starts from a file as it is without edge cases: one entry per tensor of the family.
    pub fn new(file: &'a str, tensors: &'a [Tensor], seed: Source, entries: Vec<Entry>) -> Self {
        let entries = entries.into_iter().map(Some).collect();
        Self { file, tensors, seed, entries, extra: Vec::new(), notes: Vec::new() }
    }

    /// The file's entries, and what was done to them.
    pub fn finish(self) -> (Vec<Entry>, Vec<EdgeNote>) {
        (self.entries.into_iter().flatten().chain(self.extra).collect(), self.notes)
    }

    /// Applies an edge case.
    pub fn apply(&mut self, edge: Edge) -> Result<(), Error> {
        match edge {
            Edge::Nan => self.poison(edge, f32::NAN),
            Edge::Inf => self.poison(edge, f32::INFINITY),
            Edge::ZeroColumn => self.zero_columns(edge),
            Edge::Tiny => self.tiny(edge),
            Edge::Missing => {
                self.leave_out();
                Ok(())
            }
            Edge::Shape => self.reshape(edge),
            Edge::Ema => {
                self.add_ema();
                Ok(())
            }
            Edge::Odd | Edge::OddFlipped => {
                let scalar = if edge == Edge::Odd { -1.5 } else { 2.5 };
                let entries = odd_entries(self.seed.of("odd").of(self.file), scalar);
                self.add_extra("odd dtypes and shapes", entries);
                Ok(())
            }
            Edge::Reorder => {
                self.note("payload and header in shuffled orders", &[]);
                Ok(())
            }
            Edge::FloatPositionIds => {
                for index in self.matching(|tensor| tensor.name.ends_with("position_ids")) {
                    self.change(index, "position ids as F16", &[], None);
                    if let Some(entry) = &mut self.entries[index] {
                        entry.dtype = Dtype::F16;
                    }
                }
                Ok(())
            }
        }
    }

    fn poison(&mut self, edge: Edge, value: f32) -> Result<(), Error> {
        let [element, column, all] = self.pick(edge, "2", self.matrices())?;
        let conv = self.convolutions();
        let rank = if conv.is_empty() { self.matrices() } else { conv };
        let [conv] = self.pick(edge, "4", rank)?;
        let [vector] = self.pick(edge, "1", self.vectors())?;
        let middle = &self.tensors[element];
        let index = middle.shape[0] as usize / 2 * middle.columns;
        self.change(element, "one element of column 0", &[Patch::Element { index, value }], None);
        self.change(column, "all of column 1", &[Patch::Column { column: 1, value }], None);
        self.change(all, "the whole tensor", &[Patch::All { value }], None);
        let first = |value| [Patch::Element { index: 0, value }];
        self.change(conv, "the first element, negative", &first(-value), None);
        self.change(vector, "the first element of a vector", &first(value), None);
        Ok(())
    }

    fn zero_columns(&mut self, edge: Edge) -> Result<(), Error> {
        let [outer, all] = self.pick(edge, "2", self.matrices())?;
        let conv = self.convolutions();
        let rank = if conv.is_empty() { self.matrices() } else { conv };
        let [subnormal] = self.pick(edge, "4", rank)?;
        let [vector] = self.pick(edge, "1", self.vectors())?;
        let last = self.tensors[outer].columns - 1;
        let zero = |column, value| Patch::Column { column, value };
        let patches = [zero(0, 0.0), zero(last, -0.0)];
        self.change(outer, "first column 0, last column -0", &patches, None);
        self.change(all, "the whole tensor 0", &[Patch::All { value: 0.0 }], None);
        self.change(subnormal, "first column 6e-8, subnormal in F16", &[zero(0, 6e-8)], None);
        self.change(vector, "a vector of 0", &[Patch::All { value: 0.0 }], None);
        Ok(())
    }

    fn tiny(&mut self, edge: Edge) -> Result<(), Error> {
        let chosen: [usize; 4] = self.pick(edge, "2", self.matrices())?;
        for (index, factor) in chosen.into_iter().zip([1e-13, 1e-25, 1e25, 1e-40]) {
            let what = format!("first column times {factor:e}");
            self.change(index, &what, &[Patch::ScaleColumn { column: 0, factor }], None);
        }
        Ok(())
    }

    fn leave_out(&mut self) {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let random = self.choose("missing", self.matching(|_| true), 40);
        let known = self.matching(|tensor| {
            ["position_ids", "logit_scale"].iter().any(|end| tensor.name.ends_with(end))
                || tensor.block == "OUT08"
        });
        for index in random.into_iter().chain(known) {
            names.extend(self.entries[index].take().map(|entry| entry.name));
        }
        let names: Vec<String> = names.into_iter().collect();
        self.note("left out", &names);
    }

    fn reshape(&mut self, edge: Edge) -> Result<(), Error> {
        let mut taken = Vec::new();
        for (index, tensor) in self.tensors.iter().enumerate() {
            let columns = tensor.columns;
            if tensor.name == "model.diffusion_model.input_blocks.0.0.weight" {
                let shape = [&[tensor.shape[0], 9], &tensor.shape[2..]].concat();
                let count = shape[1..].iter().product::<u64>() as usize - columns;
                let patch = [Patch::PadColumns { count }];
                self.change(index, "first convolution with nine inputs", &patch, Some(shape));
                taken.push(index);
            } else if tensor
                .name
                .ends_with("embedders.0.transformer.text_model.embeddings.token_embedding.weight")
            {
                let shape = vec![tensor.shape[0] + 1, tensor.shape[1]];
                self.change(index, "a token more", &[Patch::RepeatFirstRow], Some(shape));
                taken.push(index);
            }
        }
        let mut oblong = self.matrices();
        oblong.retain(|i| self.tensors[*i].shape[0] != self.tensors[*i].shape[1]);
        oblong.retain(|i| !taken.contains(i));
        let [turned, conv] = self.pick(edge, "2", oblong)?;
        let mut others = self.matrices();
        others.retain(|i| ![turned, conv].contains(i) && !taken.contains(i));
        let [narrow] = self.pick(edge, "narrow", others)?;
        let [one, scalar, row] = self.pick(edge, "1", self.vectors())?;
        let shape = |index: usize| self.tensors[index].shape.clone();
        let reversed = shape(turned).into_iter().rev().collect();
        let as_conv = [shape(conv), vec![1, 1]].concat();
        let one_column = vec![shape(narrow)[0], 1];
        let as_row = [vec![1], shape(row)].concat();
        self.change(turned, "transposed", &[Patch::Transpose], Some(reversed));
        self.change(conv, "[n, m] as [n, m, 1, 1]", &[], Some(as_conv));
        self.change(narrow, "[n, m] cut to [n, 1]", &[Patch::FirstColumn], Some(one_column));
        self.change(one, "[n] cut to [1]", &[Patch::FirstElement], Some(vec![1]));
        self.change(scalar, "[n] cut to []", &[Patch::FirstElement], Some(vec![]));
        self.change(row, "[n] as [1, n]", &[], Some(as_row));
        Ok(())
    }

    fn add_ema(&mut self) {
        let weights = self.matching(|tensor| tensor.name.starts_with("model."));
        let copies = self.choose("ema", weights, 30).into_iter().map(|index| {
            let tensor = &self.tensors[index];
            let path = tensor.name["model.".len()..].replace('.', "");
            Entry {
                name: format!("model_ema.{path}"),
                dtype: Dtype::F16,
                shape: tensor.shape.clone(),
                content: Content::Patched { index, patches: vec![Patch::Scale { factor: 0.999 }] },
            }
        });
        let decay = Entry::scalar("model_ema.decay", Dtype::F32, &0.9999_f32.to_le_bytes());
        let updates = Entry::scalar("model_ema.num_updates", Dtype::I32, &12_345_i32.to_le_bytes());
        self.add_extra("EMA copies", copies.chain([decay, updates]).collect());
    }

    fn add_extra(&mut self, what: &str, entries: Vec<Entry>) {
        let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        self.note(what, &names);
        self.extra.extend(entries);
    }

    /// Patches the entry of a tensor and gives it another shape.
    fn change(&mut self, index: usize, what: &str, patches: &[Patch], shape: Option<Vec<u64>>) {
        let Some(entry) = &mut self.entries[index] else { return };
        if let Content::Patched { patches: earlier, .. } = &mut entry.content {
            earlier.extend_from_slice(patches);
        } else {
            entry.content = Content::Patched { index, patches: patches.to_vec() };
        }
        entry.shape = shape.unwrap_or_else(|| entry.shape.clone());
        let name = entry.name.clone();
        self.note(what, &[name]);
    }

    fn note(&mut self, what: &str, tensors: &[String]) {
        self.notes.push(EdgeNote { what: what.to_owned(), tensors: tensors.to_vec() });
    }

    fn matrices(&self) -> Vec<usize> {
        self.matching(|t| is_weight(t) && t.shape.len() == 2 && t.shape.iter().all(|d| *d >= 2))
    }

    fn convolutions(&self) -> Vec<usize> {
        self.matching(|t| {
            is_weight(t) && t.shape.len() == 4 && t.shape[..2].iter().all(|d| *d >= 2)
        })
    }

    fn vectors(&self) -> Vec<usize> {
        self.matching(|t| is_weight(t) && t.shape.len() == 1 && t.shape[0] >= 2)
    }

    fn matching(&self, wanted: impl Fn(&Tensor) -> bool) -> Vec<usize> {
        (0..self.tensors.len()).filter(|index| wanted(&self.tensors[*index])).collect()
    }

    /// `N` of the tensors, the same for every file of the family.
    fn pick<const N: usize>(
        &self,
        edge: Edge,
        kind: &str,
        tensors: Vec<usize>,
    ) -> Result<[usize; N], Error> {
        let chosen = self.choose(&format!("{}{kind}", edge.name()), tensors, N);
        let too_few = |_| Error::TooFewTensors { file: self.file.to_owned(), edge: edge.name() };
        chosen.try_into().map_err(too_few)
    }

    fn choose(&self, tag: &str, mut tensors: Vec<usize>, count: usize) -> Vec<usize> {
        self.seed.of("pick").of(tag).shuffle(&mut tensors);
        tensors.truncate(count);
        tensors.sort_unstable();
        tensors
    }
}

fn is_weight(tensor: &Tensor) -> bool {
    is_float(tensor.dtype) && tensor.block != "VAE"
}
