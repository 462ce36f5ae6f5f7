//! Weights stored with scales are the stored numbers times the scales; what serves a quantisation
//! is named and left out.

mod kin;

use std::collections::BTreeMap;
use std::path::PathBuf;

use half::{bf16, f16};
use kin::{File, Stored, compare, f32s, noise, write};
use tempfile::TempDir;
use weightkin::matching::{LeftOut, Options, Reason};
use weightkin::report::{Report, ReportTensor};
use weightkin_family::Dtype;

const NAME: &str = "model.diffusion_model.middle_block.1.proj_in";

/// Files in a folder of their own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn save(&self, name: &str, file: &File) -> PathBuf {
        let path = self.0.path().join(format!("{name}.safetensors"));
        write(&path, file);
        path
    }

    /// Compares files, each of which gets an ordinary tensor in addition: a comparison needs one.
    fn compare(&self, files: &[&File]) -> Report {
        let paths: Vec<PathBuf> = files
            .iter()
            .enumerate()
            .map(|(index, file)| {
                let mut file = (*file).clone();
                file.insert("plain.weight".to_owned(), f32s(&[3], &[1.0, 2.0, 3.0]));
                self.save(&index.to_string(), &file)
            })
            .collect();
        compare(&paths, &Options::default())
    }
}

fn file<const N: usize>(tensors: [(&str, Stored); N]) -> File {
    tensors.map(|(end, tensor)| (format!("{NAME}.{end}"), tensor)).into()
}

fn weight(report: &Report) -> &ReportTensor {
    report.tensors.iter().find(|tensor| tensor.name == format!("{NAME}.weight")).unwrap()
}

/// Bytes that are no NaN in either of the 8-bit formats.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let finite = |value: f32| ((value * 100.0) as i8).cast_unsigned() & 0xbb;
    noise(seed, count).into_iter().map(finite).collect()
}

type Widen = fn(u8) -> f32;

/// By the definition of the format: four bits of exponent, three of mantissa.
fn e4m3(code: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(code >> 3 & 15), f32::from(code & 7));
    let magnitude = match exponent {
        0 => mantissa / 512.0,
        _ => (1.0 + mantissa / 8.0) * 2_f32.powi(exponent - 7),
    };
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

fn e5m2(code: u8) -> f32 {
    f16::from_bits(u16::from(code) << 8).to_f32()
}

fn i8s(code: u8) -> f32 {
    f32::from(code.cast_signed())
}

/// A list of scales in some format, with the values they have in it.
fn scales(dtype: Dtype, shape: &[usize], values: &[f32]) -> (Stored, Vec<f32>) {
    let (bytes, rounded): (Vec<Vec<u8>>, Vec<f32>) = values
        .iter()
        .map(|value| match dtype {
            Dtype::F32 => (value.to_le_bytes().to_vec(), *value),
            Dtype::F16 => {
                let value = f16::from_f32(*value);
                (value.to_le_bytes().to_vec(), value.to_f32())
            }
            Dtype::BF16 => {
                let value = bf16::from_f32(*value);
                (value.to_le_bytes().to_vec(), value.to_f32())
            }
            other => panic!("{other}"),
        })
        .unzip();
    ((dtype, shape.to_vec(), bytes.concat()), rounded)
}

