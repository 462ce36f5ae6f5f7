//! What the name of a file says it is.

/// End of the name of a fingerprint's file.
pub const FINGERPRINT_SUFFIX: &str = ".kin.safetensors";

const SAFETENSORS: &str = ".safetensors";
const GGUF: &str = ".gguf";
const INDEX: &str = ".safetensors.index";
const INDEX_VARIANT: &str = ".safetensors.index.";

/// Stems that libraries write, those of diffusers first: they say nothing about the model, and
/// variants stand behind them.
pub(super) const LIBRARY_STEMS: [&str; 5] =
    ["diffusion_pytorch_model", "model", "pytorch_model", "consolidated", "adapter_model"];

/// Ends of names of weights in formats that are not read.
const OTHER_FORMATS: [&str; 11] = [
    ".bin",
    ".ckpt",
    ".pt",
    ".pth",
    ".ggml",
    ".onnx",
    ".onnx_data",
    ".msgpack",
    ".h5",
    ".tflite",
    ".npz",
];

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind<'a> {
    /// Weights, or a shard of them.
    Weights(WeightsName<'a>),
    /// An index of shards.
    Index(WeightsName<'a>),
    /// The list of a diffusers model's parts.
    PipelineIndex,
    /// A fingerprint, or an index of fingerprints.
    Fingerprint,
    /// Weights in another format.
    OtherFormat,
    /// Anything else.
    Other,
}

/// The name of a file of weights, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WeightsName<'a> {
    /// Without numbers and endings.
    pub stem: &'a str,
    /// What stands between the stem and the end: `fp16` in `model.fp16.safetensors`.
    pub variant: Option<&'a str>,
    /// Of several files, which one.
    pub shard: Option<Shard<'a>>,
}

/// One of several files of a set: its name is `prefix`, the number, `suffix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard<'a> {
    pub prefix: &'a str,
    /// The number as it is written.
    pub digits: &'a str,
    pub suffix: &'a str,
    pub number: u32,
    pub count: u32,
}

impl<'a> FileKind<'a> {
    /// Of the file called `file`, without folders. In a part of a diffusers model (`in_part`) any
    /// name may have a variant behind it, elsewhere only those that libraries write: other names
    /// have dots of their own.
    pub(super) fn of(file: &'a str, in_part: bool) -> Self {
        if file.ends_with("model_index.json") {
            Self::PipelineIndex
        } else if ends_with(file, FINGERPRINT_SUFFIX) {
            Self::Fingerprint
        } else if let Some(name) = index_name(file, in_part) {
            Self::Index(name)
        } else if let Some(name) = weights_name(file, in_part) {
            Self::Weights(name)
        } else if OTHER_FORMATS.iter().any(|end| ends_with(file, end)) {
            Self::OtherFormat
        } else {
            Self::Other
        }
    }
}

impl WeightsName<'_> {
    /// Whether a library chose the stem, so that it does not name the model.
    pub(super) fn is_library(&self) -> bool {
        is_library_stem(self.stem)
    }
}

pub(super) fn is_library_stem(stem: &str) -> bool {
    LIBRARY_STEMS.contains(&stem)
}

/// A file name without directories and without `.safetensors` or `.gguf`.
pub fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    strip_end(file, SAFETENSORS).or_else(|| strip_end(file, GGUF)).unwrap_or(file)
}

/// `STEM.safetensors.index.json`, `STEM.safetensors.index.VARIANT.json`.
fn index_name(file: &str, in_part: bool) -> Option<WeightsName<'_>> {
    let rest = strip_end(file, ".json")?;
    let (stem, end) = match strip_end(rest, INDEX) {
        Some(stem) => (stem, None),
        None => rest.split_once(INDEX_VARIANT).map(|(stem, variant)| (stem, Some(variant)))?,
    };
    let name = with_variant(stem, None, in_part);
    Some(WeightsName { variant: end.or(name.variant), ..name })
}

fn weights_name(file: &str, in_part: bool) -> Option<WeightsName<'_>> {
    if let Some(rest) = strip_end(file, GGUF) {
        let (stem, shard) = split_shard(file, rest).unzip();
        return Some(WeightsName { stem: stem.unwrap_or(rest), variant: None, shard });
    }
    let Some(rest) = strip_end(file, SAFETENSORS) else {
        // numbered behind the ending
        let (set, shard) = split_shard(file, file)?;
        return strip_end(set, SAFETENSORS).map(|stem| with_variant(stem, Some(shard), in_part));
    };
    if let Some((set, shard)) = split_shard(file, rest) {
        let stem = strip_end(set, SAFETENSORS).unwrap_or(set);
        return Some(with_variant(stem, Some(shard), in_part));
    }
    // as diffusers once named shards of variants
    if let Some((set, variant)) = rest.rsplit_once('.')
        && let Some((stem, shard)) = split_shard(file, set)
    {
        return Some(WeightsName { stem, variant: Some(variant), shard: Some(shard) });
    }
    Some(with_variant(rest, None, in_part))
}

