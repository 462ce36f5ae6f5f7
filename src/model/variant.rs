//! Variants: the same weights in another precision, or from another moment of the training.

/// Words in names of variants that give up precision, least precise first; a name without any is
/// taken for full precision: `ema`, `non_ema`.
const IMPRECISE: [&[&str]; 4] = [
    &["fp4", "nf4", "int4", "q4", "4bit"],
    &["fp8", "int8", "q8", "8bit", "e4m3", "e5m2"],
    &["bf16"],
    &["fp16", "f16"],
];

/// Of `variants`, the one to read: `wanted` where it is there, else the one without a name, else
/// the most precise.
pub(super) fn choose_variant<'a>(
    variants: &[Option<&'a str>],
    wanted: Option<&str>,
) -> Option<&'a str> {
    if let Some(found) = variants.iter().find(|variant| variant.is_some() && **variant == wanted) {
        return *found;
    }
    // `None` comes first of all
    let rank = |variant: Option<&'a str>| (variant.map(imprecision), variant);
    variants.iter().copied().min_by(|a, b| rank(*a).cmp(&rank(*b))).flatten()
}

fn imprecision(variant: &str) -> usize {
    let variant = variant.to_ascii_lowercase();
    let is_in = |words: &&[&str]| words.iter().any(|word| variant.contains(word));
    IMPRECISE.iter().position(is_in).map_or(0, |at| IMPRECISE.len() - at)
}

#[cfg(test)]
mod tests {
    use super::choose_variant;

    #[test]
    fn the_plain_one_or_the_most_precise_or_the_one_wanted() {
        let chosen = |variants: &[&str], wanted| {
            let variants: Vec<Option<&str>> =
                variants.iter().map(|name| Some(*name).filter(|name| !name.is_empty())).collect();
            choose_variant(&variants, wanted).map(str::to_owned)
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(chosen(&["fp16", "", "non_ema"], None), None);
        assert_eq!(chosen(&["fp16", "", "non_ema"], Some("non_ema")), some("non_ema"));
        assert_eq!(chosen(&["fp16", ""], Some("bf16")), None);
        assert_eq!(chosen(&["bf16", "fp16"], None), some("fp16"));
        assert_eq!(chosen(&["fp8_e4m3fn", "bf16"], None), some("bf16"));
        assert_eq!(chosen(&["fp16.non_ema", "non_ema", "ema", "fp16"], None), some("ema"));
        assert_eq!(chosen(&["nf4", "int8"], None), some("int8"));
        assert_eq!(chosen(&[], Some("fp16")), None);
    }
}
