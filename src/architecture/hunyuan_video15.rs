//! `HunyuanVideo` 1.5.

use super::family::Family;

/// `HunyuanVideo` 1.5.
pub(super) const HUNYUAN_VIDEO15: Family = Family {
    title: "HunyuanVideo 1.5",
    marks: &[
        &["context_embedder_2.", "cond_type_embed."],
        &["txt_in.individual_token_refiner.", "byt5_in."],
    ],
    renames: &[],
    blocks: "\
transformer_blocks.# D
double_blocks.# D
single_blocks.# S
final_layer OUT
img_in IN
txt_in IN
time_in IN
byt5_in IN
vision_in IN
cond_type_embedding IN
context_embedder IN
context_embedder_2 IN
cond_type_embed IN
image_embedder IN
time_embed IN
x_embedder IN
norm_out OUT
proj_out OUT
",
    position_tables: &[],
};
