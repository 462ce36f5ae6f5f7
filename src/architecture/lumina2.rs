//! Lumina Image 2.

use super::family::Family;

/// Lumina Image 2.
pub(super) const LUMINA2: Family = Family {
    title: "Lumina Image 2",
    marks: &[&["cap_embedder.", "noise_refiner.0."], &["time_caption_embed.", "noise_refiner.0."]],
    renames: &["\
time_caption_embed.timestep_embedder.linear_1 t_embedder.mlp.0
time_caption_embed.timestep_embedder.linear_2 t_embedder.mlp.2
context_refiner.#.feed_forward.linear_1 context_refiner.#.feed_forward.w1
context_refiner.#.feed_forward.linear_2 context_refiner.#.feed_forward.w2
context_refiner.#.feed_forward.linear_3 context_refiner.#.feed_forward.w3
noise_refiner.#.feed_forward.linear_1 noise_refiner.#.feed_forward.w1
noise_refiner.#.feed_forward.linear_2 noise_refiner.#.feed_forward.w2
noise_refiner.#.feed_forward.linear_3 noise_refiner.#.feed_forward.w3
time_caption_embed.caption_embedder.# cap_embedder.#
context_refiner.#.attn.to_out.0 context_refiner.#.attention.out
layers.#.feed_forward.linear_1 layers.#.feed_forward.w1
layers.#.feed_forward.linear_2 layers.#.feed_forward.w2
layers.#.feed_forward.linear_3 layers.#.feed_forward.w3
context_refiner.#.attn.norm_k context_refiner.#.attention.k_norm
context_refiner.#.attn.norm_q context_refiner.#.attention.q_norm
noise_refiner.#.attn.to_out.0 noise_refiner.#.attention.out
noise_refiner.#.norm1.linear noise_refiner.#.adaLN_modulation.1
context_refiner.#.attn.to_k context_refiner.#.attention.qkv 1/3
context_refiner.#.attn.to_q context_refiner.#.attention.qkv 0/3
context_refiner.#.attn.to_v context_refiner.#.attention.qkv 2/3
noise_refiner.#.attn.norm_k noise_refiner.#.attention.k_norm
noise_refiner.#.attn.norm_q noise_refiner.#.attention.q_norm
noise_refiner.#.norm1.norm noise_refiner.#.attention_norm1
noise_refiner.#.attn.to_k noise_refiner.#.attention.qkv 1/3
noise_refiner.#.attn.to_q noise_refiner.#.attention.qkv 0/3
noise_refiner.#.attn.to_v noise_refiner.#.attention.qkv 2/3
context_refiner.#.norm1 context_refiner.#.attention_norm1
context_refiner.#.norm2 context_refiner.#.attention_norm2
layers.#.attn.to_out.0 layers.#.attention.out
layers.#.norm1.linear layers.#.adaLN_modulation.1
noise_refiner.#.norm2 noise_refiner.#.attention_norm2
layers.#.attn.norm_k layers.#.attention.k_norm
layers.#.attn.norm_q layers.#.attention.q_norm
layers.#.norm1.norm layers.#.attention_norm1
layers.#.attn.to_k layers.#.attention.qkv 1/3
layers.#.attn.to_q layers.#.attention.qkv 0/3
layers.#.attn.to_v layers.#.attention.qkv 2/3
norm_out.linear_1 final_layer.adaLN_modulation.1
norm_out.linear_2 final_layer.linear
layers.#.norm2 layers.#.attention_norm2
"],
    blocks: "\
layers.# L
noise_refiner.# NR
context_refiner.# CR
final_layer OUT
norm_final OUT
x_embedder IN
t_embedder IN
cap_embedder IN
",
    position_tables: &[],
};
