//! GGUF: rows of blocks, under names of llama.cpp, some with their rows in another order.

use super::form::place;
use super::storage::Storage;
use crate::architecture::{GgufTensor, Heads, gguf_tensor};
use crate::decode::blocks::Blocks;
use crate::decode::packed::Operation;
use crate::dtype::{Class, Dtype, class};
use crate::model::{Model, Tensor};
use crate::tensor::{
    Encoding, Format, Grid, GridOrder, Order, Piece, Quantised, Step, TensorSource, WHOLE_BYTES,
};

/// Metadata that names the architecture.
const ARCHITECTURE: &str = "general.architecture";
/// Metadata that has the shape of a tensor whose rows were cut anew, in front of its name.
const SHAPE: &str = "comfy.gguf.orig_shape.";
/// Tensors that are computed from the settings of a model.
const COMPUTED: [&str; 3] =
    ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];
/// Most experts in one tensor.
const MOST_EXPERTS: u64 = 4096;

/// How the tensor `name` of `model` is stored, where it comes from a GGUF file and is not simply as
/// it is.
pub(super) fn storage(model: &Model, name: &str, tensor: &Tensor) -> Option<Storage> {
    let architecture = model.metadata.get(ARCHITECTURE).map(String::as_str);
    if architecture.is_some() && COMPUTED.contains(&name) {
        return Some(Storage::Bookkeeping);
    }
    let scaled = [".scale", ".input_scale"].iter().find_map(|end| name.strip_suffix(end));
    if scaled.is_some_and(|module| has_scale(model, module)) {
        return Some(Storage::Bookkeeping);
    }
    let meant = architecture.and_then(|architecture| gguf_tensor(architecture, name));
    let shape = model.metadata.get(&format!("{SHAPE}{name}"));
    let is_known = meant.is_some() || shape.is_some();
    if tensor.blocks.is_none() && !is_known {
        return None;
    }
    let meant = meant.unwrap_or_else(|| GgufTensor {
        name: name.to_owned(),
        heads: None,
        is_one_more: false,
    });
    let is_plain = tensor.blocks.is_none() && shape.is_none() && meant.heads.is_none();
    if is_plain && !meant.is_one_more && !meant.name.contains("{}") {
        return Some(Storage::Named(meant.name));
    }
    let sources = Gguf { model, name, tensor, meant, architecture: architecture.unwrap_or("") };
    Some(sources.weights(shape).map_or(Storage::Quantised, Storage::Weights))
}

/// Whether the weight of `module` is stored in blocks whose scales have one more beside them.
fn has_scale(model: &Model, module: &str) -> bool {
    let weight = model.tensors.get(&format!("{module}.weight"));
    weight.is_some_and(|weight| weight.blocks == Some(Blocks::Nvfp4))
}

struct Gguf<'a> {
    model: &'a Model,
    name: &'a str,
    tensor: &'a Tensor,
    meant: GgufTensor,
    architecture: &'a str,
}

impl Gguf<'_> {
    /// The weights that the tensor holds: one, or one for each expert.
    fn weights(&self, original: Option<&String>) -> Option<Vec<(String, TensorSource)>> {
        let mut shape = self.tensor.shape.clone();
        if self.tensor.elements() == 0 {
            return None;
        }
        if let Some(text) = original {
            let sizes: Option<Vec<u64>> = text.split(',').map(|size| size.parse().ok()).collect();
            let elements =
                |sizes: &[u64]| sizes.iter().try_fold(1_u64, |all, size| all.checked_mul(*size));
            shape = sizes.filter(|sizes| elements(sizes) == Some(self.tensor.elements()))?;
        }
        let Some((before, behind)) = self.meant.name.split_once("{}") else {
            return Some(vec![(self.meant.name.clone(), self.source(shape, 0, 1)?)]);
        };
        let count = *shape.first()?;
        if shape.len() != 3 || count > MOST_EXPERTS {
            return None;
        }
        let expert = |at| {
            let source = self.source(shape[1..].to_vec(), at, count)?;
            Some((format!("{before}{at}{behind}"), source))
        };
        (0..count).map(expert).collect()
    }

    /// The `at`-th of `count` equal parts.
    fn source(&self, mut shape: Vec<u64>, at: u64, count: u64) -> Option<TensorSource> {
        while shape.len() > 2 && shape.last() == Some(&1) {
            shape.pop();
        }
        while shape.len() > 1 && shape.first() == Some(&1) {
            shape.remove(0);
        }
        let tensor = self.tensor;
        let (rows, elements) = (shape.first().copied().unwrap_or(1), tensor.elements() / count);
        if tensor.blocks.is_some_and(|blocks| !blocks.is_decoded()) {
            return None;
        }
        let start = tensor.start + at * (tensor.bytes() / count);
        let pieces = vec![Piece { file: tensor.file, start, rows }];
        let stride = elements / rows;
        let head_rows = Some(self.head_rows(rows)?).filter(|rows| *rows > 0);
        let is_float = class(tensor.dtype) == Class::Float;
        let encoding = if tensor.blocks.is_none() && head_rows.is_none() && !self.meant.is_one_more
        {
            Encoding::Plain(tensor.dtype)
        } else {
            let codes = match tensor.blocks {
                Some(blocks) => Format::Blocks(blocks),
                None if is_float => Format::Plain(tensor.dtype),
                None => return None,
            };
            let mut steps = Vec::new();
            if self.meant.is_one_more {
                steps.push(Step::Number(Operation::Subtract, 1_f32.to_bits()));
            }
            if tensor.blocks == Some(Blocks::Nvfp4)
                && let Some(module) = self.name.strip_suffix(".weight")
                && let Some(scale) = self.model.tensors.get(&format!("{module}.scale"))
            {
                steps.push(outer_scale(scale, at, count, (rows, stride))?);
            }
            Encoding::Quantised(Box::new(Quantised {
                form: tensor.format(),
                dtype: tensor.dtype,
                codes,
                order: Order::Rows,
                stride,
                count: elements,
                steps,
                rotation: None,
                head_rows,
            }))
        };
        let source = TensorSource { shape, encoding, pieces, transposed: false };
        let is_held = !source.is_read_whole() || tensor.bytes() <= WHOLE_BYTES;
        is_held.then_some(source)
    }

    /// Rows of a head where the converter paired them, else 0: `None` where that cannot be.
    fn head_rows(&self, rows: u64) -> Option<u64> {
        let Some(heads) = self.meant.heads else { return Some(0) };
        let count = |key: &str| {
            let text =
                self.model.metadata.get(&format!("{}.attention.{key}", self.architecture))?;
            text.parse::<u64>().ok()
        };
        let heads = match heads {
            Heads::Query => count("head_count")?,
            Heads::Key => count("head_count_kv").or_else(|| count("head_count"))?,
        };
        let fits = heads > 0 && rows.is_multiple_of(heads.checked_mul(2)?);
        fits.then(|| rows / heads)
    }
}

/// The scale that stands beside blocks: one for all, or one for each of `count` experts.
fn outer_scale(scale: &Tensor, at: u64, count: u64, block: (u64, u64)) -> Option<Step> {
    let mut place = place(scale);
    match scale.elements() {
        1 => {}
        all if all == count => place.start += 4 * at,
        _ => return None,
    }
    let grid = Grid {
        place,
        format: Format::Plain(Dtype::F32),
        count: 1,
        block_rows: block.0,
        block_cols: block.1,
        order: GridOrder::Rows(1),
        groups: None,
        nested: None,
    };
    (scale.dtype == Dtype::F32).then_some(Step::Blocks(Operation::Multiply, grid))
}
