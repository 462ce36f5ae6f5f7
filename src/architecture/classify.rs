//! Where every tensor belongs, from its canonical name and shape.

use super::registry::FAMILIES;
use super::role::{Component, Kind, TensorRole, first_numbered, kind_by_shape};
use super::{DENOISER_PREFIX, dit, language, text_encoder, unet, vae};

/// Where the tensor `name` of `shape` belongs. Total: names without meaning are
/// [`Component::Other`], in a block up to their first number.
pub fn classify(name: &str, shape: &[u64]) -> TensorRole {
    // a second part of a kind has the name of its folder in front
    if let Some((folder, rest)) = name.split_once('/') {
        let TensorRole { component, block, kind } = classify(rest, shape);
        return TensorRole { component, block: format!("{block} ({folder})"), kind };
    }
    unet::classify(name, shape)
        .or_else(|| dit::classify(name, shape))
        .or_else(|| text_encoder::classify(name, shape))
        .or_else(|| vae::classify(name, shape))
        .or_else(|| language::classify(name, shape))
        .unwrap_or_else(|| {
            let kind = kind_by_shape(shape, Kind::Other);
            TensorRole::new(Component::Other, first_numbered(name), kind)
        })
}

/// Whether the canonical `name` is a table of positions: computed, not learnt, and the same in all
/// models.
pub fn is_position_table(name: &str) -> bool {
    name.strip_prefix(DENOISER_PREFIX)
        .is_some_and(|rest| FAMILIES.iter().any(|(_, family)| family.is_position_table(rest)))
}
