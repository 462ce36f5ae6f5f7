//! Copies of one adapter are known again.

use weightkin::lora::compare::{Likeness, Similarity};
use weightkin::native;

use super::support::{Entry, entry, noise, write};

const ROWS: usize = 20;
const COLS: usize = 14;
const LAYERS: [&str; 3] = ["attn1_to_q", "attn1_to_k", "ff_net_2"];

/// Names of a layer's factors: up, down and alpha.
type Names = fn(&str) -> [String; 3];

fn kohya(layer: &str) -> [String; 3] {
    let layer = format!("lora_unet_input_blocks_4_1_transformer_blocks_0_{layer}");
    [".lora_up.weight", ".lora_down.weight", ".alpha"].map(|end| format!("{layer}{end}"))
}

fn peft(layer: &str) -> [String; 3] {
    let layer = layer.replace("attn1_", "attn1.").replace("ff_net_2", "ff.net.2");
    let layer = format!("unet.down_blocks.1.attentions.0.transformer_blocks.0.{layer}");
    [".lora_B.weight", ".lora_A.weight", ".alpha"].map(|end| format!("{layer}{end}"))
}

/// An adapter whose factors of rank 4 come out of `seed`, their products multiplied by `scale`.
/// The terms of the products are `terms` of the four, the largest first.
fn adapter(seed: u64, names: Names, scale: f32, terms: &[usize]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, layer) in LAYERS.iter().enumerate() {
        // one term for each quarter of the rows and columns: orthogonal, of falling size
        let (mut up, mut down) = (vec![0.0; ROWS * terms.len()], vec![0.0; terms.len() * COLS]);
        let numbers = noise(ROWS + COLS, seed * 10 + index as u64);
        for (position, term) in terms.iter().enumerate() {
            let size = scale / (1 + term) as f32;
            for row in (0..ROWS).filter(|row| row % 4 == *term) {
                up[row * terms.len() + position] = numbers[row] * size;
            }
            for col in (0..COLS).filter(|col| col % 4 == *term) {
                down[position * COLS + col] = numbers[ROWS + col];
            }
        }
        let [up_name, down_name, alpha] = names(layer);
        entries.push(entry(&up_name, &[ROWS, terms.len()], up));
        entries.push(entry(&down_name, &[terms.len(), COLS], down));
        entries.push(entry(&alpha, &[], vec![terms.len() as f32]));
    }
    entries
}

fn compared(a: &[Entry], b: &[Entry]) -> Similarity {
    let folder = tempfile::tempdir().unwrap();
    let adapters = [("a", a), ("b", b)].map(|(name, entries)| {
        native::open_adapter(&write(folder.path(), &format!("{name}.safetensors"), entries))
            .unwrap()
    });
    native::compare_adapters(&adapters).unwrap()
}

#[test]
fn shuffled_renamed_scaled_and_resized_copies_are_the_same_adapter() {
    let original = adapter(1, kohya, 1.0, &[0, 1, 2, 3]);
    for names in [kohya as Names, peft] {
        let shuffled = compared(&original, &adapter(1, names, 1.0, &[2, 0, 3, 1]));
        assert!((shuffled.overall.cosine(0, 1).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(shuffled.likeness, [Likeness::Identical]);
        let scaled = compared(&original, &adapter(1, names, -0.5, &[0, 1, 2, 3]));
        assert!((scaled.overall.cosine(0, 1).unwrap() + 1.0).abs() < 1e-12);
        let scaled = compared(&original, &adapter(1, names, 0.5, &[0, 1, 2, 3]));
        let [Likeness::Scaled { factor }] = scaled.likeness[..] else { panic!("{scaled:?}") };
        assert!((factor - 0.5).abs() < 1e-6, "{factor}");
        for (a, b, smaller) in [
            (original.clone(), adapter(1, names, 1.0, &[0, 1]), 1),
            (adapter(1, names, 1.0, &[0, 1]), original.clone(), 0),
        ] {
            let resized = compared(&a, &b);
            let [Likeness::Resized { smaller: found, factor }] = resized.likeness[..] else {
                panic!("{resized:?}")
            };
            assert_eq!(found, smaller);
            assert!((factor - 1.0).abs() < 1e-6, "{factor}");
        }
    }
}

#[test]
fn other_adapters_and_parts_of_one_are_not() {
    let original = adapter(1, kohya, 1.0, &[0, 1, 2, 3]);
    let other = compared(&original, &adapter(2, kohya, 1.0, &[0, 1, 2, 3]));
    assert_eq!(other.likeness, [Likeness::Different]);
    // the terms that a truncation would not keep
    let rest = compared(&original, &adapter(1, kohya, 1.0, &[2, 3]));
    assert_eq!(rest.likeness, [Likeness::Different]);
    // a copy without one of the layers
    let part = compared(&original, &original[3..]);
    assert_eq!(part.likeness, [Likeness::Different]);
    assert_eq!(part.overall.modules, [3, 2]);
    let want = {
        let gram = &part.overall.gram;
        (gram[2] / gram[0]).sqrt()
    };
    assert!((part.overall.cosine(0, 1).unwrap() - want).abs() < 1e-12);
}

#[test]
fn a_fused_layer_and_its_parts_are_compared_by_their_rows() {
    let part = |row: usize| noise(6 * 2, 100 + row as u64);
    let down = noise(2 * 8, 99);
    let mut fused = vec![entry(
        "lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight",
        &[2, 8],
        down.clone(),
    )];
    let up: Vec<f32> = (0..3).flat_map(part).collect();
    fused.push(entry("lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight", &[18, 2], up));
    let mut parts = Vec::new();
    for (index, name) in ["to_q", "to_k", "to_v"].iter().enumerate() {
        let layer = format!("transformer.transformer_blocks.0.attn.{name}");
        parts.push(entry(&format!("{layer}.lora_A.weight"), &[2, 8], down.clone()));
        parts.push(entry(&format!("{layer}.lora_B.weight"), &[6, 2], part(index)));
    }
    let both = compared(&fused, &parts);
    assert_eq!(both.likeness, [Likeness::Identical]);
    assert_eq!(both.overall.modules, [1, 3]);
}
