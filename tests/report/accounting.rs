//! Every parameter accounted for, no verdict on a sliver, and the same weights called the same.

use proptest::prelude::*;
use weightkin::dtype::Dtype;
use weightkin::report::{Report, Verdict, Withheld};

use crate::{Tensors, compare};

/// Values that look random and are no zeros.
fn values(seed: u64, count: usize) -> Vec<f32> {
    let value = |at: u64| {
        let mixed = (seed ^ at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> 40) as f32 + 1.0) / (1_u64 << 25) as f32
    };
    (0..count as u64).map(value).collect()
}

/// Tensors of one model: name, format and shape, by chance.
fn model() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0..NAMES.len(), 0..4_usize, 0..SHAPES.len()), 0..8)
}

const NAMES: [&str; 10] = [
    "w.weight",
    "w.bias",
    "first_stage_model.w",
    "model_ema.w",
    "packed.weight",
    "packed.weight.absmax",
    "packed.weight_scale",
    "layers.0.qweight",
    "layers.0.scales",
    "ids",
];
const SHAPES: [&[u64]; 5] = [&[4, 3], &[6], &[0, 5], &[2, 3, 1], &[]];

proptest! {
    /// Whatever the files hold, what was compared and what was left out are all of it.
    #[test]
    fn compared_and_left_out_are_everything(a in model(), b in model()) {
        let dtypes = [Dtype::F16, Dtype::F32, Dtype::U8, Dtype::I64];
        let numbers = values(1, 12);
        let tensors = |list: &[(usize, usize, usize)]| {
            let mut tensors: Vec<(&str, Dtype, &[u64], &[f32])> =
                vec![("common", Dtype::F32, &[4, 3], &numbers)];
            for (name, dtype, shape) in list {
                let count = SHAPES[*shape].iter().product::<u64>() as usize;
                if tensors.iter().all(|(other, ..)| *other != NAMES[*name]) {
                    tensors.push((NAMES[*name], dtypes[*dtype], SHAPES[*shape], &numbers[..count]));
                }
            }
            tensors
        };
        let (a, b) = (tensors(&a), tensors(&b));
        let report = compare(&[("a", &a), ("b", &b)]);
        for (model, stored) in report.models.iter().zip([&a, &b]) {
            let account = model.account.as_ref().unwrap();
            let left_out: u64 = account.left_out.iter().map(|one| one.parameters).sum();
            prop_assert_eq!(account.compared + left_out, model.parameters, "{:?}", account);
            // and every tensor is in one of the lists
            for (name, ..) in stored {
                let is_compared = report.tensors.iter().any(|tensor| tensor.name == *name);
                let is_left_out = report.compared.left_out.iter().any(|one| one.name == *name);
                prop_assert!(is_compared != is_left_out, "{name}");
            }
        }
        prop_assert_eq!(&Report::from_json(&report.to_json()).unwrap(), &report);
    }
}

/// The tensors of a model of one matrix of `rows` rows, and another that only it has.
fn with_own<'a>(
    own: &'static str,
    numbers: &'a [f32],
    rows: &'static [u64; 2],
) -> [(&'static str, Dtype, &'static [u64], &'a [f32]); 2] {
    let count = (rows[0] * rows[1]) as usize;
    [("common", Dtype::F32, rows, &numbers[..count]), (own, Dtype::F32, &[8, 8], &numbers[..64])]
}

#[test]
fn no_verdict_stands_on_a_sliver() {
    let numbers = values(3, 128);
    for (rows, share) in [(&[7, 9], 63.0 / 127.0), (&[8, 8], 0.5)] {
        let a = with_own("only.a", &numbers, rows);
        let b = with_own("only.b", &numbers, rows);
        let report = compare(&[("a", &a), ("b", &b)]);
        assert_eq!(report.models[0].share, Some(share));
        let pair = &report.pairs[0];
        let told = [report.to_plain_text(0), report.to_markdown()];
        if share < 0.5 {
            assert_eq!((pair.verdict, pair.withheld), (None, Some(Withheld::Share)));
            assert!(report.scopes.iter().all(|scope| scope.pairs[0].verdict.is_none()));
            let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.model, &*gap.reason)).collect();
            assert_eq!(gaps, [(0, "missing"), (1, "missing")]);
            for text in told {
                assert!(
                    text.contains("49.6 % of a, 49.6 % of b") || text.contains("50 % of a"),
                    "{text}"
                );
                assert!(text.contains("names that are not in every model"), "{text}");
            }
        } else {
            assert_eq!((pair.verdict, pair.withheld), (Some(Verdict::Identical), None));
            assert!(report.gaps.is_empty());
        }
        assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
    }
}