#[test]
fn scaled_weights_equal_the_widened_ones() {
    // more rows than are read at a time
    let (rows, cols) = (9000, 40);
    let stored = bytes(1, rows * cols);
    let steps: Vec<f32> = noise(2, rows).iter().map(|value| 0.3 + value.abs()).collect();
    let other = file([("weight", f32s(&[rows, cols], &noise(3, rows * cols)))]);
    let formats: [(Dtype, Widen); 3] =
        [(Dtype::F8_E4M3, e4m3), (Dtype::F8_E5M2, e5m2), (Dtype::I8, i8s)];
    let folder = Folder::new();
    for (dtype, widen) in formats {
        for (end, scale_dtype, shape) in [
            ("scale_weight", Dtype::F32, &[][..]),
            ("scale_weight", Dtype::F32, &[1]),
            ("weight_scale", Dtype::BF16, &[1, 1]),
            ("weight_scale", Dtype::F32, &[rows]),
            ("weight_scale", Dtype::BF16, &[rows, 1]),
            ("scale_weight", Dtype::F16, &[rows, 1]),
        ] {
            let count = shape.iter().product();
            let (scale, values) = scales(scale_dtype, shape, &steps[..count]);
            let scaled =
                file([("weight", (dtype, vec![rows, cols], stored.clone())), (end, scale)]);
            let widened: Vec<f32> = stored
                .iter()
                .enumerate()
                .map(|(index, code)| widen(*code) * values[(index / cols).min(count - 1)])
                .collect();
            let widened = file([("weight", f32s(&[rows, cols], &widened))]);

            let report = folder.compare(&[&scaled, &widened, &other]);
            let tensor = weight(&report);
            assert!(tensor.pairs[0].identical, "{dtype} {end} {shape:?}");
            assert_eq!(tensor.pairs[0].figures.column_cosine, Some(1.0));
            assert!(!tensor.integer, "{dtype} {end} {shape:?}");
            assert!(tensor.pairs[1].figures.column_cosine.unwrap() < 0.5);
            let expected = LeftOut {
                name: format!("{NAME}.{end}"),
                reason: Reason::Bookkeeping { models: vec![0] },
            };
            assert_eq!(report.compared.left_out, [expected]);

            // two of the same kind, bit for bit as their widened selves
            let turned = file([("weight", widened[&format!("{NAME}.weight")].clone())]);
            let scaled = folder.compare(&[&scaled, &other]);
            let widened = folder.compare(&[&turned, &other]);
            assert_eq!(weight(&scaled).record, weight(&widened).record);
        }
    }
}

#[test]
fn a_scale_changes_the_figures() {
    let stored = bytes(1, 32 * 8);
    let scaled = |scale: f32| {
        let weight = (Dtype::F8_E4M3, vec![32, 8], stored.clone());
        file([("weight", weight), ("scale_weight", f32s(&[], &[scale]))])
    };
    let report = Folder::new().compare(&[&scaled(1.0), &scaled(4.0)]);
    let figures = weight(&report).pairs[0].figures;
    assert_eq!(figures.column_cosine, Some(1.0));
    assert!((figures.relative_distance.unwrap() - 3.0).abs() < 1e-6);
}

#[test]
fn bookkeeping_is_named() {
    let plain = file([("weight", f32s(&[8, 8], &noise(1, 64)))]);
    let mut extra = plain.clone();
    let scalar = || f32s(&[], &[0.5]);
    for end in ["scale_input", "input_scale", "comfy_quant"] {
        extra.insert(format!("{NAME}.{end}"), scalar());
    }
    extra.insert("scaled_fp8".to_owned(), (Dtype::F8_E4M3, vec![2], vec![0, 0]));
    let report = Folder::new().compare(&[&plain, &extra, &extra]);
    let left_out: BTreeMap<&str, &Reason> =
        report.compared.left_out.iter().map(|one| (one.name.as_str(), &one.reason)).collect();
    assert_eq!(left_out.len(), 4);
    for reason in left_out.into_values() {
        assert_eq!(*reason, Reason::Bookkeeping { models: vec![1, 2] });
    }
    assert_eq!(weight(&report).pairs[0].figures.column_cosine, Some(1.0));
}

