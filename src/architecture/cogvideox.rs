//! `CogVideoX`.

use super::family::Family;

/// `CogVideoX`.
pub(super) const COG_VIDEO_X: Family = Family {
    title: "CogVideoX",
    marks: &[&["patch_embed.text_proj.", "transformer_blocks.0.norm1.linear."]],
    renames: &[],
    blocks: "\
transformer_blocks.# T
norm_out OUT
norm_final OUT
proj_out OUT
patch_embed IN
time_embedding IN
ofs_embedding IN
",
    position_tables: &["patch_embed.pos_embedding"],
};
