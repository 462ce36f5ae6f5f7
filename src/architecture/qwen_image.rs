//! Qwen-Image and its Edit versions, whose names are the same in both layouts.

use super::family::Family;

/// Qwen-Image and its Edit versions, whose names are the same in both layouts.
pub(super) const QWEN_IMAGE: Family = Family {
    title: "Qwen-Image",
    marks: &[&["txt_norm.", "transformer_blocks.0.img_mod."]],
    renames: &[],
    blocks: "\
transformer_blocks.# T
norm_out OUT
proj_out OUT
img_in IN
txt_in IN
txt_norm IN
time_text_embed IN
",
    position_tables: &[],
};
