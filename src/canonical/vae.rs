//! VAEs of diffusers, named after the single-file layout.

use crate::architecture::family::Rename;

/// Resolutions of the decoder, which the single-file layout numbers from the output inwards.
const LEVELS: usize = 4;

/// Names of the VAE of Wan and Qwen-Image, and what single files call them.
const VIDEO: &str = "\
decoder.up_blocks.#.upsamplers.0.resample.1 decoder.upsamples.<4+3>.resample.1
decoder.up_blocks.#.upsamplers.0.time_conv decoder.upsamples.<4+3>.time_conv
decoder.up_blocks.#.resnets.#.conv_shortcut decoder.upsamples.<4>.shortcut
decoder.up_blocks.#.resnets.#.norm1.gamma decoder.upsamples.<4>.residual.0.gamma
decoder.up_blocks.#.resnets.#.norm2.gamma decoder.upsamples.<4>.residual.3.gamma
decoder.up_blocks.#.resnets.#.conv1 decoder.upsamples.<4>.residual.2
decoder.up_blocks.#.resnets.#.conv2 decoder.upsamples.<4>.residual.6
decoder.mid_block.attentions.0 decoder.middle.1
decoder.mid_block.resnets.#.norm1.gamma decoder.middle.<2+0>.residual.0.gamma
decoder.mid_block.resnets.#.norm2.gamma decoder.middle.<2+0>.residual.3.gamma
decoder.mid_block.resnets.#.conv1 decoder.middle.<2+0>.residual.2
decoder.mid_block.resnets.#.conv2 decoder.middle.<2+0>.residual.6
encoder.mid_block.attentions.0 encoder.middle.1
encoder.mid_block.resnets.#.norm1.gamma encoder.middle.<2+0>.residual.0.gamma
encoder.mid_block.resnets.#.norm2.gamma encoder.middle.<2+0>.residual.3.gamma
encoder.mid_block.resnets.#.conv1 encoder.middle.<2+0>.residual.2
encoder.mid_block.resnets.#.conv2 encoder.middle.<2+0>.residual.6
encoder.down_blocks.#.conv_shortcut encoder.downsamples.#.shortcut
encoder.down_blocks.#.norm1.gamma encoder.downsamples.#.residual.0.gamma
encoder.down_blocks.#.norm2.gamma encoder.downsamples.#.residual.3.gamma
encoder.down_blocks.#.resample.1 encoder.downsamples.#.resample.1
encoder.down_blocks.#.time_conv encoder.downsamples.#.time_conv
encoder.down_blocks.#.conv1 encoder.downsamples.#.residual.2
encoder.down_blocks.#.conv2 encoder.downsamples.#.residual.6
decoder.norm_out.gamma decoder.head.0.gamma
encoder.norm_out.gamma encoder.head.0.gamma
decoder.conv_out decoder.head.2
encoder.conv_out encoder.head.2
decoder.conv_in decoder.conv1
encoder.conv_in encoder.conv1
post_quant_conv conv2
quant_conv conv1
";

/// The renames of the VAE of Wan and Qwen-Image.
pub(super) fn video_rules() -> Vec<Rename> {
    Rename::parse(VIDEO)
}

/// The canonical name of `name`, without the prefix of the VAE; `None` where it is the same.
pub(super) fn translate(name: &str) -> Option<String> {
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