#[test]
fn no_recipe_stands_on_a_sliver() {
    let (numbers, others) = (values(3, 128), values(6, 128));
    for (rows, is_enough) in [(&[7, 9], false), (&[8, 8], true)] {
        let a = with_own("only.a", &numbers, rows);
        let b = with_own("only.b", &others, rows);
        let report = compare(&[("a", &a), ("b", &b)]);
        assert_eq!(report.recipes.len(), if is_enough { 2 } else { 0 });
        let recipes = report.scopes.iter().map(|scope| scope.recipes.len());
        assert!(recipes.into_iter().all(|recipes| (recipes == 2) == is_enough));
    }
}

#[test]
fn what_is_left_out_by_choice_does_not_count() {
    let numbers = values(4, 64);
    let vae = ("first_stage_model.w", Dtype::F32, &[8, 8][..], &numbers[..]);
    let ema = ("model_ema.w", Dtype::F32, &[8, 8][..], &numbers[..]);
    let common = ("w", Dtype::F32, &[2, 2][..], &numbers[..4]);
    let report = compare(&[("a", &[common, vae, ema]), ("b", &[common])]);
    assert_eq!(report.models[0].share, Some(1.0));
    assert_eq!(report.pairs[0].verdict, Some(Verdict::Identical));
}

/// A packed number is several weights: a model whose matrices are packed is hardly compared at
/// all, however few numbers they are stored in.
#[test]
fn packed_numbers_are_more_than_one() {
    let numbers = values(5, 96);
    let packed: &[f32] = &[1.0; 8];
    let a = [
        ("w", Dtype::F32, &[8, 4][..], &numbers[..32]),
        ("l.weight", Dtype::F32, &[8, 8], &numbers[..64]),
    ];
    let b = [
        ("w", Dtype::F32, &[8, 4][..], &numbers[..32]),
        ("l.qweight", Dtype::I32, &[1, 8], packed),
        ("l.qzeros", Dtype::I32, &[1, 1], &packed[..1]),
        ("l.scales", Dtype::F32, &[1, 8], &numbers[..8]),
    ];
    let report = compare(&[("a", &a), ("b", &b)]);
    for model in &report.models {
        assert!(model.share.unwrap() < 0.5, "{:?}", model.account);
    }
    assert_eq!(report.pairs[0].verdict, None);
}

/// Matrices of integers and what stands beside them where they are packed, in several namings.
const PACKED: [(&str, Dtype, &[&str]); 7] = [
    ("own.qweight", Dtype::I32, &["own.qzeros", "own.scales"]),
    ("own.weight", Dtype::U8, &["own.weight.absmax", "own.weight.quant_map"]),
    ("own.weight", Dtype::I8, &["own.weight_scale", "own.weight_zero_point"]),
    ("own.weight_packed", Dtype::I32, &["own.weight_scale"]),
    ("own_blocks", Dtype::U8, &["own_scales"]),
    ("own.weight", Dtype::U8, &["own.codebook"]),
    ("own.weight", Dtype::I8, &["own.scale", "own.zero_point", "own.svd_up"]),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Packed integers never enter a figure as they are stored: with some of any form in both
    /// models, of the same values or of others, every figure is what it was without.
    #[test]
    fn packed_integers_change_no_figure(
        form in 0..PACKED.len(),
        seed: u64,
        is_same: bool,
        tops in prop::array::uniform2(0..2_usize),
    ) {
        let (packed, dtype, companions) = PACKED[form];
        let numbers = [values(seed, 24), values(!seed, 24)];
        let codes = [values(seed, 24), values(seed.wrapping_add(u64::from(!is_same)), 24)]
            .map(|values| values.iter().map(|x| (x * 200.0).trunc()).collect::<Vec<f32>>());
        let plain = |model: usize| {
            vec![
                ("w.weight", Dtype::F32, &[6, 4][..], &numbers[model][..]),
                ("w.bias", Dtype::F16, &[6][..], &numbers[tops[model]][..6]),
            ]
        };
        let with_packed = |model: usize| {
            let mut tensors = plain(model);
            tensors.push((packed, dtype, &[6, 4], &codes[model]));
            for &companion in companions {
                tensors.push((companion, Dtype::F32, &[6, 1], &numbers[0][..6]));
            }
            tensors
        };
        let without = compare(&[("a", &plain(0)), ("b", &plain(1))]);
        let report = compare(&[("a", &with_packed(0)), ("b", &with_packed(1))]);
        prop_assert_eq!(&report.pairs[0].figures, &without.pairs[0].figures);
        prop_assert_eq!(&report.tensors, &without.tensors);
        for name in std::iter::once(&packed).chain(companions) {
            let left_out = report.compared.left_out.iter().find(|one| one.name == *name);
            prop_assert!(left_out.is_some(), "{} of {:?}", name, report.compared.left_out);
        }
    }
}

