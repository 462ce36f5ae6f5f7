//! Flux.2: dev and Klein.

use super::family::Family;
use super::flux;

/// Flux.2: dev and Klein.
pub(super) const FLUX2: Family = Family {
    title: "Flux.2",
    marks: &[&["double_stream_modulation_img."]],
    renames: &[
        flux::STREAMS,
        "\
single_transformer_blocks.#.attn.to_qkv_mlp_proj single_blocks.#.linear1
time_guidance_embed.guidance_embedder.linear_1 guidance_in.in_layer
time_guidance_embed.guidance_embedder.linear_2 guidance_in.out_layer
time_guidance_embed.timestep_embedder.linear_1 time_in.in_layer
time_guidance_embed.timestep_embedder.linear_2 time_in.out_layer
transformer_blocks.#.ff_context.linear_out double_blocks.#.txt_mlp.2
transformer_blocks.#.ff_context.linear_in double_blocks.#.txt_mlp.0
single_transformer_blocks.#.attn.to_out single_blocks.#.linear2
double_stream_modulation_img.linear double_stream_modulation_img.lin
double_stream_modulation_txt.linear double_stream_modulation_txt.lin
transformer_blocks.#.ff.linear_out double_blocks.#.img_mlp.2
transformer_blocks.#.ff.linear_in double_blocks.#.img_mlp.0
single_stream_modulation.linear single_stream_modulation.lin
norm_out.linear final_layer.adaLN_modulation.1 swap
",
    ],
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
