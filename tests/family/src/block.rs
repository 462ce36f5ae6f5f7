//! Blocks: the parts of a checkpoint that merge tools weigh separately.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The block a tensor belongs to.
///
/// `IN00`…, `MID`, `OUT00`…, `TIME` (time and label embeddings) and `OUTC` (the last layer) in
/// the U-Net; `TE0`, `TE1` for text encoders; `VAE`; `L00`… for the layers of a language model;
/// `OTHER` for the rest.
pub fn block_of(tensor: &str) -> String {
    if tensor.starts_with("first_stage_model.") {
        return "VAE".into();
    }
    if ["conditioner.embedders.0.", "cond_stage_model."].iter().any(|p| tensor.starts_with(p)) {
        return "TE0".into();
    }
    if tensor.starts_with("conditioner.embedders.1.") {
        return "TE1".into();
    }
    if let Some(path) = tensor.strip_prefix("model.diffusion_model.") {
        let mut segments = path.split('.');
        let (part, number) = (segments.next(), segments.next().and_then(|n| n.parse::<u32>().ok()));
        match (part, number) {
            (Some("input_blocks"), Some(n)) => return format!("IN{n:02}"),
            (Some("output_blocks"), Some(n)) => return format!("OUT{n:02}"),
            (Some("middle_block"), _) => return "MID".into(),
            (Some("time_embed" | "label_emb"), _) => return "TIME".into(),
            (Some("out"), _) => return "OUTC".into(),
            _ => {}
        }
    }
    let layer = tensor.strip_prefix("model.layers.").and_then(|path| path.split('.').next());
    match layer.and_then(|n| n.parse::<u32>().ok()) {
        Some(n) => format!("L{n:02}"),
        None => "OTHER".into(),
    }
}

/// A value for every block: given for single blocks (`IN07`), for families of blocks (`IN`,
/// `OUT`, `TE`, `L`), for the whole `UNET`, and for all others (`*`). The most specific holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerBlock<T>(BTreeMap<String, T>);

impl<T> PerBlock<T> {
    /// The same value everywhere.
    pub fn everywhere(value: T) -> Self {
        Self(BTreeMap::from([("*".to_owned(), value)]))
    }

    /// The value for a block, as named by [`block_of`].
    pub fn get(&self, block: &str) -> Option<&T> {
        let family = block.trim_end_matches(|c: char| c.is_ascii_digit());
        let unet = matches!(family, "IN" | "MID" | "OUT" | "TIME" | "OUTC").then_some("UNET");
        [Some(block), Some(family), unet, Some("*")]
            .into_iter()
            .flatten()
            .find_map(|key| self.0.get(key))
    }
}

impl From<f64> for PerBlock<f64> {
    fn from(value: f64) -> Self {
        Self::everywhere(value)
    }
}

impl<T, const N: usize> From<[(&str, T); N]> for PerBlock<T> {
    fn from(values: [(&str, T); N]) -> Self {
        Self(values.into_iter().map(|(block, value)| (block.to_owned(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_blocks() {
        for (tensor, block) in [
            ("model.diffusion_model.input_blocks.4.1.norm.weight", "IN04"),
            ("model.diffusion_model.output_blocks.11.0.in_layers.0.bias", "OUT11"),
            ("model.diffusion_model.middle_block.1.proj_in.weight", "MID"),
            ("model.diffusion_model.label_emb.0.0.weight", "TIME"),
            ("model.diffusion_model.out.2.weight", "OUTC"),
            ("conditioner.embedders.1.model.logit_scale", "TE1"),
            ("cond_stage_model.transformer.text_model.final_layer_norm.bias", "TE0"),
            ("first_stage_model.encoder.conv_in.weight", "VAE"),
            ("model.layers.7.mlp.up_proj.weight", "L07"),
            ("model.embed_tokens.weight", "OTHER"),
        ] {
            assert_eq!(block_of(tensor), block, "{tensor}");
        }
    }

    #[test]
    fn the_most_specific_value_holds() {
        let values = PerBlock::from([("IN07", 1), ("IN", 2), ("UNET", 3), ("*", 4)]);
        let got = ["IN07", "IN08", "MID", "OUTC", "TE1"].map(|block| *values.get(block).unwrap());
        assert_eq!(got, [1, 2, 3, 3, 4]);
        assert_eq!(PerBlock::from([("IN", 1)]).get("MID"), None);
    }
}
