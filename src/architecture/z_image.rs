//! Z-Image.

use super::family::Family;

/// Z-Image.
pub(super) const Z_IMAGE: Family = Family {
    title: "Z-Image",
    marks: &[&["cap_embedder.", "noise_refiner.0.", "x_pad_token"], &["all_x_embedder."]],
    renames: &["\
all_final_layer.2-1.adaLN_modulation.1 final_layer.adaLN_modulation.1
context_refiner.#.attention.to_out.0 context_refiner.#.attention.out
context_refiner.#.attention.norm_k context_refiner.#.attention.k_norm
context_refiner.#.attention.norm_q context_refiner.#.attention.q_norm
noise_refiner.#.attention.to_out.0 noise_refiner.#.attention.out
context_refiner.#.attention.to_k context_refiner.#.attention.qkv 1/3
context_refiner.#.attention.to_q context_refiner.#.attention.qkv 0/3
context_refiner.#.attention.to_v context_refiner.#.attention.qkv 2/3
noise_refiner.#.attention.norm_k noise_refiner.#.attention.k_norm
noise_refiner.#.attention.norm_q noise_refiner.#.attention.q_norm
noise_refiner.#.attention.to_k noise_refiner.#.attention.qkv 1/3
noise_refiner.#.attention.to_q noise_refiner.#.attention.qkv 0/3
noise_refiner.#.attention.to_v noise_refiner.#.attention.qkv 2/3
layers.#.attention.to_out.0 layers.#.attention.out
all_final_layer.2-1.linear final_layer.linear
layers.#.attention.norm_k layers.#.attention.k_norm
layers.#.attention.norm_q layers.#.attention.q_norm
layers.#.attention.to_k layers.#.attention.qkv 1/3
layers.#.attention.to_q layers.#.attention.qkv 0/3
layers.#.attention.to_v layers.#.attention.qkv 2/3
all_x_embedder.2-1 x_embedder
"],
    blocks: "\
layers.# L
noise_refiner.# NR
context_refiner.# CR
final_layer OUT
x_embedder IN
t_embedder IN
cap_embedder IN
x_pad_token IN
cap_pad_token IN
",
    position_tables: &[],
};