/// Zeros, NaN, infinities, empty tensors, other formats: the same values are the same weights.
#[test]
fn identical_is_identical() {
    let odd = [f32::NAN, f32::INFINITY, 0.0, -0.0, f32::NEG_INFINITY, 1e-40, 1.5, -2.0];
    let zeros = [0.0; 8];
    let empty: &[f32] = &[];
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
        let a: Tensors<'_> = &[
            ("odd", dtype, &[4, 2], &odd),
            ("vector", dtype, &[8], &odd),
            ("zeros", dtype, &[2, 4], &zeros),
            ("empty", dtype, &[0, 3], empty),
            ("columns", dtype, &[3, 0], empty),
        ];
        let report = compare(&[("a", a), ("b", a)]);
        let pair = &report.pairs[0];
        assert_eq!(pair.verdict, Some(Verdict::Identical), "{dtype}");
        // the empty ones count nowhere
        assert_eq!((report.compared.tensors, report.compared.columns), (3, 2 + 1 + 4));
        assert_eq!(pair.identical_tensors, 3);
        assert_eq!(pair.figures.zero_columns.both, 4);
        // one number behind the NaN of its column
        let mut other = odd;
        other[6] = 1.25;
        let b: Tensors<'_> = &[
            ("odd", dtype, &[4, 2], &other),
            ("vector", dtype, &[8], &odd),
            ("zeros", dtype, &[2, 4], &zeros),
            ("empty", dtype, &[0, 3], empty),
            ("columns", dtype, &[3, 0], empty),
        ];
        let report = compare(&[("a", a), ("b", b)]);
        assert_eq!(report.pairs[0].identical_tensors, 2, "{dtype}");
        assert_ne!(report.pairs[0].verdict, Some(Verdict::Identical), "{dtype}");
    }
    // NaN of any kind, zeros of any sign, formats of any width
    let plain = [0.0, -0.0, 0.5, f32::NAN];
    let signed = [-0.0, 0.0, 0.5, f32::from_bits(0xffc0_1234)];
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[2, 2], &plain)]),
        ("b", &[("w", Dtype::F16, &[2, 2], &signed)]),
    ]);
    assert_eq!(report.pairs[0].verdict, Some(Verdict::Identical));
}

/// A difference too small for sums of `f32` is a difference.
#[test]
fn a_tiny_difference_is_seen() {
    let mut numbers = values(6, 64 * 64);
    numbers[100] = 1e-9;
    let mut other = numbers.clone();
    other[100] = 2e-9;
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[64, 64], &numbers)]),
        ("b", &[("w", Dtype::F32, &[64, 64], &other)]),
    ]);
    assert_eq!(report.pairs[0].identical_tensors, 0);
    let elements = report.tensors[0].record.elements.as_ref().unwrap();
    assert_eq!((elements.equal[0], elements.counted), (32 * 64 - 1, 32 * 64));
}

#[test]
fn columns_of_zeros_are_counted_and_judged_without() {
    let mut numbers = values(7, 8 * 8);
    let mut other: Vec<f32> = numbers.iter().map(|value| value * 1.01).collect();
    for row in 0..8 {
        for col in 0..2 {
            (numbers[row * 8 + col], other[row * 8 + col]) = (0.0, 0.0);
        }
        numbers[row * 8 + 2] = 0.0;
    }
    let report = compare(&[
        ("a", &[("w", Dtype::F32, &[8, 8], &numbers)]),
        ("b", &[("w", Dtype::F32, &[8, 8], &other)]),
    ]);
    let figures = &report.pairs[0].figures;
    assert_eq!((figures.zero_columns.both, figures.zero_columns.one), (2, 1));
    let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-6;
    assert!(near(figures.column_cosine, 5.0 / 8.0) && near(figures.judged_cosine(), 5.0 / 6.0));
    assert!(near(figures.differing_cosine(), 5.0 / 6.0));
    let note = "0.833333 without the 2 columns that are zero in both models";
    assert!(report.to_plain_text(0).contains(note) && report.to_markdown().contains(note));
}
