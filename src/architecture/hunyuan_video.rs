//! `HunyuanVideo`.

use super::family::Family;
use super::flux;

/// `HunyuanVideo`.
pub(super) const HUNYUAN_VIDEO: Family = Family {
    title: "HunyuanVideo",
    marks: &[&["txt_in.individual_token_refiner."], &["context_embedder.token_refiner."]],
    renames: &[flux::SINGLE, "\
context_embedder.token_refiner.refiner_blocks.#.norm_out.linear txt_in.individual_token_refiner.blocks.#.adaLN_modulation.1
context_embedder.token_refiner.refiner_blocks.#.attn.to_out.0 txt_in.individual_token_refiner.blocks.#.self_attn_proj
context_embedder.token_refiner.refiner_blocks.#.ff.net.0.proj txt_in.individual_token_refiner.blocks.#.mlp.fc1
context_embedder.time_text_embed.timestep_embedder.linear_1 txt_in.t_embedder.mlp.0
context_embedder.time_text_embed.timestep_embedder.linear_2 txt_in.t_embedder.mlp.2
context_embedder.token_refiner.refiner_blocks.#.attn.to_k txt_in.individual_token_refiner.blocks.#.self_attn_qkv 1/3
context_embedder.token_refiner.refiner_blocks.#.attn.to_q txt_in.individual_token_refiner.blocks.#.self_attn_qkv 0/3
context_embedder.token_refiner.refiner_blocks.#.attn.to_v txt_in.individual_token_refiner.blocks.#.self_attn_qkv 2/3
context_embedder.token_refiner.refiner_blocks.#.ff.net.2 txt_in.individual_token_refiner.blocks.#.mlp.fc2
context_embedder.time_text_embed.text_embedder.linear_1 txt_in.c_embedder.linear_1
context_embedder.time_text_embed.text_embedder.linear_2 txt_in.c_embedder.linear_2
context_embedder.token_refiner.refiner_blocks.#.norm1 txt_in.individual_token_refiner.blocks.#.norm1
context_embedder.token_refiner.refiner_blocks.#.norm2 txt_in.individual_token_refiner.blocks.#.norm2
time_text_embed.guidance_embedder.linear_1 guidance_in.mlp.0
time_text_embed.guidance_embedder.linear_2 guidance_in.mlp.2
time_text_embed.timestep_embedder.linear_1 time_in.mlp.0
time_text_embed.timestep_embedder.linear_2 time_in.mlp.2
transformer_blocks.#.ff_context.net.0.proj double_blocks.#.txt_mlp.fc1
transformer_blocks.#.norm1_context.linear double_blocks.#.txt_mod.linear
single_transformer_blocks.#.attn.norm_k single_blocks.#.k_norm
single_transformer_blocks.#.attn.norm_q single_blocks.#.q_norm
single_transformer_blocks.#.norm.linear single_blocks.#.modulation.linear
time_text_embed.text_embedder.linear_1 vector_in.in_layer
time_text_embed.text_embedder.linear_2 vector_in.out_layer
transformer_blocks.#.attn.norm_added_k double_blocks.#.txt_attn_k_norm
transformer_blocks.#.attn.norm_added_q double_blocks.#.txt_attn_q_norm
transformer_blocks.#.ff_context.net.2 double_blocks.#.txt_mlp.fc2
transformer_blocks.#.attn.add_k_proj double_blocks.#.txt_attn_qkv 1/3
transformer_blocks.#.attn.add_q_proj double_blocks.#.txt_attn_qkv 0/3
transformer_blocks.#.attn.add_v_proj double_blocks.#.txt_attn_qkv 2/3
transformer_blocks.#.attn.to_add_out double_blocks.#.txt_attn_proj
transformer_blocks.#.attn.to_out.0 double_blocks.#.img_attn_proj
transformer_blocks.#.ff.net.0.proj double_blocks.#.img_mlp.fc1
transformer_blocks.#.norm1.linear double_blocks.#.img_mod.linear
transformer_blocks.#.attn.norm_k double_blocks.#.img_attn_k_norm
transformer_blocks.#.attn.norm_q double_blocks.#.img_attn_q_norm
transformer_blocks.#.attn.to_k double_blocks.#.img_attn_qkv 1/3
transformer_blocks.#.attn.to_q double_blocks.#.img_attn_qkv 0/3
transformer_blocks.#.attn.to_v double_blocks.#.img_attn_qkv 2/3
transformer_blocks.#.ff.net.2 double_blocks.#.img_mlp.fc2
context_embedder.proj_in txt_in.input_embedder
norm_out.linear final_layer.adaLN_modulation.1 swap
x_embedder.proj img_in.proj
proj_out final_layer.linear
"],
    blocks: "\
double_blocks.# D
single_blocks.# S
txt_in.individual_token_refiner.blocks.# R
final_layer OUT
img_in IN
txt_in IN
time_in IN
vector_in IN
guidance_in IN
",
    position_tables: &[],
};
