//! Which names look as if they served a quantisation, in whatever naming.

/// Endings of tensors that carry scales, tables and settings wherever they stand.
const BOOKKEEPING: [&str; 14] = [
    ".scale_weight",
    ".scale_input",
    ".weight_scale",
    ".weight_scale_inv",
    ".weight_scale_2",
    ".input_scale",
    ".absmax",
    ".quant_map",
    ".nested_absmax",
    ".nested_quant_map",
    ".comfy_quant",
    "scaled_fp8",
    ".SCB",
    ".weight_format",
];

/// Parts of names that mean a scale, a zero point, a table, a rotation or a setting, beside whole
/// numbers and beside 8-bit floats.
const STRONG: [&str; 16] = [
    "scale",
    "zero_point",
    "zeropoint",
    "qzero",
    "_zero_",
    "absmax",
    "amax",
    "quant",
    "codebook",
    "centroid",
    "rotat",
    "hadamard",
    "smooth",
    "g_idx",
    "svd",
    "smscl",
];

/// Words that mean it beside whole numbers alone: floats have neighbours of these names, too.
const WEAK: [&str; 37] = [
    "affine",
    "axis",
    "biases",
    "bits",
    "codebooks",
    "correction",
    "delta",
    "format",
    "group",
    "groups",
    "invperm",
    "levels",
    "lora",
    "lut",
    "max",
    "maxabs",
    "meta",
    "min",
    "nbits",
    "norms",
    "offset",
    "offsets",
    "perm",
    "range",
    "rot",
    "scb",
    "shape",
    "shift",
    "step",
    "su",
    "suh",
    "sv",
    "svh",
    "table",
    "tables",
    "zp",
    "zps",
];

/// Names that contain such a part and mean something else.
const INNOCENT: [&str; 3] = ["logit_scale", "scale_shift_table", "layer_scale"];

/// Last parts of names of whole numbers that count something and are no weights.
const BUFFERS: [&str; 7] = [
    "attn_mask",
    "causal_mask",
    "num_batches_tracked",
    "position_ids",
    "relative_position_index",
    "token_type_ids",
    "version",
];

/// Parts of names of whole numbers that are packed weights, whatever stands beside them.
const PACKED: [&str; 9] = [
    "packed",
    "q_weight",
    "qdata",
    "qidxs",
    "qweight",
    "trellis",
    "w_q",
    "weight_codes",
    "weight_q",
];

/// Names of modules, inside that of a weight, that hold nothing but settings.
const SETTINGS: [&str; 4] = ["meta", "params", "qstate", "state"];

/// Whether a tensor of this name serves a quantisation wherever it stands.
pub(super) fn is_bookkeeping(name: &str) -> bool {
    BOOKKEEPING.iter().any(|end| name.ends_with(end)) || name.contains(".quant_state.")
}

/// How surely the last part of a name means something that serves a quantisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    None,
    /// Beside whole numbers.
    Weak,
    /// Beside 8-bit floats, too.
    Strong,
}

/// What `leaf`, the last part of a name, looks like.
pub(super) fn likeness(leaf: &str) -> Likeness {
    let leaf = leaf.to_ascii_lowercase();
    if INNOCENT.iter().any(|name| leaf.contains(name)) || is_marker(&leaf) {
        return Likeness::None;
    }
    // what is called a zero among other things may be any number
    let is_zero = ["zero", "weight_zero", "wzero"];
    let is_zero = is_zero.iter().any(|start| leaf.trim_start_matches('_').starts_with(start));
    if (is_zero || STRONG.iter().any(|part| leaf.contains(part))) && !is_packed(&leaf) {
        return Likeness::Strong;
    }
    let mut words = leaf.split(|c: char| !c.is_ascii_alphabetic());
    if words.any(|word| WEAK.binary_search(&word).is_ok()) {
        Likeness::Weak
    } else {
        Likeness::None
    }
}

/// Whether `leaf` only marks the whole file.
fn is_marker(leaf: &str) -> bool {
    leaf == "scaled_fp8"
}

/// Whether whole numbers called `leaf` are packed weights by their name.
pub(super) fn is_packed(leaf: &str) -> bool {
    let leaf = leaf.to_ascii_lowercase();
    let is_blocks = leaf.strip_suffix("_blocks").is_some_and(|stem| !stem.is_empty());
    is_blocks || (!leaf.contains("shape") && PACKED.iter().any(|part| leaf.contains(part)))
}

/// Whether whole numbers called `leaf` are indices or the like.
pub(super) fn is_buffer(leaf: &str) -> bool {
    BUFFERS.contains(&leaf)
}

/// Whether a module called `part` inside a weight's holds settings.
pub(super) fn is_settings(part: &str) -> bool {
    SETTINGS.contains(&part) || part.contains("quant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_words_are_sorted() {
        assert!(WEAK.is_sorted());
    }

    #[test]
    fn names_of_many_writers_are_known_for_what_they_are() {
        for leaf in ["weight_scale", "SCB", "_scale", "zero_point", "qzeros", "W_scales", "wscales"]
            .into_iter()
            .chain(["g_idx", "codebook", "weight_s_rel_scale", "down_proj_scales", "biases", "zp"])
            .chain(["absmax", "quant_map", "scale2", "rotation", "comfy_quant", "suh", "SU", "lut"])
        {
            assert!(likeness(leaf) > Likeness::None, "{leaf}");
        }
        for leaf in ["weight", "bias", "logit_scale", "in_proj_weight", "W_q", "qweight", "subset"]
        {
            assert_eq!(likeness(leaf), Likeness::None, "{leaf}");
        }
        for leaf in ["W_q", "qweight", "weight_packed", "down_proj_blocks", "_weight_qdata"] {
            assert!(is_packed(leaf), "{leaf}");
        }
        for leaf in ["weight", "blocks", "weight_shape", "transformer_blocks_norm"] {
            assert!(!is_packed(leaf), "{leaf}");
        }
    }
}
