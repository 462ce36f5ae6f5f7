//! Cosmos-Predict2.

use super::family::Family;

/// Names of diffusers, and what single files call them.
pub(super) const RENAMES: &str = "\
transformer_blocks.#.attn1.to_out.0 blocks.#.self_attn.output_proj
transformer_blocks.#.attn2.to_out.0 blocks.#.cross_attn.output_proj
transformer_blocks.#.norm1.linear_1 blocks.#.adaln_modulation_self_attn.1
transformer_blocks.#.norm1.linear_2 blocks.#.adaln_modulation_self_attn.2
transformer_blocks.#.norm2.linear_1 blocks.#.adaln_modulation_cross_attn.1
transformer_blocks.#.norm2.linear_2 blocks.#.adaln_modulation_cross_attn.2
transformer_blocks.#.norm3.linear_1 blocks.#.adaln_modulation_mlp.1
transformer_blocks.#.norm3.linear_2 blocks.#.adaln_modulation_mlp.2
transformer_blocks.#.ff.net.0.proj blocks.#.mlp.layer1
transformer_blocks.#.attn1.norm_k blocks.#.self_attn.k_norm
transformer_blocks.#.attn1.norm_q blocks.#.self_attn.q_norm
transformer_blocks.#.attn2.norm_k blocks.#.cross_attn.k_norm
transformer_blocks.#.attn2.norm_q blocks.#.cross_attn.q_norm
transformer_blocks.#.attn1.to_k blocks.#.self_attn.k_proj
transformer_blocks.#.attn1.to_q blocks.#.self_attn.q_proj
transformer_blocks.#.attn1.to_v blocks.#.self_attn.v_proj
transformer_blocks.#.attn2.to_k blocks.#.cross_attn.k_proj
transformer_blocks.#.attn2.to_q blocks.#.cross_attn.q_proj
transformer_blocks.#.attn2.to_v blocks.#.cross_attn.v_proj
time_embed.t_embedder.linear_1 t_embedder.1.linear_1
time_embed.t_embedder.linear_2 t_embedder.1.linear_2
transformer_blocks.#.ff.net.2 blocks.#.mlp.layer2
norm_out.linear_1 final_layer.adaln_modulation.1
norm_out.linear_2 final_layer.adaln_modulation.2
patch_embed.proj x_embedder.proj.1
time_embed.norm t_embedding_norm
proj_out final_layer.linear
";

/// Cosmos-Predict2.
pub(super) const COSMOS2: Family = Family {
    title: "Cosmos-Predict2",
    marks: &[
        &["blocks.0.adaln_modulation_self_attn."],
        &[
            "transformer_blocks.0.norm1.linear_1.",
            "time_embed.t_embedder.",
            "transformer_blocks.0.attn1.",
        ],
    ],
    renames: &[RENAMES],
    blocks: "\
blocks.# B
final_layer OUT
x_embedder IN
t_embedder IN
t_embedding_norm IN
pos_embedder IN
",
    position_tables: &["pos_embedder"],
};