fn with_variant<'a>(name: &'a str, shard: Option<Shard<'a>>, in_part: bool) -> WeightsName<'a> {
    match name.split_once('.') {
        Some((stem, variant)) if in_part || is_library_stem(stem) => {
            WeightsName { stem, variant: Some(variant), shard }
        }
        _ => WeightsName { stem: name, variant: None, shard },
    }
}

/// Reads `SET-1-of-3` at the start of `file`, with any number of digits.
fn split_shard<'a>(file: &'a str, rest: &'a str) -> Option<(&'a str, Shard<'a>)> {
    let (head, count) = rest.rsplit_once("-of-").or_else(|| rest.rsplit_once("_of_"))?;
    let before = head.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &head[before.len()..];
    let set = before.strip_suffix(['-', '_', '.'])?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (number, count) = (digits.parse().ok()?, count.parse().ok()?);
    let shard = Shard { prefix: before, digits, suffix: &file[head.len()..], number, count };
    (number <= count && count > 0).then_some((set, shard))
}

fn ends_with(file: &str, end: &str) -> bool {
    strip_end(file, end).is_some()
}

/// `file` without `end`, in upper or lower case.
fn strip_end<'a>(file: &'a str, end: &str) -> Option<&'a str> {
    let at = file.len().checked_sub(end.len())?;
    (file.is_char_boundary(at) && file[at..].eq_ignore_ascii_case(end)).then(|| &file[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_weights_are_taken_apart() {
        for (file, stem, variant, number) in [
            ("model.safetensors", "model", None, None),
            ("Model.SafeTensors", "Model", None, None),
            ("model.fp16.safetensors", "model", Some("fp16"), None),
            ("model.fp16.non_ema.safetensors", "model", Some("fp16.non_ema"), None),
            ("flux1.dev.safetensors", "flux1.dev", None, None),
            ("best-of.safetensors", "best-of", None, None),
            ("best-of-3.safetensors", "best-of-3", None, None),
            ("model-00004-of-00003.safetensors", "model-00004-of-00003", None, None),
            ("model-00001-of-00003.safetensors", "model", None, Some((1, 3))),
            ("model-1-of-61.safetensors", "model", None, Some((1, 61))),
            ("model-00001-of-000163.safetensors", "model", None, Some((1, 163))),
            ("qwen_2_of_3.safetensors", "qwen", None, Some((2, 3))),
            ("model.safetensors-00001-of-00002.safetensors", "model", None, Some((1, 2))),
            ("model.safetensors-00000-of-00002", "model", None, Some((0, 2))),
            ("model.bf16-00001-of-00002.safetensors", "model", Some("bf16"), Some((1, 2))),
            ("model-00001-of-00002.fp16.safetensors", "model", Some("fp16"), Some((1, 2))),
            ("qwen2.5-7b.Q4_K_M.gguf", "qwen2.5-7b.Q4_K_M", None, None),
            ("MODEL-Q8_0-00001-of-00003.GGUF", "MODEL-Q8_0", None, Some((1, 3))),
        ] {
            let FileKind::Weights(name) = FileKind::of(file, false) else { panic!("{file}") };
            let shard = name.shard.map(|shard| (shard.number, shard.count));
            assert_eq!((name.stem, name.variant, shard), (stem, variant, number), "{file}");
            if let Some(shard) = name.shard {
                assert_eq!([shard.prefix, shard.digits, shard.suffix].concat(), file);
            }
        }
        let FileKind::Weights(name) = FileKind::of("my.fp16.safetensors", true) else { panic!() };
        assert_eq!((name.stem, name.variant), ("my", Some("fp16")));
    }

    #[test]
    fn other_files_are_told_from_weights() {
        for (file, kind) in [
            ("model_index.json", FileKind::PipelineIndex),
            ("base.kin.safetensors", FileKind::Fingerprint),
            ("pytorch_model.bin", FileKind::OtherFormat),
            ("MODEL.H5", FileKind::OtherFormat),
            ("config.json", FileKind::Other),
            ("pytorch_model.bin.index.json", FileKind::Other),
            ("safetensors", FileKind::Other),
            ("notes-1-of-2", FileKind::Other),
            ("é", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(file, false), kind, "{file}");
        }
        for (file, stem, variant) in [
            ("model.safetensors.index.json", "model", None),
            ("model.safetensors.index.fp16.json", "model", Some("fp16")),
            ("model.fp16.safetensors.index.json", "model", Some("fp16")),
            ("qwen.2.safetensors.index.json", "qwen.2", None),
        ] {
            let FileKind::Index(name) = FileKind::of(file, false) else { panic!("{file}") };
            assert_eq!((name.stem, name.variant), (stem, variant), "{file}");
        }
    }
}
