//! Ideogram 4.

use super::family::Family;

/// Ideogram 4.
pub(super) const IDEOGRAM4: Family = Family {
    title: "Ideogram 4",
    marks: &[&["llm_cond_proj.", "layers.0.attention."]],
    renames: &[],
    blocks: "\
layers.# L
final_layer OUT
adaln_proj MOD
embed_image_indicator IN
input_proj IN
llm_cond_norm IN
llm_cond_proj IN
t_embedding IN
",
    position_tables: &[],
};
