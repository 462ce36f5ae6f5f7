//! Which rows and columns are taken.

use proptest::prelude::*;
use weightkin::sample::{Density, Pick};

fn rows(pick: &Pick) -> Vec<u64> {
    pick.runs.iter().flat_map(|run| run.rows()).collect()
}

/// The rule once more, as FORMAT.md tells it.
fn by_the_document(name: &str, shape: &[u64], n: u64, p: u64) -> (Vec<u64>, Vec<u64>) {
    let golden: u64 = 0x9E37_79B9_7F4A_7C15;
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let random = |i: u64| {
        let mut x = seed.wrapping_add(i.wrapping_add(1).wrapping_mul(golden));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    let r = shape.first().copied().unwrap_or(1);
    let c: u64 = shape.iter().skip(1).product();
    if r * c <= if c == 1 { 2048 } else { 16_384 } {
        return ((0..r).collect(), (0..c).collect());
    }
    let repeated = [
        "transformer_blocks",
        "layers",
        "resblocks",
        "double_blocks",
        "single_blocks",
        "joint_blocks",
        "block",
    ];
    let is_repeated = repeated.iter().any(|part| name.contains(&format!(".{part}.")));
    let is_lone = !is_repeated && c > 1 && c <= 3072;
    let n = if is_lone { 4 * n } else { n };
    let k = (c / 512).clamp(if is_lone { 8 } else { 4 }, 32);
    let wanted = ((n * n * c / 1280) as f64).sqrt().floor() as u64;
    let wanted = wanted.max(3 * n / 4).max((32 * n).div_ceil(c)).max(1);
    let l = wanted.div_ceil(k);
    let least = r.div_ceil(k);
    let has_four_bits = |s: &u64| {
        let shift = (64 - s.leading_zeros()).saturating_sub(4);
        (s >> shift) << shift == *s
    };
    let s = (least..=2 * least).find(has_four_bits).unwrap();
    let mut rows = Vec::new();
    for i in 0..r.div_ceil(s) {
        let h = s.min(r - i * s);
        for j in 0..h.min((l * h).div_ceil(s)) {
            rows.push(i * s + (random(i) % h + j) % h);
        }
    }
    let count = (c * p).div_ceil(1024).max(p);
    if count >= c {
        return (rows, (0..c).collect());
    }
    let first = ((u128::from(c) * u128::from(golden)) >> 64) as u64;
    let divides = |d: u64, step: u64| c.is_multiple_of(d) && step.is_multiple_of(d);
    let step = (first..2 * c).find(|step| !(2..=c).any(|d| divides(d, *step))).unwrap();
    let start = random(u64::MAX) % c;
    (rows, (0..count).map(|j| (start + j * step) % c).collect())
}

proptest! {
    #[test]
    fn as_the_document_tells_it(r in 1..3000_u64, c in 1..6000_u64, n in 1..80_u32, p in 1..200_u32, repeated in any::<bool>()) {
        let density = Density { rows: n, columns: p };
        let name = format!("model{}.weight", if repeated { ".layers.3" } else { "" });
        let pick = Pick::new(&name, &[r, c], density);
        let (want_rows, want_cols) = by_the_document(&name, &[r, c], n.into(), p.into());
        prop_assert_eq!(rows(&pick), want_rows);
        prop_assert_eq!(&pick.cols, &want_cols);
        prop_assert_eq!(Pick::size(&name, &[r, c], density), (pick.rows(), pick.cols.len() as u64));
    }

    #[test]
    fn nothing_twice_and_nothing_outside(r in 1..5000_u64, c in 1..20_000_u64, n in 1..300_u32, p in 1..1024_u32) {
        let pick = Pick::new("a.weight", &[r, c], Density { rows: n, columns: p });
        for (mut taken, all) in [(rows(&pick), r), (pick.cols.clone(), c)] {
            let count = taken.len();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), count);
            prop_assert!(count > 0 && *taken.last().unwrap() < all);
        }
    }

    /// Pieces without gaps are the same rows in the same order.
    #[test]
    fn pieces_are_the_rows(r in 1..3000_u64, c in 600..3000_u64, n in 1..300_u32) {
        let pick = Pick::new("b.weight", &[r, c], Density { rows: n, columns: 48 });
        for run in &pick.runs {
            let pieces = run.pieces().into_iter().flat_map(|(first, rows)| first..first + rows);
            prop_assert!(pieces.eq(run.rows()));
        }
    }

    #[test]
    fn smaller_is_part_of_larger(r in 1..3000_u64, c in 1..6000_u64, n in 1..100_u32, more in 0..100_u32, p in 1..200_u32, wider in 0..200_u32) {
        let small = Pick::new("c.weight", &[r, c], Density { rows: n, columns: p });
        let large = Pick::new("c.weight", &[r, c], Density { rows: n + more, columns: p + wider });
        let all = rows(&large);
        prop_assert!(rows(&small).iter().all(|row| all.contains(row)));
        prop_assert!(small.cols.iter().all(|col| large.cols.contains(col)));
    }
}

