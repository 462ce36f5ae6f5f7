//! `HunyuanDiT`.

use super::family::Family;

/// `HunyuanDiT`.
pub(super) const HUNYUAN_DIT: Family = Family {
    title: "HunyuanDiT",
    marks: &[
        &["text_embedding_padding", "mlp_t5."],
        &["text_embedding_padding", "time_extra_emb."],
    ],
    renames: &[],
    blocks: "\
blocks.# B
final_layer OUT
norm_out OUT
proj_out OUT
x_embedder IN
pos_embed IN
t_embedder IN
extra_embedder IN
mlp_t5 IN
pooler IN
style_embedder IN
text_embedder IN
text_embedding_padding IN
time_extra_emb IN
",
    position_tables: &[],
};
