//! Files are what their recipes say.

use crate::support::{mean_column_cosine, read, small};
use weightkin_family::{Dtype, Error, Family, Manifest, PerBlock, Recipe};

#[test]
fn a_mix_is_the_weighted_sum_of_its_parents_as_stored() {
    let by_block = |in_: f64, rest: f64| PerBlock::from([("IN01", in_), ("*", rest)]);
    let mix = Recipe::new().mix("base_a", by_block(0.75, 0.5)).mix("pony", by_block(0.25, 0.5));
    let family = small().files(&["base_a", "pony"]).file("mine", mix.dtype(Dtype::F32));
    let files = family.to_memory().unwrap();
    let [a, pony, mine] = [0, 1, 2].map(|i| read(&files[i].1));
    for (name, (dtype, _, values)) in &mine {
        if name.ends_with("position_ids") || name.ends_with("logit_scale") {
            continue;
        }
        assert_eq!(*dtype, Dtype::F32, "{name}");
        let weight = if name.contains("input_blocks.1.") { 0.75 } else { 0.5 };
        for ((value, a), pony) in values.iter().zip(&a[name].2).zip(&pony[name].2) {
            // weights are powers of two, so each product is exact and only the sum rounds
            let sum = f64::from((a * weight) as f32 + (pony * (1.0 - weight)) as f32);
            assert_eq!(*value, sum, "{name}");
        }
    }
    let expected = family.expected().unwrap();
    let weights = &expected.file("mine").unwrap().weights_by_block;
    assert_eq!((weights["IN01"]["pony"], weights["OUT02"]["pony"]), (0.25, 0.5));
}

#[test]
fn dtypes_follow_the_most_specific_wish() {
    let dtypes = [("TE1", Dtype::F8_E5M2), ("UNET", Dtype::F8_E4M3)];
    let family = small()
        .dtype(Dtype::BF16)
        .files(&["base_a", "base_b"])
        .file_dtype("base_b", Dtype::F64)
        .file("mine", Recipe::new().mix("base_a", 1.0).dtype_by_block(dtypes));
    let files = family.to_memory().unwrap();
    let dtype = |file: usize, tensor: &str| read(&files[file].1)[tensor].0;
    let ids = "conditioner.embedders.0.transformer.position_ids";
    let layer = "model.layers.0.mlp.up_proj.weight";
    let clip_g = "conditioner.embedders.1.model.mlp.c_fc.weight";
    assert_eq!([dtype(0, layer), dtype(1, layer)], [Dtype::BF16, Dtype::F64]);
    assert_eq!([dtype(2, layer), dtype(2, clip_g)], [Dtype::BF16, Dtype::F8_E5M2]);
    assert_eq!(dtype(2, "model.diffusion_model.out.0.bias"), Dtype::F8_E4M3);
    assert_eq!(dtype(1, ids), Dtype::I64);
    let native = small().files(&["base_a"]).to_memory().unwrap();
    assert_eq!(read(&native[0].1)[layer].0, Dtype::BF16);
}

#[test]
fn narrow_dtypes_stay_within_their_rounding() {
    let family = small().dtype(Dtype::F16);
    let family = family.files(&["dt_f32", "mix_5050", "dt_bf16", "dt_e4m3", "dt_e5m2"]);
    let files: Vec<_> = family.to_memory().unwrap().iter().map(|file| read(&file.1)).collect();
    // half a unit in the last place, relative, and the smallest subnormal
    let limits = [(2_f64.powi(-11), 2_f64.powi(-24)), (2_f64.powi(-8), 0.0)];
    let limits = [limits[0], limits[1], (1.0 / 16.0, 2_f64.powi(-9)), (0.125, 2_f64.powi(-16))];
    for (name, (dtype, _, exact)) in &files[0] {
        if *dtype != Dtype::F32 {
            continue;
        }
        for (file, (relative, absolute)) in files[1..].iter().zip(limits) {
            for (narrow, exact) in file[name].2.iter().zip(exact) {
                let error = (narrow - exact).abs();
                assert!(error <= relative * exact.abs() + absolute, "{name} {narrow} {exact}");
            }
        }
    }
}

#[test]
fn similarities_are_those_of_real_models() {
    let names = ["base_a", "base_b", "base_nai", "mix_wai", "mix_pony", "unrelated", "mix_block"];
    let family = Family::new(Manifest::Sdxl).scale(64).files(&names);
    let files: Vec<_> = family.to_memory().unwrap().iter().map(|file| read(&file.1)).collect();
    let similarity = |a: &str, b: &str, part: &str| {
        let [a, b] = [a, b].map(|name| &files[names.iter().position(|n| *n == name).unwrap()]);
        let (mut sum, mut count) = (0.0, 0.0);
        for (name, (_, shape, values)) in a {
            let columns: usize = shape.iter().skip(1).product();
            let is_left_out = name.starts_with("first_stage") || name.ends_with("position_ids");
            if !is_left_out && name.contains(part) {
                sum += mean_column_cosine(values, &b[name].2, columns) * columns as f64;
                count += columns as f64;
            }
        }
        sum / count
    };
    for (a, b, cosine, tolerance) in [
        ("base_a", "base_nai", 0.956, 0.004),
        ("base_b", "base_nai", 0.938, 0.004),
        ("mix_wai", "base_nai", 0.993, 0.002),
        ("mix_pony", "base_a", 0.88, 0.01),
        ("mix_pony", "base_nai", 0.87, 0.01),
        ("unrelated", "base_a", 0.0, 0.05),
    ] {
        let got = similarity(a, b, "");
        assert!((got - cosine).abs() < tolerance, "{a} {b} {got}");
    }
    // 0.7 base_a in the input blocks, 0.2 in the middle
    let toward_a = |part: &str| {
        similarity("mix_block", "base_a", part) - similarity("mix_block", "base_nai", part)
    };
    assert!(toward_a("input_blocks.") > 0.005, "{}", toward_a("input_blocks."));
    assert!(toward_a("middle_block.") < -0.005, "{}", toward_a("middle_block."));
}

#[test]
fn the_vae_is_shared_by_all_descendants() {
    let files = small().files(&["root", "pony", "base_b", "unrelated"]).to_memory().unwrap();
    let vae = |i: usize| read(&files[i].1)["first_stage_model.decoder.conv_in.weight"].clone();
    assert_eq!((vae(0), vae(1)), (vae(2), vae(2)));
    assert_ne!(vae(0), vae(3));
}

#[test]
fn a_block_without_a_weight_is_refused() {
    let family = small().file("mine", Recipe::new().mix("base_a", [("IN", 1.0), ("TE", 1.0)]));
    let error = family.to_memory().unwrap_err();
    assert!(matches!(&error, Error::NoWeight { .. }));
    let text = "recipe \"mine\" has no weight for parent \"base_a\" in block L00";
    assert_eq!(error.to_string(), text);
}
