//! Qwen-Image 2.1.

use super::family::Family;

/// Qwen-Image 2.1.
pub(super) const QWEN_IMAGE2: Family = Family {
    title: "Qwen-Image 2.1",
    marks: &[&["txt_in.text_norm."]],
    renames: &["\
transformer_blocks.#.img_mlp.gate_layer transformer_blocks.#.img_mlp.gate_up 0/2
transformer_blocks.#.img_mlp.proj transformer_blocks.#.img_mlp.gate_up 1/2
"],
    blocks: "\
transformer_blocks.# T
norm_out OUT
proj_out OUT
modulation MOD
img_in IN
txt_in IN
time_text_embed IN
",
    position_tables: &[],
};
