//! Anima: Cosmos-Predict2 with an adapter of its own for text.

use super::family::Family;

/// Anima: Cosmos-Predict2 with an adapter of its own for text.
pub(super) const ANIMA: Family = Family {
    title: "Anima",
    marks: &[&["blocks.0.adaln_modulation_self_attn.", "llm_adapter."]],
    renames: &[super::cosmos2::RENAMES],
    blocks: "\
blocks.# B
llm_adapter.blocks.# A
llm_adapter ADAPT
final_layer OUT
x_embedder IN
t_embedder IN
t_embedding_norm IN
pos_embedder IN
",
    position_tables: &["pos_embedder"],
};
