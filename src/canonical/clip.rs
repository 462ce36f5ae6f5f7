//! Text encoders of diffusers, named after the single-file layout.

use super::name::Canonical;
use crate::architecture::CLIP_L_PREFIXES;
use crate::architecture::family::Rows;

/// Prefix of OpenCLIP bigG in an SDXL checkpoint.
pub(super) const SDXL_G: &str = "conditioner.embedders.1.model.";

/// Prefix of OpenCLIP ViT-H in an SD 2.x checkpoint.
pub(super) const SD2_H: &str = "cond_stage_model.model.";

/// Prefix of CLIP-L in an SDXL checkpoint.
pub(super) const SDXL_L: &str = CLIP_L_PREFIXES[0];

/// Prefix of CLIP-L in an SD 1.x checkpoint.
pub(super) const SD1_L: &str = CLIP_L_PREFIXES[1];

/// Whether `name` is of the part of CLIP that sees.
pub(super) fn is_vision(name: &str) -> bool {
    ["vision_model.", "visual_projection."].iter().any(|part| name.starts_with(part))
}

/// `name` with the part that transformers left out from its version 5 on.
pub(super) fn with_text_model(name: &str) -> String {
    let is_inner =
        ["embeddings.", "encoder.", "final_layer_norm."].iter().any(|part| name.starts_with(part));
    if is_inner { format!("text_model.{name}") } else { name.to_owned() }
}

/// OpenCLIP, whose attention is fused and whose projection is transposed in the single file.
pub(super) fn openclip(prefix: &str, name: &str) -> Canonical {
    let canonical = |rest: &str| Canonical::named(format!("{prefix}{rest}"));
    let Some(rest) = name.strip_prefix("text_model.") else {
        return match name {
            "text_projection.weight" => {
                Canonical { rows: Rows::Transposed, ..canonical("text_projection") }
            }
            other => canonical(other),
        };
    };
    if let Some(rest) = rest.strip_prefix("encoder.layers.")
        && let Some((layer, rest)) = rest.split_once('.')
    {
        return block(prefix, layer, rest);
    }
    match rest {
        "embeddings.token_embedding.weight" => canonical("token_embedding.weight"),
        "embeddings.position_embedding.weight" => canonical("positional_embedding"),
        "final_layer_norm.weight" => canonical("ln_final.weight"),
        "final_layer_norm.bias" => canonical("ln_final.bias"),
        other => canonical(other),
    }
}

fn block(prefix: &str, layer: &str, rest: &str) -> Canonical {
    let block = format!("{prefix}transformer.resblocks.{layer}.");
    for (part, projection) in (0..3).zip(["q_proj.", "k_proj.", "v_proj."]) {
        if let Some(end) =
            rest.strip_prefix("self_attn.").and_then(|rest| rest.strip_prefix(projection))
        {
            let name = format!("{block}attn.in_proj_{end}");
            return Canonical { name, rows: Rows::Part(part, 3) };
        }
    }
    let (layer, end) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let layer = match layer {
        "self_attn.out_proj" => "attn.out_proj",
        "layer_norm1" => "ln_1",
        "layer_norm2" => "ln_2",
        "mlp.fc1" => "mlp.c_fc",
        "mlp.fc2" => "mlp.c_proj",
        other => other,
    };
    Canonical::named(format!("{block}{layer}.{end}"))
}

/// SD 1.x checkpoints descended from the NAI leak lack `text_model.`.
pub(super) fn nai(name: &str) -> Option<String> {
    let rest = name.strip_prefix("cond_stage_model.transformer.")?;
    ["embeddings.", "encoder.", "final_layer_norm."]
        .iter()
        .any(|part| rest.starts_with(part))
        .then(|| format!("cond_stage_model.transformer.text_model.{rest}"))
}
