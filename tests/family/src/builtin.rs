//! The recipes every family has. Amounts are chosen so that the mean column cosines come out
//! near those published for the SDXL family.

use std::collections::BTreeMap;

use safetensors::Dtype;

use crate::block::PerBlock;
use crate::edge::Edge;
use crate::recipe::Recipe;

/// A family tree: an ancestor (`root`), bases trained from it, merges, a fine-tune, a stranger.
pub const CORE: &[&str] = &[
    "root",
    "base_a",
    "base_b",
    "base_nai",
    "pony",
    "mix_5050",
    "mix_3way",
    "mix_block",
    "mix_wai",
    "mix_anti",
    "mix_pony",
    "ft_nai",
    "unrelated",
];

/// `mix_5050` in other dtypes.
pub const DTYPES: &[&str] = &["dt_f32", "dt_bf16", "dt_e4m3", "dt_e5m2", "dt_mixed"];

/// `mix_5050` with something odd about the file.
pub const EDGES: &[&str] = &[
    "edge_nan",
    "edge_inf",
    "edge_zerocol",
    "edge_tiny",
    "edge_missing",
    "edge_shape",
    "edge_ema",
    "edge_odd",
    "edge_odd2",
    "edge_reorder",
    "edge_posids",
    "edge_meta",
];

/// The built-in recipe of each name in [`CORE`], [`DTYPES`] and [`EDGES`].
pub fn recipes() -> BTreeMap<String, Recipe> {
    let even = || Recipe::new().mix("base_a", 0.5).mix("base_nai", 0.5);
    let core = [
        ("root", Recipe::new().init("R", 1.0)),
        ("base_a", Recipe::new().mix("root", 1.0).add("dA", 0.36)),
        ("base_b", Recipe::new().mix("base_a", 1.0).add("dB", 0.20)),
        ("base_nai", Recipe::new().mix("base_a", 1.0).add("dN", 0.30)),
        ("pony", Recipe::new().mix("root", 1.0).add("dP", 0.72)),
        ("mix_5050", even()),
        ("mix_3way", Recipe::new().mix("base_a", 0.2).mix("base_b", 0.5).mix("base_nai", 0.3)),
        (
            "mix_block",
            Recipe::new()
                .mix("base_a", [("IN", 0.7), ("MID", 0.2), ("OUT", 0.4), ("TE", 0.5), ("*", 0.5)])
                .mix(
                    "base_nai",
                    [("IN", 0.3), ("MID", 0.8), ("OUT", 0.6), ("TE", 0.5), ("*", 0.5)],
                ),
        ),
        ("mix_wai", Recipe::new().mix("base_a", 0.15).mix("base_nai", 0.85).add("f_wai", 0.105)),
        // the three-way merge minus half of what base_nai learned on top of base_a
        ("mix_anti", Recipe::new().mix("base_a", 0.7).mix("base_b", 0.5).mix("base_nai", -0.2)),
        ("mix_pony", Recipe::new().mix("pony", 0.6).mix("base_nai", 0.2).mix("base_a", 0.2)),
        ("ft_nai", Recipe::new().mix("base_nai", 1.0).add("f_ft", 0.08)),
        ("unrelated", Recipe::new().init("U", 1.0)),
    ];
    let dtypes = [
        ("dt_f32", even().dtype(Dtype::F32)),
        ("dt_bf16", even().dtype(Dtype::BF16)),
        ("dt_e4m3", even().dtype(Dtype::F8_E4M3)),
        ("dt_e5m2", even().dtype(Dtype::F8_E5M2)),
        (
            "dt_mixed",
            even().dtype(Dtype::F16).dtype_by_block(PerBlock::from([
                ("UNET", Dtype::F8_E4M3),
                ("TE0", Dtype::F16),
                ("TE1", Dtype::BF16),
                ("VAE", Dtype::F32),
            ])),
        ),
    ];
    let edges = [
        ("edge_nan", even().edge(Edge::Nan)),
        ("edge_inf", even().edge(Edge::Inf)),
        ("edge_zerocol", even().edge(Edge::ZeroColumn)),
        ("edge_tiny", even().edge(Edge::Tiny).dtype(Dtype::F32)),
        ("edge_missing", even().edge(Edge::Missing)),
        ("edge_shape", even().edge(Edge::Shape)),
        ("edge_ema", even().edge(Edge::Ema)),
        ("edge_odd", even().edge(Edge::Odd)),
        ("edge_odd2", Recipe::new().mix("base_a", 0.3).mix("base_nai", 0.7).edge(Edge::OddFlipped)),
        ("edge_reorder", even().edge(Edge::Reorder)),
        ("edge_posids", even().edge(Edge::FloatPositionIds)),
        ("edge_meta", with_long_metadata(even())),
    ];
    let all = core.into_iter().chain(dtypes).chain(edges);
    all.map(|(name, recipe)| (name.to_owned(), recipe)).collect()
}

fn with_long_metadata(recipe: Recipe) -> Recipe {
    let merge = r#"{"type":"webui","alpha":0.5,"models":["base_a","base_nai"]}"#;
    recipe
        .metadata("modelspec.architecture", "stable-diffusion-xl-v1-base")
        .metadata("modelspec.title", "mix 日本語 \"quoted\" \\ end")
        .metadata("sd_merge_recipe", merge)
        .metadata("thumb", &"x".repeat(20_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_name_every_recipe() {
        let mut named: Vec<&str> = [CORE, DTYPES, EDGES].concat();
        named.sort_unstable();
        assert_eq!(named, recipes().keys().collect::<Vec<_>>());
    }

    #[test]
    fn merges_add_up_to_one_in_every_block() {
        for (name, recipe) in recipes() {
            for block in ["IN00", "IN07", "MID", "OUT08", "TIME", "TE0", "VAE", "OTHER"] {
                let weights = recipe.mix.values().map(|weight| *weight.get(block).unwrap());
                let sum: f64 = weights.sum();
                assert!(recipe.mix.is_empty() || (sum - 1.0).abs() < 1e-12, "{name} {block}");
            }
        }
    }
}