#[test]
fn quantised_in_blocks_or_packed_is_left_out_with_its_reason() {
    let plain = file([("weight", f32s(&[64, 64], &noise(1, 64 * 64)))]);
    let codes = |dtype, shape: &[usize]| {
        let elements: usize = shape.iter().product();
        (dtype, shape.to_vec(), bytes(2, elements * dtype_bytes(dtype)))
    };
    let f32_grid = |shape: &[usize]| f32s(shape, &noise(3, shape.iter().product()));
    for (what, quantised, bookkeeping) in [
        (
            "8-bit floats in blocks of 32 × 32",
            file([
                ("weight", codes(Dtype::F8_E4M3, &[64, 64])),
                ("weight_scale_inv", f32_grid(&[2, 2])),
            ]),
            &["weight_scale_inv"][..],
        ),
        (
            "8-bit floats with a grid of scales",
            file([
                ("weight", codes(Dtype::F8_E4M3, &[64, 64])),
                ("weight_scale", f32_grid(&[64, 2])),
            ]),
            &["weight_scale"],
        ),
        (
            "8-bit floats with scales for columns",
            file([
                ("weight", codes(Dtype::F8_E4M3, &[64, 64])),
                ("weight_scale", f32_grid(&[1, 64])),
            ]),
            &["weight_scale"],
        ),
        (
            "8-bit floats with a scale of whole numbers",
            file([
                ("weight", codes(Dtype::F8_E4M3, &[64, 64])),
                ("weight_scale", codes(Dtype::I32, &[])),
            ]),
            &["weight_scale"],
        ),
        (
            "8-bit floats with scales of twice the digits",
            file([
                ("weight", codes(Dtype::F8_E4M3, &[64, 64])),
                ("weight_scale", codes(Dtype::F64, &[64])),
            ]),
            &["weight_scale"],
        ),
        (
            "four bits, two levels of scales",
            file([
                ("weight", codes(Dtype::U8, &[64, 32])),
                ("weight_scale", codes(Dtype::F8_E4M3, &[64, 5])),
                ("weight_scale_2", f32_grid(&[])),
            ]),
            &["weight_scale", "weight_scale_2"],
        ),
        (
            "four bits with a table",
            file([
                ("weight", codes(Dtype::U8, &[2048, 1])),
                ("weight.absmax", f32_grid(&[64])),
                ("weight.quant_map", f32_grid(&[16])),
                ("weight.quant_state.bitsandbytes__nf4", codes(Dtype::U8, &[81])),
            ]),
            &["weight.absmax", "weight.quant_map", "weight.quant_state.bitsandbytes__nf4"],
        ),
        (
            "eight bits with rows scaled by their maximum",
            file([
                ("weight", codes(Dtype::I8, &[64, 64])),
                ("SCB", f32_grid(&[64])),
                ("weight_format", codes(Dtype::U8, &[])),
            ]),
            &["SCB", "weight_format"],
        ),
        (
            "packed, with scales and biases",
            file([
                ("weight", codes(Dtype::U32, &[64, 8])),
                ("scales", f32_grid(&[64, 2])),
                ("biases", f32_grid(&[64, 2])),
            ]),
            &["biases", "scales"],
        ),
    ] {
        let report = Folder::new().compare(&[&plain, &quantised]);
        let mut expected = vec![LeftOut {
            name: format!("{NAME}.weight"),
            reason: Reason::Quantised { models: vec![1] },
        }];
        expected.extend(bookkeeping.iter().map(|end| LeftOut {
            name: format!("{NAME}.{end}"),
            reason: Reason::Bookkeeping { models: vec![1] },
        }));
        expected.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(report.compared.left_out, expected, "{what}");
        assert_eq!(report.compared.tensors, 1, "{what}");
    }
}

