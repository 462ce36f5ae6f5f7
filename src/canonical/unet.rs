//! U-Nets of diffusers, named after the single-file layout.

/// The canonical name of `name`, without the prefix of the denoiser. Input and output blocks of one
/// resolution are `blocks_per_level`: the residual blocks and a downsampler, or one residual block
/// more. `attentions` are the levels of output blocks that have any.
pub(super) fn translate(
    blocks_per_level: usize,
    attentions: &[bool],
    name: &str,
) -> Option<String> {
    let (part, rest) = name.split_once('.')?;
    match part {
        "time_embedding" => Some(format!("time_embed.{}", linear(rest)?)),
        "add_embedding" => Some(format!("label_emb.0.{}", linear(rest)?)),
        "conv_in" => Some(format!("input_blocks.0.0.{rest}")),
        "conv_norm_out" => Some(format!("out.0.{rest}")),
        "conv_out" => Some(format!("out.2.{rest}")),
        "mid_block" => {
            let (layer, index, rest) = layer(rest)?;
            match layer {
                "resnets" => Some(format!("middle_block.{}.{}", 2 * index, resnet(rest))),
                "attentions" => Some(format!("middle_block.{}.{rest}", 2 * index + 1)),
                _ => None,
            }
        }
        "down_blocks" => {
            let (level, rest) = rest.split_once('.')?;
            let level = number(level)?;
            let (layer, index, rest) = layer(rest)?;
            let block = blocks_per_level * level + index + 1;
            match layer {
                "resnets" => Some(format!("input_blocks.{block}.0.{}", resnet(rest))),
                "attentions" => Some(format!("input_blocks.{block}.1.{rest}")),
                "downsamplers" => {
                    let block = blocks_per_level * (level + 1);
                    Some(format!("input_blocks.{block}.0.op.{}", rest.strip_prefix("conv.")?))
                }
                _ => None,
            }
        }
        "up_blocks" => {
            let (level, rest) = rest.split_once('.')?;
            let level = number(level)?;
            let has_attentions = attentions.get(level).copied().unwrap_or_default();
            let (layer, index, rest) = layer(rest)?;
            let block = blocks_per_level * level + index;
            match layer {
                "resnets" => Some(format!("output_blocks.{block}.0.{}", resnet(rest))),
                "attentions" => Some(format!("output_blocks.{block}.1.{rest}")),
                "upsamplers" => {
                    let block = blocks_per_level * (level + 1) - 1;
                    let after = if has_attentions { 2 } else { 1 };
                    Some(format!("output_blocks.{block}.{after}.{rest}"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `resnets.1.conv1.weight` as its three parts.
fn layer(rest: &str) -> Option<(&str, usize, &str)> {
    let (layer, rest) = rest.split_once('.')?;
    let (index, rest) = rest.split_once('.')?;
    Some((layer, number(index)?, rest))
}

/// A number from a name, small enough to calculate with.
fn number(text: &str) -> Option<usize> {
    text.parse::<u16>().ok().map(usize::from)
}

/// `linear_1` and `linear_2` are the first and third entry of a sequence.
fn linear(rest: &str) -> Option<String> {
    let (layer, rest) = rest.split_once('.')?;
    match layer {
        "linear_1" => Some(format!("0.{rest}")),
        "linear_2" => Some(format!("2.{rest}")),
        _ => None,
    }
}

fn resnet(rest: &str) -> String {
    let (layer, end) = rest.split_once('.').unwrap_or((rest, ""));
    let layer = match layer {
        "norm1" => "in_layers.0",
        "conv1" => "in_layers.2",
        "norm2" => "out_layers.0",
        "conv2" => "out_layers.3",
        "time_emb_proj" => "emb_layers.1",
        "conv_shortcut" => "skip_connection",
        other => other,
    };
    format!("{layer}.{end}")
}
