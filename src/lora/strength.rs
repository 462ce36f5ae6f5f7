//! How strongly an adapter is applied, block by block.

use thiserror::Error;

use crate::architecture::{Component, TensorRole};
use crate::escape::EscapedQuoted;

/// Block of all text encoders, as merge tools call it.
const BASE: &str = "BASE";

/// Blocks of one kind, from the first to the last.
type Range = (&'static str, u8, u8);

/// Lists of weights that merge tools write: of each length the blocks that its numbers are for.
const LISTS: [(usize, &[Range]); 4] = [
    // the blocks of SDXL that have attention, and all of them
    (12, &[(BASE, 0, 0), ("IN", 4, 5), ("IN", 7, 8), ("MID", 0, 0), ("OUT", 0, 5)]),
    (20, &[(BASE, 0, 0), ("IN", 0, 8), ("MID", 0, 0), ("OUT", 0, 8)]),
    // the same of SD 1.x
    (17, &[(BASE, 0, 0), ("IN", 1, 2), ("IN", 4, 5), ("IN", 7, 8), ("MID", 0, 0), ("OUT", 3, 11)]),
    (26, &[(BASE, 0, 0), ("IN", 0, 11), ("MID", 0, 0), ("OUT", 0, 11)]),
];

/// How strongly an adapter is applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Strengths {
    /// To the denoiser, or to a model that has no text encoder of its own.
    pub main: f64,
    /// To text encoders.
    pub text_encoder: f64,
    /// What these are multiplied with, block by block.
    pub blocks: BlockWeights,
}

/// Factors for blocks; 1 for those that are not named.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlockWeights(Vec<(String, f64)>);

/// Why weights of blocks were not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BlockWeightsError {
    /// A list whose length is none of those that are known.
    #[error("a list of {0} weights: there may be 12 or 20 for SDXL, 17 or 26 for SD 1.x")]
    Length(usize),
    /// Not a number, or not a finite one.
    #[error("{}: not a number", EscapedQuoted(.0))]
    Number(String),
    /// A list without names that has a name in it, or the other way round.
    #[error("{}: either all weights have names (IN04=0.5) or none", EscapedQuoted(.0))]
    Mixed(String),
}

impl Strengths {
    /// The same strength everywhere.
    pub fn everywhere(strength: f64) -> Self {
        Self { main: strength, text_encoder: strength, blocks: BlockWeights::default() }
    }

    /// That of a tensor with this role.
    pub fn of(&self, role: &TensorRole) -> f64 {
        let is_text = is_text_encoder(role.component);
        let strength = if is_text { self.text_encoder } else { self.main };
        strength * self.blocks.of(role)
    }
}

/// Whether it is one of the text encoders of a diffusion model.
fn is_text_encoder(component: Component) -> bool {
    matches!(
        component,
        Component::TextEncoderL
            | Component::TextEncoderG
            | Component::TextEncoderH
            | Component::TextEncoderT5
            | Component::TextEncoderUmt5
    )
}