#[test]
fn two_packed_models_are_not_compared_by_their_codes() {
    let packed = |seed| {
        file([
            ("qweight", (Dtype::I32, vec![8, 64], bytes(seed, 8 * 64 * 4))),
            ("qzeros", (Dtype::I32, vec![2, 8], bytes(seed, 2 * 8 * 4))),
            ("scales", f32s(&[2, 64], &noise(seed, 128))),
            ("g_idx", (Dtype::I32, vec![64], bytes(seed, 64 * 4))),
        ])
    };
    let report = Folder::new().compare(&[&packed(1), &packed(2)]);
    let reasons: Vec<(&str, bool)> = report
        .compared
        .left_out
        .iter()
        .map(|one| (&one.name[NAME.len() + 1..], matches!(one.reason, Reason::Quantised { .. })))
        .collect();
    let expected = [("g_idx", false), ("qweight", true), ("qzeros", false), ("scales", false)];
    assert_eq!(reasons, expected);
}

#[test]
fn ordinary_tensors_may_be_called_scales() {
    let tensors = |seed| {
        file([
            ("scales", f32s(&[8], &noise(seed, 8))),
            ("biases", f32s(&[8], &noise(seed, 8))),
            ("weight", f32s(&[8, 8], &noise(seed, 64))),
        ])
    };
    let report = Folder::new().compare(&[&tensors(1), &tensors(2)]);
    assert_eq!((report.compared.tensors, report.compared.left_out.len()), (4, 0));
}

#[test]
fn scales_that_a_layout_cannot_carry_along() {
    // thirds of a fused tensor have a scale each, and a turned matrix has its rows elsewhere
    let layers = |f: &mut File, tensor: &dyn Fn(&str) -> Vec<(String, Stored)>| {
        for layer in 0..32 {
            let name = format!("text_model.encoder.layers.{layer}.mlp.fc1.bias");
            f.insert(name, f32s(&[4], &noise(layer, 4)));
        }
        f.extend(tensor("text_model.encoder.layers.0.self_attn.q_proj"));
        f.extend(tensor("text_model.encoder.layers.0.self_attn.k_proj"));
        f.extend(tensor("text_model.encoder.layers.0.self_attn.v_proj"));
        f.extend(tensor("text_projection"));
    };
    let mut scaled = File::new();
    layers(&mut scaled, &|name| {
        let weight = (Dtype::F8_E4M3, vec![4, 4], bytes(1, 16));
        let scale = f32s(&[4], &[1.0, 2.0, 3.0, 4.0]);
        vec![(format!("{name}.weight"), weight), (format!("{name}.weight_scale"), scale)]
    });
    let mut plain = File::new();
    layers(&mut plain, &|name| vec![(format!("{name}.weight"), f32s(&[4, 4], &noise(1, 16)))]);
    let report = Folder::new().compare(&[&scaled, &plain]);
    let quantised: Vec<&str> = report
        .compared
        .left_out
        .iter()
        .filter(|one| matches!(one.reason, Reason::Quantised { .. }))
        .map(|one| one.name.as_str())
        .collect();
    let thirds = ["k", "q", "v"]
        .map(|third| format!("text_model.encoder.layers.0.self_attn.{third}_proj.weight"));
    assert_eq!(quantised[..3], thirds);
    assert_eq!(quantised[3..], ["text_projection.weight"]);
    assert_eq!(report.compared.tensors, 32 + 1);
}

fn dtype_bytes(dtype: Dtype) -> usize {
    dtype.bitsize() / 8
}

/// Weights of two models, and the same with other tensors beside them: everything that is compared
/// stays as it was.
fn same_figures(extra: &dyn Fn(u64) -> File, codes: &str, what: &str) {
    let plain = |seed| {
        let mut plain = file([("weight", f32s(&[8, 8], &noise(seed, 64)))]);
        plain.insert("other.bias".to_owned(), f32s(&[8], &noise(seed + 7, 8)));
        plain
    };
    let folder = Folder::new();
    let before = folder.compare(&[&plain(1), &plain(2)]);
    let with = |seed| {
        let mut with = plain(seed);
        with.extend(extra(seed));
        with
    };
    let after = folder.compare(&[&with(1), &with(2)]);
    assert_eq!(before.pairs[0].figures, after.pairs[0].figures, "{what}");
    assert_eq!(before.tensors, after.tensors, "{what}");
    assert_eq!(before.compared.tensors, after.compared.tensors, "{what}");
    let reason = |name: &str| {
        let found = after.compared.left_out.iter().find(|one| one.name == name);
        found.map(|one| one.reason.clone())
    };
    let models = vec![0, 1];
    assert_eq!(reason(codes), Some(Reason::Quantised { models: models.clone() }), "{what}");
    for name in extra(1).keys().filter(|name| *name != codes) {
        assert_eq!(reason(name), Some(Reason::Bookkeeping { models: models.clone() }), "{what}");
    }
}

