//! LTX-Video.

use super::family::Family;

/// What concerns pictures: the same with sound and without.
pub(super) const RENAMES: &str = "\
time_embed.emb.timestep_embedder.linear_1 adaln_single.emb.timestep_embedder.linear_1
time_embed.emb.timestep_embedder.linear_2 adaln_single.emb.timestep_embedder.linear_2
transformer_blocks.#.attn1.norm_k transformer_blocks.#.attn1.k_norm
transformer_blocks.#.attn1.norm_q transformer_blocks.#.attn1.q_norm
transformer_blocks.#.attn2.norm_k transformer_blocks.#.attn2.k_norm
transformer_blocks.#.attn2.norm_q transformer_blocks.#.attn2.q_norm
time_embed.linear adaln_single.linear
proj_in patchify_proj
";

/// LTX-Video.
pub(super) const LTX: Family = Family {
    title: "LTX-Video",
    marks: &[
        &["patchify_proj.", "adaln_single."],
        &[
            "proj_in.",
            "time_embed.emb.timestep_embedder.",
            "transformer_blocks.0.scale_shift_table",
        ],
    ],
    renames: &[RENAMES],
    blocks: "\
transformer_blocks.# T
proj_out OUT
scale_shift_table OUT
patchify_proj IN
caption_projection IN
adaln_single IN
",
    position_tables: &[],
};
