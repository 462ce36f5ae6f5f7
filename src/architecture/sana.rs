//! Sana.

use super::family::Family;

/// Sana.
pub(super) const SANA: Family = Family {
    title: "Sana",
    marks: &[&["caption_norm.", "transformer_blocks.0.ff.conv_depth."]],
    renames: &[],
    blocks: "\
transformer_blocks.# T
scale_shift_table OUT
proj_out OUT
caption_norm IN
caption_projection IN
patch_embed IN
time_embed IN
",
    position_tables: &[],
};
