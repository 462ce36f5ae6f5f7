//! Adapters that make no sense are refused, or what makes none is named.

use super::support::{Entry, entry, noise, open, write};
use weightkin::native;

const LAYER: &str = "lora_unet_input_blocks_4_1_proj_in";

fn factors(layer: &str, up: &[usize], down: &[usize]) -> Vec<Entry> {
    let values = |shape: &[usize]| noise(shape.iter().product(), 3);
    vec![
        entry(&format!("{layer}.lora_up.weight"), up, values(up)),
        entry(&format!("{layer}.lora_down.weight"), down, values(down)),
    ]
}

fn good() -> Vec<Entry> {
    factors("lora_unet_middle_block_1_proj_in", &[8, 2], &[2, 6])
}

/// The only thing that is not used of `entries` beside a good module, in words.
fn skipped(entries: Vec<Entry>) -> String {
    let adapter = open(&[good(), entries].concat()).unwrap();
    assert_eq!(adapter.modules.len(), 1, "{adapter:?}");
    assert!(!adapter.skipped.is_empty());
    adapter.skipped[0].why.to_string()
}

#[test]
fn what_does_not_fit_together_is_named() {
    let alpha = |value| entry(&format!("{LAYER}.alpha"), &[], vec![value]);
    let with = |more: Entry| [factors(LAYER, &[8, 2], &[2, 6]), vec![more]].concat();
    for (entries, words) in [
        (
            factors(LAYER, &[8, 3], &[2, 6]),
            "the up factor of shape [8, 3] does not fit the down factor of shape [2, 6]",
        ),
        (factors(LAYER, &[8, 2], &[2, 6])[..1].to_vec(), "the down factor is missing"),
        (factors(LAYER, &[8, 2], &[2, 6])[1..].to_vec(), "the up factor is missing"),
        (factors(LAYER, &[8, 0], &[0, 6]), "the up factor has shape [8, 0]"),
        (factors(LAYER, &[8], &[2, 4]), "the up factor has shape [8]"),
        (factors(LAYER, &[8, 2, 3], &[2, 6]), "the up factor has shape [8, 2, 3]"),
        (with(alpha(0.0)), "alpha is 0"),
        (with(alpha(f32::NAN)), "alpha is NaN"),
        (with(alpha(f32::INFINITY)), "alpha is inf"),
        (with(entry(&format!("{LAYER}.alpha"), &[2], vec![1.0; 2])), "alpha has shape [2]"),
        (with(entry(&format!("{LAYER}.lokr_w1"), &[1], vec![1.0])), "it is LoRA and LoKr at once"),
        (
            with(entry(&format!("{LAYER}.diff"), &[1], vec![1.0])),
            "it is LoRA and full difference at once",
        ),
        (
            with(entry(&format!("{LAYER}.dora_scale"), &[5], vec![1.0; 5])),
            "the magnitude of shape [5] does not fit the up factor of shape [8, 6]",
        ),
        (
            with(entry(&format!("{LAYER}.scalar"), &[], vec![2.0])),
            "it has a scalar, whose meaning here is unknown",
        ),
        (
            vec![entry(&format!("{LAYER}.oft_blocks"), &[2, 3, 4], vec![0.0; 24])],
            "oft_blocks has shape [2, 3, 4]",
        ),
        (
            vec![entry(&format!("{LAYER}.oft_blocks"), &[4, 3, 4, 4], vec![0.0; 192])],
            "oft_blocks has shape [4, 3, 4, 4]",
        ),
        (
            vec![entry(&format!("{LAYER}.dora_scale"), &[5], vec![1.0; 5])],
            "what it goes with is missing",
        ),
        (
            vec![entry("bundle_emb.word.clip_l", &[1, 4], vec![0.0; 4])],
            "a learnt word, not a change to the model",
        ),
        (vec![entry("something.weight", &[1, 4], vec![0.0; 4])], "belongs to no known form"),
    ] {
        assert_eq!(skipped(entries), words);
    }
}

#[test]
fn a_change_too_large_to_work_out_is_named() {
    let side = 1 << 10;
    let factor =
        |name: &str| entry(&format!("{LAYER}.{name}"), &[side, side], vec![0.0; side * side]);
    let words = skipped(vec![factor("lokr_w1"), factor("lokr_w2")]);
    assert!(words.starts_with("the change would have"), "{words}");
}

#[test]
fn two_names_of_one_layer_are_both_left_out() {
    let flat = factors("lora_unet_down_blocks_1_attentions_0_proj_in", &[8, 2], &[2, 6]);
    let dotted = factors("diffusion_model.input_blocks.4.1.proj_in", &[8, 2], &[2, 6]);
    let words = skipped([flat, dotted].concat());
    assert!(words.starts_with("means the same layer as"), "{words}");
}

#[test]
fn numbers_that_are_none_end_the_work_with_the_modules_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut entries = good();
    entries[0].2[3] = f32::NAN;
    let path = write(folder.path(), "nan.safetensors", &entries);
    let opened = native::open_adapter(&path).unwrap();
    let error = native::summarize_adapter(&opened).unwrap_err().to_string();
    assert_eq!(
        error,
        "nan: module \"lora_unet_middle_block_1_proj_in\": the up factor holds numbers that are not finite"
    );
}

#[test]
fn a_file_without_modules_is_no_adapter() {
    let error = open(&[entry("model.weight", &[2, 2], vec![0.0; 4])]).unwrap_err();
    assert!(error.contains("no adapter is in it"), "{error}");
}
