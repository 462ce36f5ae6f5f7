//! `HiDream`.

use super::family::Family;

/// `HiDream`.
pub(super) const HIDREAM: Family = Family {
    title: "HiDream",
    marks: &[&["caption_projection.0.linear.", "double_stream_blocks.0."]],
    renames: &[],
    blocks: "\
double_stream_blocks.# D
single_stream_blocks.# S
final_layer OUT
x_embedder IN
t_embedder IN
p_embedder IN
caption_projection IN
",
    position_tables: &[],
};