#[test]
fn every_tap_of_a_convolution_is_sampled_alike() {
    let pick = Pick::new(
        "model.diffusion_model.input_blocks.1.0.in_layers.2.weight",
        &[320, 320, 3, 3],
        Density::DEFAULT,
    );
    let mut taps = [0; 9];
    for col in &pick.cols {
        taps[(col % 9) as usize] += 1;
    }
    assert!(taps.iter().max().unwrap() - taps.iter().min().unwrap() <= 1, "{taps:?}");
}

#[test]
fn tensors_under_either_name_have_the_same_rows() {
    for (a, b) in [
        ("lm_head.weight", "model.embed_tokens.weight"),
        (
            "conditioner.embedders.0.transformer.text_model.x.weight",
            "cond_stage_model.transformer.text_model.x.weight",
        ),
    ] {
        let shape = [4000, 768];
        assert_eq!(Pick::new(a, &shape, Density::DEFAULT), Pick::new(b, &shape, Density::DEFAULT));
    }
}

#[test]
fn grown_vocabularies_keep_their_rows() {
    let old = rows(&Pick::new("model.embed_tokens.weight", &[151_936, 896], Density::DEFAULT));
    let new = rows(&Pick::new("model.embed_tokens.weight", &[152_064, 896], Density::DEFAULT));
    let common = old.iter().filter(|row| new.contains(row)).count();
    assert!(common * 2 > old.len(), "{common} of {}", old.len());
}

/// The names and shapes of the document's vectors.
const VECTORS: [(&str, &[u64]); 5] = [
    ("model.diffusion_model.out.2.weight", &[4, 320, 3, 3]),
    ("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.ff.net.0.proj.bias", &[5120]),
    ("model.diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight", &[1280, 1280]),
    ("model.diffusion_model.input_blocks.1.0.in_layers.2.weight", &[320, 320, 3, 3]),
    ("lm_head.weight", &[151_936, 896]),
];

fn shortened(numbers: &[u64]) -> String {
    let text = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
    match numbers.len() {
        0..=12 => text(numbers),
        count => format!("{} … {} ({count})", text(&numbers[..8]), text(&numbers[count - 4..])),
    }
}

#[test]
fn the_document_has_the_vectors() {
    let document = include_str!("../../src/fingerprint/FORMAT.md");
    let mut missing = Vec::new();
    for (name, shape) in VECTORS {
        let pick = Pick::new(name, shape, Density::DEFAULT);
        let row = format!(
            "| `{name}` {shape:?} | {} | {} |",
            shortened(&rows(&pick)),
            shortened(&pick.cols)
        );
        if !document.contains(&row) {
            missing.push(row);
        }
    }
    assert!(missing.is_empty(), "the document lacks\n{}", missing.join("\n"));
}
