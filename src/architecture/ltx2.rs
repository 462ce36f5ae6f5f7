//! LTX-Video 2, with sound.

use super::family::Family;
use super::ltx;

/// LTX-Video 2, with sound.
pub(super) const LTX2: Family = Family {
    title: "LTX-Video 2",
    marks: &[&["audio_patchify_proj."], &["audio_proj_in."]],
    renames: &[ltx::RENAMES, "\
av_cross_attn_audio_scale_shift.emb.timestep_embedder.linear_1 av_ca_audio_scale_shift_adaln_single.emb.timestep_embedder.linear_1
av_cross_attn_audio_scale_shift.emb.timestep_embedder.linear_2 av_ca_audio_scale_shift_adaln_single.emb.timestep_embedder.linear_2
av_cross_attn_video_scale_shift.emb.timestep_embedder.linear_1 av_ca_video_scale_shift_adaln_single.emb.timestep_embedder.linear_1
av_cross_attn_video_scale_shift.emb.timestep_embedder.linear_2 av_ca_video_scale_shift_adaln_single.emb.timestep_embedder.linear_2
av_cross_attn_audio_v2a_gate.emb.timestep_embedder.linear_1 av_ca_v2a_gate_adaln_single.emb.timestep_embedder.linear_1
av_cross_attn_audio_v2a_gate.emb.timestep_embedder.linear_2 av_ca_v2a_gate_adaln_single.emb.timestep_embedder.linear_2
av_cross_attn_video_a2v_gate.emb.timestep_embedder.linear_1 av_ca_a2v_gate_adaln_single.emb.timestep_embedder.linear_1
av_cross_attn_video_a2v_gate.emb.timestep_embedder.linear_2 av_ca_a2v_gate_adaln_single.emb.timestep_embedder.linear_2
transformer_blocks.#.audio_a2v_cross_attn_scale_shift_table transformer_blocks.#.scale_shift_table_a2v_ca_audio
transformer_blocks.#.video_a2v_cross_attn_scale_shift_table transformer_blocks.#.scale_shift_table_a2v_ca_video
audio_time_embed.emb.timestep_embedder.linear_1 audio_adaln_single.emb.timestep_embedder.linear_1
audio_time_embed.emb.timestep_embedder.linear_2 audio_adaln_single.emb.timestep_embedder.linear_2
transformer_blocks.#.audio_to_video_attn.norm_k transformer_blocks.#.audio_to_video_attn.k_norm
transformer_blocks.#.audio_to_video_attn.norm_q transformer_blocks.#.audio_to_video_attn.q_norm
transformer_blocks.#.video_to_audio_attn.norm_k transformer_blocks.#.video_to_audio_attn.k_norm
transformer_blocks.#.video_to_audio_attn.norm_q transformer_blocks.#.video_to_audio_attn.q_norm
transformer_blocks.#.audio_attn1.norm_k transformer_blocks.#.audio_attn1.k_norm
transformer_blocks.#.audio_attn1.norm_q transformer_blocks.#.audio_attn1.q_norm
transformer_blocks.#.audio_attn2.norm_k transformer_blocks.#.audio_attn2.k_norm
transformer_blocks.#.audio_attn2.norm_q transformer_blocks.#.audio_attn2.q_norm
av_cross_attn_audio_scale_shift.linear av_ca_audio_scale_shift_adaln_single.linear
av_cross_attn_video_scale_shift.linear av_ca_video_scale_shift_adaln_single.linear
av_cross_attn_audio_v2a_gate.linear av_ca_v2a_gate_adaln_single.linear
av_cross_attn_video_a2v_gate.linear av_ca_a2v_gate_adaln_single.linear
audio_time_embed.linear audio_adaln_single.linear
audio_proj_in audio_patchify_proj
"],
    blocks: "\
transformer_blocks.# T
proj_out OUT
audio_proj_out OUT
scale_shift_table OUT
audio_scale_shift_table OUT
patchify_proj IN
audio_patchify_proj IN
caption_projection IN
audio_caption_projection IN
adaln_single IN
audio_adaln_single IN
av_ca_ IN
",
    position_tables: &[],
};