#[test]
fn packed_integers_change_no_figure_whatever_their_companions_are_called() {
    let module = "model.diffusion_model.input_blocks.1.1.proj_in";
    let seeded = |seed, dtype, shape: &[usize]| {
        let elements: usize = shape.iter().product();
        (dtype, shape.to_vec(), bytes(seed, elements * dtype_bytes(dtype)))
    };
    let integers = [Dtype::U8, Dtype::I8, Dtype::I16, Dtype::I32, Dtype::U32, Dtype::I64];
    for (index, (codes, companion)) in [
        ("weight", "scale"),
        ("weight", "scales"),
        ("weight", "weight_zero_point"),
        ("weight", "SCB"),
        ("weight", "weight.absmax"),
        ("weight", "quant_scale"),
        ("weight", "weight_rotation"),
        ("weight", "codebook"),
        ("weight", "meta.scale"),
        ("weight", "quant_state.absmax"),
        ("weight", "zp"),
        ("weight", "lut"),
        ("in_proj_weight", "in_proj_weight_scale"),
        ("W_q", "scale"),
        ("qweight", "qzeros"),
        ("weight_packed", "weight_scale"),
        ("_weight_qdata", "_weight_scale"),
        ("weight._data", "weight._scale"),
        ("weight._data._data", "weight._shift"),
        ("experts_blocks", "experts_scales"),
        ("trellis", "suh"),
    ]
    .into_iter()
    .enumerate()
    {
        for (turn, dtype) in integers.into_iter().enumerate() {
            for scale in [Dtype::F32, Dtype::BF16, Dtype::F8_E4M3, Dtype::U8] {
                let shape: &[usize] = match (index + turn) % 3 {
                    0 => &[16, 4],
                    1 => &[64, 1],
                    _ => &[2, 4, 8],
                };
                let (codes, companion) =
                    (format!("{module}.{codes}"), format!("{module}.{companion}"));
                let extra = |seed| {
                    File::from([
                        (codes.clone(), seeded(seed, dtype, shape)),
                        // of a size that no simple scale has
                        (companion.clone(), seeded(seed + 9, scale, &[3, 2])),
                    ])
                };
                same_figures(&extra, &codes, &format!("{dtype} {codes} {companion} {scale}"));
            }
        }
    }
}

#[test]
fn eight_bit_floats_with_companions_nobody_knows_are_no_weights() {
    let module = "model.diffusion_model.input_blocks.1.1.proj_in";
    for companion in ["scale", "zero_point", "weight_scale_offset", "weight._scale", "svd_up"] {
        let (codes, companion) = (format!("{module}.weight"), format!("{module}.{companion}"));
        let extra = |seed| {
            File::from([
                (codes.clone(), (Dtype::F8_E4M3, vec![16, 8], bytes(seed, 128))),
                (companion.clone(), f32s(&[16, 1], &noise(seed, 16))),
            ])
        };
        same_figures(&extra, &codes, &companion);
    }
}

