//! Flux.1: dev, schnell, fill and what descends from them.

use super::family::Family;

/// Both streams of text and image: the same in Flux.1, Flux.2 and Chroma. Norms are called `scale` in
/// single files of most origins, and `weight` in others.
pub(super) const STREAMS: &str = "\
single_transformer_blocks.#.attn.norm_k.weight single_blocks.#.norm.key_norm.scale
single_transformer_blocks.#.attn.norm_q.weight single_blocks.#.norm.query_norm.scale
transformer_blocks.#.attn.norm_added_k.weight double_blocks.#.txt_attn.norm.key_norm.scale
transformer_blocks.#.attn.norm_added_q.weight double_blocks.#.txt_attn.norm.query_norm.scale
transformer_blocks.#.attn.norm_k.weight double_blocks.#.img_attn.norm.key_norm.scale
transformer_blocks.#.attn.norm_q.weight double_blocks.#.img_attn.norm.query_norm.scale
transformer_blocks.#.attn.add_k_proj double_blocks.#.txt_attn.qkv 1/3
transformer_blocks.#.attn.add_q_proj double_blocks.#.txt_attn.qkv 0/3
transformer_blocks.#.attn.add_v_proj double_blocks.#.txt_attn.qkv 2/3
transformer_blocks.#.attn.to_add_out double_blocks.#.txt_attn.proj
transformer_blocks.#.attn.to_out.0 double_blocks.#.img_attn.proj
transformer_blocks.#.attn.to_k double_blocks.#.img_attn.qkv 1/3
transformer_blocks.#.attn.to_q double_blocks.#.img_attn.qkv 0/3
transformer_blocks.#.attn.to_v double_blocks.#.img_attn.qkv 2/3
context_embedder txt_in
x_embedder img_in
double_blocks.#.img_attn.norm.query_norm.weight double_blocks.#.img_attn.norm.query_norm.scale
double_blocks.#.img_attn.norm.key_norm.weight double_blocks.#.img_attn.norm.key_norm.scale
double_blocks.#.txt_attn.norm.query_norm.weight double_blocks.#.txt_attn.norm.query_norm.scale
double_blocks.#.txt_attn.norm.key_norm.weight double_blocks.#.txt_attn.norm.key_norm.scale
single_blocks.#.norm.query_norm.weight single_blocks.#.norm.query_norm.scale
single_blocks.#.norm.key_norm.weight single_blocks.#.norm.key_norm.scale
proj_out final_layer.linear
";

/// Feed-forward layers of the blocks of two streams.
pub(super) const MLPS: &str = "\
transformer_blocks.#.ff_context.net.0.proj double_blocks.#.txt_mlp.0
transformer_blocks.#.ff_context.net.2 double_blocks.#.txt_mlp.2
transformer_blocks.#.ff.net.0.proj double_blocks.#.img_mlp.0
transformer_blocks.#.ff.net.2 double_blocks.#.img_mlp.2
";

/// Blocks of one stream, whose attention and feed-forward layer are one matrix.
pub(super) const SINGLE: &str = "\
single_transformer_blocks.#.attn.to_k single_blocks.#.linear1 1/4
single_transformer_blocks.#.attn.to_q single_blocks.#.linear1 0/4
single_transformer_blocks.#.attn.to_v single_blocks.#.linear1 2/4
single_transformer_blocks.#.proj_mlp single_blocks.#.linear1 3/4
single_transformer_blocks.#.proj_out single_blocks.#.linear2
";

/// Flux.1: dev, schnell, fill and what descends from them.
pub(super) const FLUX: Family = Family {
    title: "Flux.1",
    marks: &[
        &["double_blocks.0.img_attn.norm.query_norm."],
        &[
            "transformer_blocks.0.norm1.linear.",
            "single_transformer_blocks.0.proj_mlp.",
            "time_text_embed.",
        ],
    ],
    renames: &[
        STREAMS,
        MLPS,
        SINGLE,
        "\
time_text_embed.guidance_embedder.linear_1 guidance_in.in_layer
time_text_embed.guidance_embedder.linear_2 guidance_in.out_layer
time_text_embed.timestep_embedder.linear_1 time_in.in_layer
time_text_embed.timestep_embedder.linear_2 time_in.out_layer
transformer_blocks.#.norm1_context.linear double_blocks.#.txt_mod.lin
single_transformer_blocks.#.norm.linear single_blocks.#.modulation.lin
time_text_embed.text_embedder.linear_1 vector_in.in_layer
time_text_embed.text_embedder.linear_2 vector_in.out_layer
transformer_blocks.#.norm1.linear double_blocks.#.img_mod.lin
norm_out.linear final_layer.adaLN_modulation.1 swap
",
    ],
    blocks: "\
double_blocks.# D
single_blocks.# S
final_layer OUT
img_in IN
txt_in IN
time_in IN
vector_in IN
guidance_in IN
",
    position_tables: &[],
};
