//! Cosmos 1.

use super::family::Family;

/// Cosmos 1.
pub(super) const COSMOS1: Family = Family {
    title: "Cosmos 1",
    marks: &[
        &["blocks.block0."],
        &["learnable_pos_embed.", "transformer_blocks.0.norm1.linear_1."],
    ],
    renames: &["\
transformer_blocks.#.attn1.to_out.0 blocks.block#.blocks.0.block.attn.to_out.0
transformer_blocks.#.attn2.to_out.0 blocks.block#.blocks.1.block.attn.to_out.0
transformer_blocks.#.norm1.linear_1 blocks.block#.blocks.0.adaLN_modulation.1
transformer_blocks.#.norm1.linear_2 blocks.block#.blocks.0.adaLN_modulation.2
transformer_blocks.#.norm2.linear_1 blocks.block#.blocks.1.adaLN_modulation.1
transformer_blocks.#.norm2.linear_2 blocks.block#.blocks.1.adaLN_modulation.2
transformer_blocks.#.norm3.linear_1 blocks.block#.blocks.2.adaLN_modulation.1
transformer_blocks.#.norm3.linear_2 blocks.block#.blocks.2.adaLN_modulation.2
transformer_blocks.#.ff.net.0.proj blocks.block#.blocks.2.block.layer1
transformer_blocks.#.attn1.norm_k blocks.block#.blocks.0.block.attn.to_k.1
transformer_blocks.#.attn1.norm_q blocks.block#.blocks.0.block.attn.to_q.1
transformer_blocks.#.attn2.norm_k blocks.block#.blocks.1.block.attn.to_k.1
transformer_blocks.#.attn2.norm_q blocks.block#.blocks.1.block.attn.to_q.1
transformer_blocks.#.attn1.to_k blocks.block#.blocks.0.block.attn.to_k.0
transformer_blocks.#.attn1.to_q blocks.block#.blocks.0.block.attn.to_q.0
transformer_blocks.#.attn1.to_v blocks.block#.blocks.0.block.attn.to_v.0
transformer_blocks.#.attn2.to_k blocks.block#.blocks.1.block.attn.to_k.0
transformer_blocks.#.attn2.to_q blocks.block#.blocks.1.block.attn.to_q.0
transformer_blocks.#.attn2.to_v blocks.block#.blocks.1.block.attn.to_v.0
time_embed.t_embedder.linear_1 t_embedder.1.linear_1
time_embed.t_embedder.linear_2 t_embedder.1.linear_2
learnable_pos_embed.pos_emb_h extra_pos_embedder.pos_emb_h
learnable_pos_embed.pos_emb_t extra_pos_embedder.pos_emb_t
learnable_pos_embed.pos_emb_w extra_pos_embedder.pos_emb_w
transformer_blocks.#.ff.net.2 blocks.block#.blocks.2.block.layer2
norm_out.linear_1 final_layer.adaLN_modulation.1
norm_out.linear_2 final_layer.adaLN_modulation.2
patch_embed.proj x_embedder.proj.1
time_embed.norm affline_norm
proj_out final_layer.linear
"],
    blocks: "\
blocks.block# B
final_layer OUT
x_embedder IN
t_embedder IN
affline_norm IN
extra_pos_embedder IN
pos_embedder IN
",
    position_tables: &["pos_embedder"],
};