#[test]
fn zero_points_rotations_and_packed_ternaries_are_more_than_a_scale() {
    let scale = || f32s(&[8, 1], &noise(4, 8));
    let codes = |dtype| (dtype, vec![8, 8], bytes(5, 64));
    for (what, quantised) in [
        (
            "a zero point",
            file([
                ("weight", codes(Dtype::I8)),
                ("weight_scale", scale()),
                ("weight_zero_point", codes(Dtype::I8)),
            ]),
        ),
        (
            "a mark whose text may say that rows were rotated",
            file([
                ("weight", codes(Dtype::I8)),
                ("weight_scale", scale()),
                ("comfy_quant", (Dtype::U8, vec![3], vec![1, 2, 3])),
            ]),
        ),
        (
            "four numbers in a byte",
            file([("weight", codes(Dtype::U8)), ("weight_scale", f32s(&[1], &[0.5]))]),
        ),
    ] {
        let plain = file([("weight", f32s(&[8, 8], &noise(1, 64)))]);
        let report = Folder::new().compare(&[&plain, &quantised]);
        assert_eq!(report.compared.tensors, 1, "{what}");
        let left = report.compared.left_out.iter().find(|one| one.name.ends_with(".weight"));
        let quantised = Reason::Quantised { models: vec![1] };
        assert_eq!(left.map(|one| &one.reason), Some(&quantised), "{what}");
    }
}

#[test]
fn whole_numbers_are_weights_to_whole_numbers_only() {
    let integers = |seed| file([("weight", (Dtype::I8, vec![8, 8], bytes(seed, 64)))]);
    let floats = file([("weight", f32s(&[8, 8], &noise(1, 64)))]);
    let report = Folder::new().compare(&[&integers(1), &integers(2)]);
    assert!(weight(&report).integer);
    let report = Folder::new().compare(&[&integers(1), &floats]);
    let quantised = Reason::Quantised { models: vec![0] };
    assert_eq!(report.compared.left_out[0].reason, quantised);
    assert_eq!(report.compared.tensors, 1);
    // positions are the same in any format
    let positions =
        |tensor| File::from([("text_model.embeddings.position_ids".to_owned(), tensor)]);
    let stored: Vec<u8> = (0..8_i64).flat_map(i64::to_le_bytes).collect();
    let values: Vec<f32> = (0..8).map(|value| value as f32).collect();
    let report = Folder::new().compare(&[
        &positions((Dtype::I64, vec![1, 8], stored)),
        &positions(f32s(&[1, 8], &values)),
    ]);
    assert_eq!(report.compared.tensors, 2);
}

#[test]
fn eight_bit_floats_of_ordinary_modules_are_weights() {
    let tensors = |seed| {
        let floats = |seed, shape: &[usize]| {
            (Dtype::F8_E4M3, shape.to_vec(), bytes(seed, shape.iter().product()))
        };
        let mut tensors = file([
            ("weight", floats(seed, &[8, 8])),
            ("bias", floats(seed + 1, &[8])),
            ("norm.scale", floats(seed + 2, &[8])),
            ("scale_shift_table", floats(seed + 3, &[6, 8])),
        ]);
        tensors.insert("logit_scale".to_owned(), f32s(&[], &[2.0]));
        tensors.insert("text_projection".to_owned(), floats(seed + 4, &[8, 8]));
        tensors
    };
    let report = Folder::new().compare(&[&tensors(1), &tensors(2)]);
    assert_eq!((report.compared.tensors, report.compared.left_out.len()), (7, 0));
}

#[test]
fn a_word_outside_all_modules_says_nothing_about_other_tensors() {
    let folder = Folder::new();
    let bytes = |count: usize| (0..count).map(|at| (at * 7 % 251) as u8).collect::<Vec<u8>>();
    let file: File = [
        ("shape".to_owned(), (Dtype::U8, vec![2], vec![8, 8])),
        ("tokens".to_owned(), (Dtype::U8, vec![8, 8], bytes(64))),
    ]
    .into();
    let report = folder.compare(&[&file, &file]);
    assert!(report.compared.left_out.is_empty(), "{:?}", report.compared.left_out);
    assert!(report.tensors.iter().any(|tensor| tensor.name == "tokens"));
}