impl BlockWeights {
    /// Reads weights as users of merge tools write them: a list of 12, 17, 20 or 26 numbers between
    /// commas, in which blocks that the list has no number for count as 0; or names with numbers
    /// (`IN04=0.5,MID=0`), where a name without its digits stands for all such blocks and all others
    /// count as 1. `BASE` stands for all text encoders.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, BlockWeightsError> {
        let number = |text: &str| {
            let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| BlockWeightsError::Number(text.to_owned()))
        };
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        let is_named = items[0].contains('=');
        if let Some(other) = items.iter().find(|item| item.contains('=') != is_named) {
            return Err(BlockWeightsError::Mixed((*other).to_owned()));
        }
        if is_named {
            let pair = |item: &&str| {
                let (name, value) = item.split_once('=').unwrap_or((item, ""));
                Ok((name.trim().to_ascii_uppercase(), number(value)?))
            };
            return items.iter().map(pair).collect::<Result<_, _>>().map(Self);
        }
        let list = LISTS.iter().find(|(length, _)| *length == items.len());
        let (_, ranges) = list.ok_or(BlockWeightsError::Length(items.len()))?;
        let names = ranges.iter().flat_map(|(name, first, last)| {
            (*first..=*last).map(move |index| match *name {
                BASE | "MID" => (*name).to_owned(),
                _ => format!("{name}{index:02}"),
            })
        });
        let mut weights = Vec::new();
        for (name, item) in names.zip(&items) {
            weights.push((name, number(item)?));
        }
        weights.push(("IN".to_owned(), 0.0));
        weights.push(("OUT".to_owned(), 0.0));
        Ok(Self(weights))
    }

    /// Names of blocks and their factors.
    pub fn pairs(&self) -> &[(String, f64)] {
        &self.0
    }

    /// The factor of a tensor with this role.
    pub fn of(&self, role: &TensorRole) -> f64 {
        let letters = role.block.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_text = is_text_encoder(role.component);
        let find = |wanted: &str| self.0.iter().find(|(name, _)| name == wanted);
        let found = find(&role.block.to_ascii_uppercase())
            .or_else(|| find(&letters.to_ascii_uppercase()))
            .or_else(|| is_text.then(|| find(BASE)).flatten());
        found.map_or(1.0, |(_, weight)| *weight)
    }

    /// Names that stand for no block of `roles`.
    pub fn unknown<'a>(&'a self, roles: &[&TensorRole]) -> Vec<&'a str> {
        let blocks: Vec<String> =
            roles.iter().map(|role| role.block.to_ascii_uppercase()).collect();
        let is_known = |name: &str| {
            matches!(name, BASE | "IN" | "OUT")
                || blocks.iter().any(|block| {
                    block == name || block.trim_end_matches(|c: char| c.is_ascii_digit()) == name
                })
        };
        self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !is_known(name)).collect()
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // weights are what was written
mod tests {
    use super::*;
    use crate::architecture::classify;

    fn weight(weights: &str, name: &str) -> f64 {
        BlockWeights::parse(weights).unwrap().of(&classify(name, &[2, 2]))
    }

    #[test]
    fn lists_and_names_mean_blocks() {
        let unet = |block: &str| format!("model.diffusion_model.{block}.1.proj_in.weight");
        let all: Vec<String> = (0..20).map(|index| index.to_string()).collect();
        let all = all.join(",");
        assert_eq!(weight(&all, &unet("input_blocks.8")), 9.0);
        assert_eq!(weight(&all, &unet("middle_block")), 10.0);
        assert_eq!(weight(&all, &unet("output_blocks.8")), 19.0);
        let text = "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
        assert_eq!(weight(&all, text), 0.0);
        let few = "9,1,2,3,4,5,6,7,8,10,11,12";
        assert_eq!(weight(few, &unet("input_blocks.7")), 3.0);
        assert_eq!(weight(few, &unet("input_blocks.1")), 0.0);
        assert_eq!(weight(few, text), 9.0);
        assert_eq!(weight(few, "model.diffusion_model.time_embed.0.weight"), 1.0);
        assert_eq!(weight("in=0.5, in04=2", &unet("input_blocks.4")), 2.0);
        assert_eq!(weight("in=0.5,in04=2", &unet("input_blocks.5")), 0.5);
        assert_eq!(weight("IN=0.5", &unet("middle_block")), 1.0);
        assert_eq!(weight("TE-L=0.25,BASE=3", text), 0.25);
    }

    #[test]
    fn what_is_neither_is_refused() {
        let error = |text| BlockWeights::parse(text).unwrap_err();
        assert_eq!(error("1,2,3"), BlockWeightsError::Length(3));
        assert_eq!(error("IN04=x"), BlockWeightsError::Number("x".to_owned()));
        assert_eq!(error("IN04=inf"), BlockWeightsError::Number("inf".to_owned()));
        assert_eq!(error("IN04=1,2"), BlockWeightsError::Mixed("2".to_owned()));
        let weights = BlockWeights::parse("MID=1,NO=2,L=3").unwrap();
        let role = classify("model.layers.3.mlp.up_proj.weight", &[2, 2]);
        assert_eq!(weights.unknown(&[&role]), ["MID", "NO"]);
    }
}
