//! Stable Cascade: its prior (stage C) and its decoder (stage B).

use super::family::Family;

/// Stable Cascade: its prior (stage C) and its decoder (stage B).
pub(super) const STABLE_CASCADE: Family = Family {
    title: "Stable Cascade",
    marks: &[&["clip_txt_mapper."], &["effnet_mapper."]],
    renames: &["\
down_blocks.#.#.attention.to_k.weight down_blocks.#.#.attention.attn.in_proj_weight 1/3
down_blocks.#.#.attention.to_q.weight down_blocks.#.#.attention.attn.in_proj_weight 0/3
down_blocks.#.#.attention.to_v.weight down_blocks.#.#.attention.attn.in_proj_weight 2/3
down_blocks.#.#.attention.to_k.bias down_blocks.#.#.attention.attn.in_proj_bias 1/3
down_blocks.#.#.attention.to_q.bias down_blocks.#.#.attention.attn.in_proj_bias 0/3
down_blocks.#.#.attention.to_v.bias down_blocks.#.#.attention.attn.in_proj_bias 2/3
up_blocks.#.#.attention.to_k.weight up_blocks.#.#.attention.attn.in_proj_weight 1/3
up_blocks.#.#.attention.to_q.weight up_blocks.#.#.attention.attn.in_proj_weight 0/3
up_blocks.#.#.attention.to_v.weight up_blocks.#.#.attention.attn.in_proj_weight 2/3
down_blocks.#.#.attention.to_out.0 down_blocks.#.#.attention.attn.out_proj
up_blocks.#.#.attention.to_k.bias up_blocks.#.#.attention.attn.in_proj_bias 1/3
up_blocks.#.#.attention.to_q.bias up_blocks.#.#.attention.attn.in_proj_bias 0/3
up_blocks.#.#.attention.to_v.bias up_blocks.#.#.attention.attn.in_proj_bias 2/3
up_blocks.#.#.attention.to_out.0 up_blocks.#.#.attention.attn.out_proj
"],
    blocks: "\
down_blocks.# DOWN
up_blocks.# UP
down_downscalers.# DOWN
up_upscalers.# UP
down_repeat_mappers.# DOWN
up_repeat_mappers.# UP
clf OUT
embedding IN
clip_txt_mapper IN
clip_txt_pooled_mapper IN
clip_img_mapper IN
effnet_mapper IN
pixels_mapper IN
clip_mapper IN
",
    position_tables: &[],
};
