//! VAEs of diffusers, named after the single-file layout.

use super::Canonical;
use crate::architecture::vae::PREFIX;

/// Resolutions of the decoder, which the single-file layout numbers from the output inwards.
const LEVELS: usize = 4;

/// The canonical place of `name`. Names that are canonical but for the prefix get only that.
pub(super) fn canonical(name: &str) -> Canonical {
    Canonical::named(format!("{PREFIX}{}", translate(name).unwrap_or_else(|| name.to_owned())))
}

fn translate(name: &str) -> Option<String> {
    let (half, rest) = name.split_once('.')?;
    if half != "encoder" && half != "decoder" {
        return None;
    }
    let (part, rest) = rest.split_once('.')?;
    match part {
        "conv_norm_out" => Some(format!("{half}.norm_out.{rest}")),
        "mid_block" => {
            let (layer, rest) = rest.split_once('.')?;
            let (index, rest) = rest.split_once('.')?;
            let index = usize::from(index.parse::<u16>().ok()?);
            match layer {
                "resnets" => Some(format!("{half}.mid.block_{}.{}", index + 1, resnet(rest))),
                "attentions" => Some(format!("{half}.mid.attn_{}.{}", index + 1, attention(rest))),
                _ => None,
            }
        }
        "down_blocks" | "up_blocks" => {
            let (level, rest) = rest.split_once('.')?;
            let level = usize::from(level.parse::<u16>().ok()?);
            let (way, level) = if part == "down_blocks" {
                ("down", level)
            } else {
                ("up", (LEVELS - 1).checked_sub(level)?)
            };
            if let Some(end) = rest.strip_prefix("resnets.") {
                let (index, rest) = end.split_once('.')?;
                return Some(format!("{half}.{way}.{level}.block.{index}.{}", resnet(rest)));
            }
            let end = rest.strip_prefix(&format!("{way}samplers.0."))?;
            Some(format!("{half}.{way}.{level}.{way}sample.{end}"))
        }
        _ => None,
    }
}

fn resnet(rest: &str) -> String {
    rest.replace("conv_shortcut.", "nin_shortcut.")
}

fn attention(rest: &str) -> String {
    let (layer, end) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let layer = match layer {
        "group_norm" => "norm",
        "to_q" | "query" => "q",
        "to_k" | "key" => "k",
        "to_v" | "value" => "v",
        "to_out.0" | "proj_attn" => "proj_out",
        other => other,
    };
    format!("{layer}.{end}")
}
