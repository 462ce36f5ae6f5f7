//! Stable Diffusion 3 and 3.5.

use super::family::Family;

/// Stable Diffusion 3 and 3.5.
pub(super) const SD3: Family = Family {
    title: "Stable Diffusion 3",
    marks: &[
        &["joint_blocks.0."],
        &["transformer_blocks.0.norm1_context.linear.", "pos_embed.pos_embed"],
        &[
            "transformer_blocks.0.norm1_context.linear.",
            "pos_embed.proj.",
            "time_text_embed.text_embedder.",
        ],
    ],
    renames: &["\
time_text_embed.timestep_embedder.linear_1 t_embedder.mlp.0
time_text_embed.timestep_embedder.linear_2 t_embedder.mlp.2
transformer_blocks.#.ff_context.net.0.proj joint_blocks.#.context_block.mlp.fc1
transformer_blocks.#.norm1_context.linear joint_blocks.#.context_block.adaLN_modulation.1 swap-last
time_text_embed.text_embedder.linear_1 y_embedder.mlp.0
time_text_embed.text_embedder.linear_2 y_embedder.mlp.2
transformer_blocks.#.attn.norm_added_k joint_blocks.#.context_block.attn.ln_k
transformer_blocks.#.attn.norm_added_q joint_blocks.#.context_block.attn.ln_q
transformer_blocks.#.ff_context.net.2 joint_blocks.#.context_block.mlp.fc2
transformer_blocks.#.attn.add_k_proj joint_blocks.#.context_block.attn.qkv 1/3
transformer_blocks.#.attn.add_q_proj joint_blocks.#.context_block.attn.qkv 0/3
transformer_blocks.#.attn.add_v_proj joint_blocks.#.context_block.attn.qkv 2/3
transformer_blocks.#.attn.to_add_out joint_blocks.#.context_block.attn.proj
transformer_blocks.#.attn2.to_out.0 joint_blocks.#.x_block.attn2.proj
transformer_blocks.#.attn.to_out.0 joint_blocks.#.x_block.attn.proj
transformer_blocks.#.ff.net.0.proj joint_blocks.#.x_block.mlp.fc1
transformer_blocks.#.attn2.norm_k joint_blocks.#.x_block.attn2.ln_k
transformer_blocks.#.attn2.norm_q joint_blocks.#.x_block.attn2.ln_q
transformer_blocks.#.norm1.linear joint_blocks.#.x_block.adaLN_modulation.1
transformer_blocks.#.attn.norm_k joint_blocks.#.x_block.attn.ln_k
transformer_blocks.#.attn.norm_q joint_blocks.#.x_block.attn.ln_q
transformer_blocks.#.attn2.to_k joint_blocks.#.x_block.attn2.qkv 1/3
transformer_blocks.#.attn2.to_q joint_blocks.#.x_block.attn2.qkv 0/3
transformer_blocks.#.attn2.to_v joint_blocks.#.x_block.attn2.qkv 2/3
transformer_blocks.#.attn.to_k joint_blocks.#.x_block.attn.qkv 1/3
transformer_blocks.#.attn.to_q joint_blocks.#.x_block.attn.qkv 0/3
transformer_blocks.#.attn.to_v joint_blocks.#.x_block.attn.qkv 2/3
transformer_blocks.#.ff.net.2 joint_blocks.#.x_block.mlp.fc2
pos_embed.pos_embed pos_embed
norm_out.linear final_layer.adaLN_modulation.1 swap
pos_embed.proj x_embedder.proj
proj_out final_layer.linear
"],
    blocks: "\
joint_blocks.# J
final_layer OUT
x_embedder IN
context_embedder IN
t_embedder IN
y_embedder IN
pos_embed IN
",
    position_tables: &["pos_embed"],
};
