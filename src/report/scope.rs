//! Parts of a checkpoint, each with figures of its own.

use litemap::LiteMap;
use serde::Serialize;

use super::{Adaptation, Pair, Recipe, ReportTensor, Total};
use crate::architecture::{Component, Kind, NEAR_MID};

/// What a scope is a part by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ScopeBy {
    /// Large parts: U-Net, text encoders.
    Component,
    /// Blocks under the names of merge tools.
    Block,
    /// Layers of text encoders.
    Layer,
    /// What tensors do: attention, feed-forward, convolutions.
    Kind,
    /// Other parts users ask for.
    Part,
    /// A pattern of the user's.
    Filter,
}

/// A part of the checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Scope {
    /// What it is a part by.
    pub by: ScopeBy,
    /// Its name, for instance `IN07` or `cross-attention`.
    pub name: String,
    /// Compared tensors in it.
    pub tensors: u64,
    /// Columns of them.
    pub columns: u64,
    /// All pairs, as [`super::Report::pairs`].
    pub pairs: Vec<Pair>,
    /// What each model was probably mixed from here; empty where there is nothing to mix.
    pub recipes: Vec<Recipe>,
    /// Positions of its tensors in [`super::Report::tensors`], ascending, where a pattern chose
    /// them: nobody who reads the report needs to know the pattern's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub members: Option<Vec<usize>>,
    /// What adapters explain here, as [`super::Report::adaptations`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<Adaptation>>"))]
    pub adaptations: Vec<Adaptation>,
}

/// Sums of the records of every scope of `tensors`, in the order of showing.
pub(super) fn totals(
    tensors: &[ReportTensor],
    models: usize,
) -> Vec<((ScopeBy, String), Total<'_>)> {
    let mut totals: LiteMap<(ScopeBy, Rank, String), Total<'_>> = LiteMap::new();
    for tensor in tensors {
        for (by, name) in memberships(tensor) {
            let rank = Rank::of(by, &name, tensor);
            totals.entry((by, rank, name)).or_insert_with(|| Total::zero(models)).add(tensor);
        }
    }
    totals.into_iter().map(|((by, _, name), total)| ((by, name), total)).collect()
}

/// The sum over the tensors at these positions.
pub(super) fn filtered<'a>(
    tensors: &'a [ReportTensor],
    models: usize,
    members: &[usize],
) -> Total<'a> {
    let mut total = Total::zero(models);
    for member in members {
        total.add(&tensors[*member]);
    }
    total
}

/// Every scope that a tensor belongs to.
pub(super) fn memberships(tensor: &ReportTensor) -> Vec<(ScopeBy, String)> {
    let role = &tensor.role;
    let mut scopes = vec![
        (ScopeBy::Component, role.component.to_string()),
        (ScopeBy::Block, role.block.clone()),
        (ScopeBy::Kind, role.kind.to_string()),
    ];
    if let Some(layer) = text_layer(tensor) {
        scopes.push((ScopeBy::Layer, layer));
    }
    if role.component == Component::UNet && NEAR_MID.contains(&role.block.as_str()) {
        scopes.push((ScopeBy::Part, "closer to MID".to_owned()));
    }
    let dimensions = if role.kind == Kind::OneDimensional { "1-D tensors" } else { "matrices" };
    scopes.push((ScopeBy::Part, dimensions.to_owned()));
    scopes
}

/// `TE-L 05` for the tensors of a text encoder's sixth layer.
fn text_layer(tensor: &ReportTensor) -> Option<String> {
    let is_text = matches!(
        tensor.role.component,
        Component::TextEncoderL
            | Component::TextEncoderG
            | Component::TextEncoderH
            | Component::TextEncoderT5
    );
    let layer: u32 = [".layers.", ".resblocks.", ".block."].iter().find_map(|part| {
        let (_, rest) = tensor.name.split_once(part)?;
        rest.split('.').next()?.parse().ok()
    })?;
    is_text.then(|| format!("{} {layer:02}", tensor.role.component))
}

/// Where a scope is shown among its fellows.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u8, Vec<Segment>);

/// A piece of a name: numbers sort as numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Number(u64),
    Text(String),
}

impl Rank {
    fn of(by: ScopeBy, name: &str, tensor: &ReportTensor) -> Self {
        let first = match by {
            ScopeBy::Component => tensor.role.component as u8,
            ScopeBy::Kind => tensor.role.kind as u8,
            ScopeBy::Block => block_rank(name),
            ScopeBy::Layer | ScopeBy::Part | ScopeBy::Filter => 0,
        };
        let segments = name
            .split(['.', ' '])
            .map(|text| {
                text.parse().map_or_else(|_| Segment::Text(text.to_owned()), Segment::Number)
            })
            .collect();
        Self(first, segments)
    }
}

/// Blocks in the order in which the data passes them, the parts beside the way last.
fn block_rank(name: &str) -> u8 {
    let letters = name.trim_end_matches(|end: char| end.is_ascii_digit());
    match letters {
        "EMBED" => 0,
        "IN" => 1,
        "D" | "J" | "L" => 2,
        "S" => 3,
        "MID" => 4,
        "OUT" => 5,
        "HEAD" => 6,
        "EMB" => 7,
        "FINAL" => 8,
        _ if name.starts_with("TE-") => 9,
        "VAE" => 10,
        _ => 11,
    }
}

#[cfg(test)]
mod tests {
    use super::block_rank;

    #[test]
    fn blocks_have_the_order_of_the_data() {
        let order = [
            "EMBED", "IN07", "D18", "S37", "MID", "OUT11", "HEAD", "EMB", "FINAL", "TE-L", "VAE",
            "other",
        ];
        assert!(order.map(block_rank).is_sorted_by(|before, after| before < after));
        for alike in ["D0", "J23", "L31"] {
            assert_eq!(block_rank(alike), block_rank("D"), "{alike}");
        }
    }
}
