//! Places of single tensors of every architecture.

use super::classify;

const SHAPES: [(&str, &[u64]); 6] = [
    ("[]", &[]),
    ("[8]", &[8]),
    ("[8,8]", &[8, 8]),
    ("[8,8,8]", &[8, 8, 8]),
    ("[8,8,1,1]", &[8, 8, 1, 1]),
    ("[8,8,3,3]", &[8, 8, 3, 3]),
];

/// Asserts lines of `name shape component block kind`, each name behind `prefix`.
fn check(prefix: &str, lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, ' ').map(str::trim);
        let mut word = || words.next().unwrap_or_default();
        let (name, shape, wanted) = (format!("{prefix}{}", word()), word(), word());
        let shape = SHAPES.iter().find(|(text, _)| *text == shape).map(|(_, shape)| *shape);
        let place = classify(&name, shape.unwrap_or_else(|| panic!("{line}: no such shape")));
        let found = format!("{} {} {}", place.component, place.block, place.kind);
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn unets() {
    check(
        "model.diffusion_model.",
        "input_blocks.0.0.weight [8,8,3,3] U-Net IN00 convolution 3×3
        input_blocks.3.0.op.weight [8,8,3,3] U-Net IN03 convolution 3×3
        input_blocks.4.0.skip_connection.weight [8,8,1,1] U-Net IN04 convolution 1×1
        input_blocks.4.0.skip_connection.weight [8,8] U-Net IN04 convolution 1×1
        input_blocks.11.0.out_layers.3.bias [8] U-Net IN11 norms and biases
        input_blocks.4.1.proj_in.weight [8,8,1,1] U-Net IN04 projection
        input_blocks.4.1.proj_in.weight [8,8] U-Net IN04 projection
        input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight [8,8] U-Net IN04 self-attention
        input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight [8,8] U-Net IN04 cross-attention
        input_blocks.4.1.transformer_blocks.0.ff.net.0.proj.weight [8,8] U-Net IN04 feed-forward
        middle_block.0.emb_layers.1.weight [8,8] U-Net MID embedding
        middle_block.1.norm.weight [8] U-Net MID norms and biases
        output_blocks.2.2.conv.weight [8,8,3,3] U-Net OUT02 convolution 3×3
        time_embed.0.weight [8,8] U-Net EMB embedding
        label_emb.0.2.weight [8,8] U-Net EMB embedding
        out.0.weight [8] U-Net FINAL norms and biases
        out.2.weight [8,8,3,3] U-Net FINAL convolution 3×3",
    );
}

#[test]
fn transformers() {
    check(
        "model.diffusion_model.",
        "double_blocks.7.img_attn.qkv.weight [8,8] DiT D07 self-attention
        double_blocks.7.txt_mlp.0.weight [8,8] DiT D07 feed-forward
        double_blocks.7.img_mod.lin.weight [8,8] DiT D07 modulation
        double_blocks.7.img_attn.norm.query_norm.scale [8] DiT D07 norms and biases
        single_blocks.37.linear1.weight [8,8] DiT S37 attention + feed-forward
        single_blocks.37.modulation.lin.weight [8,8] DiT S37 modulation
        guidance_in.in_layer.weight [8,8] DiT IN embedding
        txt_in.weight [8,8] DiT IN embedding
        final_layer.linear.weight [8,8] DiT OUT projection
        final_layer.adaLN_modulation.1.weight [8,8] DiT OUT modulation
        joint_blocks.23.x_block.attn.qkv.weight [8,8] DiT J23 self-attention
        joint_blocks.3.context_block.mlp.fc1.weight [8,8] DiT J03 feed-forward
        joint_blocks.3.context_block.adaLN_modulation.1.weight [8,8] DiT J03 modulation
        t_embedder.mlp.0.weight [8,8] DiT IN embedding
        x_embedder.proj.weight [8,8,3,3] DiT IN convolution 3×3
        pos_embed [8,8] DiT IN embedding",
    );
}

#[test]
fn text_encoders() {
    check(
        "conditioner.embedders.",
        "0.transformer.text_model.embeddings.position_ids [8,8] TE-L TE-L embedding
        0.transformer.text_model.encoder.layers.3.mlp.fc1.weight [8,8] TE-L TE-L feed-forward
        1.model.transformer.resblocks.3.attn.in_proj_weight [8,8] TE-G TE-G self-attention
        1.model.transformer.resblocks.3.attn.in_proj_bias [8] TE-G TE-G norms and biases
        1.model.token_embedding.weight [8,8] TE-G TE-G embedding
        1.model.positional_embedding [8,8] TE-G TE-G embedding
        1.model.text_projection [8,8] TE-G TE-G projection
        1.model.logit_scale [] TE-G TE-G norms and biases",
    );
    check(
        "cond_stage_model.",
        "model.transformer.resblocks.3.mlp.c_fc.weight [8,8] TE-H TE-H feed-forward
        transformer.text_model.encoder.layers.3.self_attn.k_proj.weight [8,8] TE-L TE-L self-attention",
    );
    check(
        "text_encoders.",
        "clip_l.transformer.text_model.encoder.layers.0.mlp.fc2.weight [8,8] TE-L TE-L feed-forward
        clip_g.transformer.text_model.encoder.layers.0.mlp.fc2.weight [8,8] TE-G TE-G feed-forward
        t5xxl.transformer.shared.weight [8,8] TE-T5 TE-T5 embedding
        t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q.weight [8,8] TE-T5 TE-T5 self-attention
        t5xxl.transformer.encoder.block.0.layer.1.DenseReluDense.wo.weight [8,8] TE-T5 TE-T5 feed-forward",
    );
}

#[test]
fn others() {
    check(
        "",
        "first_stage_model.encoder.mid.attn_1.q.weight [8,8,1,1] VAE VAE self-attention
        first_stage_model.quant_conv.weight [8,8] VAE VAE convolution 1×1
        first_stage_model.decoder.conv_in.weight [8,8,3,3] VAE VAE convolution 3×3
        model.layers.7.self_attn.q_proj.weight [8,8] LLM L07 q_proj
        model.layers.7.self_attn.q_proj.bias [8] LLM L07 norms and biases
        model.layers.7.self_attn.qkv_proj.weight [8,8] LLM L07 self-attention
        model.layers.11.mlp.experts.7.w2.weight [8,8] LLM L11 down_proj
        model.layers.0.mlp.gate.weight [8,8] LLM L00 feed-forward
        model.embed_tokens.weight [8,8] LLM EMBED embedding
        lm_head.weight [8,8] LLM HEAD projection
        model.norm.weight [8] LLM HEAD norms and biases
        model.layers.0.mlp.experts.gate_up_proj [8,8,8] LLM L00 feed-forward
        backbone.stages.3.blocks.0.weight [8,8] other backbone.stages.3 other
        head.weight [8] other head norms and biases",
    );
    // numbers too large for a block
    let far = "model.diffusion_model.input_blocks.99999999999";
    check(far, &format!(".0.weight [8,8] other {far}.0 other"));
}
