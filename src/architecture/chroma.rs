//! Chroma: Flux with a guidance layer in place of its modulation.

use super::family::Family;
use super::flux;

/// Chroma: Flux with a guidance layer in place of its modulation.
pub(super) const CHROMA: Family = Family {
    title: "Chroma",
    marks: &[&["distilled_guidance_layer."]],
    renames: &[
        flux::STREAMS,
        flux::MLPS,
        flux::SINGLE,
        "\
distilled_guidance_layer.layers.#.linear_1 distilled_guidance_layer.layers.#.in_layer
distilled_guidance_layer.layers.#.linear_2 distilled_guidance_layer.layers.#.out_layer
distilled_guidance_layer.norms.#.weight distilled_guidance_layer.norms.#.scale
",
    ],
    blocks: "\
double_blocks.# D
single_blocks.# S
distilled_guidance_layer GUIDE
final_layer OUT
img_in IN
txt_in IN
",
    position_tables: &[],
};
