//! Kandinsky 5.

use super::family::Family;

/// Kandinsky 5.
pub(super) const KANDINSKY5: Family = Family {
    title: "Kandinsky 5",
    marks: &[&["visual_transformer_blocks.0.", "text_transformer_blocks.0."]],
    renames: &[],
    blocks: "\
visual_transformer_blocks.# V
text_transformer_blocks.# T
out_layer OUT
pooled_text_embeddings IN
text_embeddings IN
time_embeddings IN
visual_embeddings IN
",
    position_tables: &[],
};
