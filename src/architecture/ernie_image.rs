//! Ernie-Image, whose names are the same in both layouts.

use super::family::Family;

/// Ernie-Image, whose names are the same in both layouts.
pub(super) const ERNIE_IMAGE: Family = Family {
    title: "Ernie-Image",
    marks: &[&["layers.0.mlp.linear_fc2.", "text_proj."]],
    renames: &[],
    blocks: "\
layers.# L
final_linear OUT
final_norm OUT
adaLN_modulation MOD
text_proj IN
time_embedding IN
x_embedder IN
",
    position_tables: &[],
};
