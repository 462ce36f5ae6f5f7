//! Mochi 1.

use super::family::Family;

/// Mochi 1.
pub(super) const MOCHI: Family = Family {
    title: "Mochi 1",
    marks: &[&["time_embed.pooler.to_kv."]],
    renames: &[],
    blocks: "\
transformer_blocks.# T
norm_out OUT
proj_out OUT
patch_embed IN
pos_frequencies IN
time_embed IN
",
    position_tables: &[],
};
