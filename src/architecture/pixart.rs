//! PixArt-α and PixArt-Σ.

use super::family::Family;

/// PixArt-α and PixArt-Σ.
pub(super) const PIXART: Family = Family {
    title: "PixArt",
    marks: &[
        &["t_block.", "y_embedder.y_proj."],
        &["adaln_single.emb.timestep_embedder.", "caption_projection.linear_1.", "pos_embed.proj."],
    ],
    renames: &["\
adaln_single.emb.timestep_embedder.linear_1 t_embedder.mlp.0
adaln_single.emb.timestep_embedder.linear_2 t_embedder.mlp.2
transformer_blocks.#.scale_shift_table blocks.#.scale_shift_table
transformer_blocks.#.attn1.to_out.0 blocks.#.attn.proj
transformer_blocks.#.attn2.to_out.0 blocks.#.cross_attn.proj
transformer_blocks.#.ff.net.0.proj blocks.#.mlp.fc1
transformer_blocks.#.attn1.to_k blocks.#.attn.qkv 1/3
transformer_blocks.#.attn1.to_q blocks.#.attn.qkv 0/3
transformer_blocks.#.attn1.to_v blocks.#.attn.qkv 2/3
transformer_blocks.#.attn2.to_k blocks.#.cross_attn.kv_linear 0/2
transformer_blocks.#.attn2.to_q blocks.#.cross_attn.q_linear
transformer_blocks.#.attn2.to_v blocks.#.cross_attn.kv_linear 1/2
transformer_blocks.#.ff.net.2 blocks.#.mlp.fc2
caption_projection.linear_1 y_embedder.y_proj.fc1
caption_projection.linear_2 y_embedder.y_proj.fc2
adaln_single.linear t_block.1
scale_shift_table final_layer.scale_shift_table
pos_embed.proj x_embedder.proj
proj_out final_layer.linear
"],
    blocks: "\
blocks.# B
final_layer OUT
x_embedder IN
t_embedder IN
t_block IN
y_embedder IN
csize_embedder IN
ar_embedder IN
pos_embed IN
",
    position_tables: &["pos_embed"],
};
