//! Flux.2: dev and Klein.

use super::family::Family;

/// Flux.2: dev and Klein.
pub(super) const FLUX2: Family = Family {
    title: "Flux.2",
    marks: &[&["double_stream_modulation_img."]],
    renames: "\
single_transformer_blocks.#.attn.to_qkv_mlp_proj single_blocks.#.linear1
single_transformer_blocks.#.attn.norm_k.weight single_blocks.#.norm.key_norm.scale
single_transformer_blocks.#.attn.norm_q.weight single_blocks.#.norm.query_norm.scale
time_guidance_embed.guidance_embedder.linear_1 guidance_in.in_layer
time_guidance_embed.guidance_embedder.linear_2 guidance_in.out_layer
time_guidance_embed.timestep_embedder.linear_1 time_in.in_layer
time_guidance_embed.timestep_embedder.linear_2 time_in.out_layer
transformer_blocks.#.attn.norm_added_k.weight double_blocks.#.txt_attn.norm.key_norm.scale
transformer_blocks.#.attn.norm_added_q.weight double_blocks.#.txt_attn.norm.query_norm.scale
transformer_blocks.#.ff_context.linear_out double_blocks.#.txt_mlp.2
transformer_blocks.#.ff_context.linear_in double_blocks.#.txt_mlp.0
single_transformer_blocks.#.attn.to_out single_blocks.#.linear2
transformer_blocks.#.attn.norm_k.weight double_blocks.#.img_attn.norm.key_norm.scale
transformer_blocks.#.attn.norm_q.weight double_blocks.#.img_attn.norm.query_norm.scale
transformer_blocks.#.attn.add_k_proj double_blocks.#.txt_attn.qkv 1/3
transformer_blocks.#.attn.add_q_proj double_blocks.#.txt_attn.qkv 0/3
transformer_blocks.#.attn.add_v_proj double_blocks.#.txt_attn.qkv 2/3
transformer_blocks.#.attn.to_add_out double_blocks.#.txt_attn.proj
double_stream_modulation_img.linear double_stream_modulation_img.lin
double_stream_modulation_txt.linear double_stream_modulation_txt.lin
transformer_blocks.#.attn.to_out.0 double_blocks.#.img_attn.proj
transformer_blocks.#.ff.linear_out double_blocks.#.img_mlp.2
transformer_blocks.#.ff.linear_in double_blocks.#.img_mlp.0
single_stream_modulation.linear single_stream_modulation.lin
transformer_blocks.#.attn.to_k double_blocks.#.img_attn.qkv 1/3
transformer_blocks.#.attn.to_q double_blocks.#.img_attn.qkv 0/3
transformer_blocks.#.attn.to_v double_blocks.#.img_attn.qkv 2/3
context_embedder txt_in
norm_out.linear final_layer.adaLN_modulation.1 swap
x_embedder img_in
proj_out final_layer.linear
double_blocks.#.img_attn.norm.query_norm.weight double_blocks.#.img_attn.norm.query_norm.scale
double_blocks.#.img_attn.norm.key_norm.weight double_blocks.#.img_attn.norm.key_norm.scale
double_blocks.#.txt_attn.norm.query_norm.weight double_blocks.#.txt_attn.norm.query_norm.scale
double_blocks.#.txt_attn.norm.key_norm.weight double_blocks.#.txt_attn.norm.key_norm.scale
single_blocks.#.norm.query_norm.weight single_blocks.#.norm.query_norm.scale
single_blocks.#.norm.key_norm.weight single_blocks.#.norm.key_norm.scale
",
    blocks: "\
double_blocks.# D
single_blocks.# S
double_stream_modulation_img MOD
double_stream_modulation_txt MOD
single_stream_modulation MOD
final_layer OUT
img_in IN
txt_in IN
time_in IN
guidance_in IN
",
    position_tables: &[],
};
