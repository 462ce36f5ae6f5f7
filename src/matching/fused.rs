//! Layers that some models keep in one tensor and others in several.
//!
//! Within one model either way is as good, and its figures stay what they are; only where the models
//! differ do they have to be brought together. Queries, keys and values are joined, since they may
//! have any number of rows; experts in one tensor are taken apart, since their gate and entry lie one
//! below the other in each.

use std::mem;

use litemap::LiteMap;

use crate::architecture::classify;
use crate::canonical::{CanonicalModel, CanonicalTensor};
use crate::sorted;
use crate::tensor::{Encoding, Piece, TensorSource};

/// Layers in one, and those that they are in other models, from the top.
const FUSED: [(&str, &[&str]); 6] = [
    ("qkv_proj", &["q_proj", "k_proj", "v_proj"]),
    ("W_pack", &["q_proj", "k_proj", "v_proj"]),
    ("gate_up_proj", &["gate_proj", "up_proj"]),
    ("to_qkv", &["to_q", "to_k", "to_v"]),
    ("to_kv", &["to_k", "to_v"]),
    ("to_added_qkv", &["add_q_proj", "add_k_proj", "add_v_proj"]),
];

/// Layers of all experts in one, and those of each, from the top.
const EXPERTS: [(&str, &[&str]); 2] =
    [("gate_up_proj", &["gate_proj", "up_proj"]), ("down_proj", &["down_proj"])];

/// Names that go, and the tensors that come for them.
type Change = (Vec<String>, Vec<(String, CanonicalTensor)>);

/// Gives layers that the models keep differently the same tensors.
pub(super) fn align(canonical: &mut [CanonicalModel]) {
    let changes: Vec<Vec<Change>> = {
        let fused = canonical.iter().flat_map(|model| &model.tensors).filter_map(fused);
        let fused: Vec<Fused<'_>> = fused.collect();
        canonical.iter().map(|own| changes(canonical, own, &fused)).collect()
    };
    for (model, changes) in canonical.iter_mut().zip(changes) {
        if changes.is_empty() {
            continue;
        }
        let (mut gone, mut tensors) = (Vec::new(), Vec::new());
        for (mut from, mut to) in changes {
            gone.append(&mut from);
            tensors.append(&mut to);
        }
        sorted::sort_by(&mut gone, Ord::cmp);
        let kept = mem::take(&mut model.tensors);
        tensors.extend(kept.into_iter().filter(|(name, _)| gone.binary_search(name).is_err()));
        model.tensors = sorted::first(tensors);
    }
}

/// A tensor of a model that has layers in one: its name, the names of the layers, and its rows.
type Fused<'a> = (&'a String, Vec<String>, u64);

fn fused<'a>((name, tensor): (&'a String, &CanonicalTensor)) -> Option<Fused<'a>> {
    FUSED.iter().find_map(|(fused, parts)| {
        let (before, after) = around(name, fused)?;
        let names = parts.iter().map(|part| [before, part, after].concat()).collect();
        Some((name, names, tensor.source.rows()))
    })
}

/// What has to change in `own`, one of the models.
fn changes(canonical: &[CanonicalModel], own: &CanonicalModel, fused: &[Fused<'_>]) -> Vec<Change> {
    let missing = fused.iter().filter(|(name, ..)| !own.tensors.contains_key(name.as_str()));
    let joined = missing.filter_map(|(name, parts, rows)| {
        let tensor = join(&own.tensors, name, parts, *rows)?;
        Some((parts.clone(), vec![((*name).clone(), tensor)]))
    });
    let has = |name: &str| canonical.iter().any(|other| other.tensors.contains_key(name));
    let cut = own.tensors.iter().filter_map(|(name, tensor)| {
        let (before, after, parts) = EXPERTS.iter().find_map(|(fused, parts)| {
            let (before, after) = around(name, fused)?;
            before.ends_with(".experts.").then_some((before, after, parts))
        })?;
        // one for all is a parameter of its own, one for each belongs to a layer
        let after = if after.is_empty() { ".weight" } else { after };
        let of_expert = |expert: u64, part: &str| format!("{before}{expert}.{part}{after}");
        let last = tensor.source.rows().checked_sub(1)?;
        if !has(&of_expert(last, parts[0])) {
            return None;
        }
        Some((vec![name.clone()], cut(tensor, parts, of_expert)?))
    });
    joined.chain(cut).collect()
}

/// What stands in front of `layer` in `name` and behind it, where it is one of its segments.
fn around<'a>(name: &'a str, layer: &str) -> Option<(&'a str, &'a str)> {
    let at = name.rfind(layer)?;
    let (before, after) = (&name[..at], &name[at + layer.len()..]);
    let is_segment = (before.is_empty() || before.ends_with('.'))
        && (after.is_empty() || after.starts_with('.'));
    is_segment.then_some((before, after))
}

/// The tensors `names` one below the other as `name`, where that gives so many `rows`.
fn join(
    tensors: &LiteMap<String, CanonicalTensor>,
    name: &str,
    names: &[String],
    rows: u64,
) -> Option<CanonicalTensor> {
    let parts: Vec<&CanonicalTensor> =
        names.iter().map(|name| tensors.get(name)).collect::<Option<_>>()?;
    let first = parts[0];
    let is_joinable = |part: &&CanonicalTensor| {
        matches!(part.source.encoding, Encoding::Plain(_))
            && part.source.encoding == first.source.encoding
            && !part.source.transposed
            && !part.source.pieces.is_empty()
            && !part.source.shape.is_empty()
            && part.source.shape[1..] == first.source.shape[1..]
    };
    let all = parts.iter().map(|part| part.source.rows()).fold(0, u64::saturating_add);
    if all != rows || !parts.iter().all(is_joinable) {
        return None;
    }
    let mut source = first.source.clone();
    source.shape[0] = rows;
    source.pieces = parts.iter().flat_map(|part| part.source.pieces.clone()).collect();
    let stored_names = parts.iter().flat_map(|part| part.stored_names.clone()).collect();
    Some(CanonicalTensor { role: classify(name, &source.shape), source, stored_names })
}

/// The matrices of each expert in a tensor of all of them.
fn cut(
    tensor: &CanonicalTensor,
    parts: &[&str],
    name: impl Fn(u64, &str) -> String,
) -> Option<Vec<(String, CanonicalTensor)>> {
    let TensorSource { shape, encoding: Encoding::Plain(_), pieces, transposed: false } =
        &tensor.source
    else {
        return None;
    };
    let ([experts, rows, cols], [piece]) = (shape.as_slice(), pieces.as_slice()) else {
        return None;
    };
    let count = parts.len() as u64;
    if !rows.is_multiple_of(count) || !tensor.source.encoding.is_readable() {
        return None;
    }
    let rows = rows / count;
    let bytes = tensor.source.encoding.row_bytes(*cols).checked_mul(rows)?;
    let mut found = Vec::new();
    for expert in 0..*experts {
        for (part, at) in parts.iter().zip(0..) {
            let start = piece.start + (expert * count + at) * bytes;
            let source = TensorSource {
                shape: vec![rows, *cols],
                pieces: vec![Piece { file: piece.file, start, rows }],
                ..tensor.source.clone()
            };
            let name = name(expert, part);
            let role = classify(&name, &source.shape);
            let stored_names = tensor.stored_names.clone();
            found.push((name, CanonicalTensor { source, role, stored_names }));
        }
    }
    Some(found)
}
