//! Folders of diffusers against single files.

use weightkin::matching::{Options, Reason};
use weightkin_family::{Family, Manifest, Projection};

use crate::kin::{File, Written, compare, f32s, noise, write};
use crate::{assert_equal, assert_same_records};

const PROJECTIONS: [Projection; 2] = [Projection::Matrix, Projection::Convolution];

fn family(manifest: Manifest) -> Family {
    Family::new(manifest).scale(64).seed(5).files(&["base_a", "base_nai", "root"])
}

/// What a folder of the generator's does not hold: the VAE is not converted, and diffusers has no
/// place for `logit_scale`.
fn has_no_place(name: &str) -> bool {
    name.starts_with("first_stage_model.") || name == "conditioner.embedders.1.model.logit_scale"
}

#[test]
fn a_folder_equals_the_single_file() {
    for manifest in [Manifest::Sdxl, Manifest::Sd15] {
        let single = Written::new(&family(manifest.clone()));
        let alone = compare(&[single.path("base_a"), single.path("base_a")], &Options::default());
        let unplaced = alone.tensors.iter().filter(|tensor| has_no_place(&tensor.name)).count();
        for projection in PROJECTIONS {
            let folder = Written::new(&family(manifest.clone()).diffusers(projection));
            for name in ["base_a", "root"] {
                assert!(folder.path(name).is_dir());
                let paths = [single.path(name), folder.path(name)];
                let report = compare(&paths, &Options::default());
                assert_equal(&report, has_no_place);
                let (tensors, columns) = (report.compared.tensors, report.compared.columns);
                assert_eq!(tensors + unplaced as u64, alone.compared.tensors);
                // each of what has no place is a single column
                assert_eq!(columns + unplaced as u64, alone.compared.columns);
            }
        }
    }
}

#[test]
fn both_projections_meet() {
    let folders =
        PROJECTIONS.map(|projection| Written::new(&family(Manifest::Sdxl).diffusers(projection)));
    let paths = [folders[0].path("base_a"), folders[1].path("base_a")];
    assert_equal(&compare(&paths, &Options::default()), |_| false);
}

#[test]
fn shards_meet_folders() {
    let shards = Written::new(&family(Manifest::Sdxl).shards(3));
    let folder = Written::new(&family(Manifest::Sdxl).diffusers(Projection::Matrix));
    let report = compare(&[shards.path("base_nai"), folder.path("base_nai")], &Options::default());
    assert_equal(&report, has_no_place);
}

#[test]
fn different_members_in_different_layouts() {
    let options = Options { ancestor: Some(2), ..Options::default() };
    for manifest in [Manifest::Sdxl, Manifest::Sd15] {
        let single = Written::new(&family(manifest.clone()));
        let folders = PROJECTIONS
            .map(|projection| Written::new(&family(manifest.clone()).diffusers(projection)));
        let paths = ["base_a", "base_nai", "root"].map(|name| single.path(name));
        let reference = compare(&paths, &options);
        let mixed = compare(
            &[single.path("base_a"), folders[0].path("base_nai"), folders[1].path("root")],
            &options,
        );
        assert_same_records(&mixed, &reference);
        // over the tensors that both have, every derived figure is the same as well
        let common = |name: &str| mixed.tensors.iter().any(|tensor| tensor.name == name);
        let reference = reference.scope("common", common);
        assert_eq!(reference.pairs, mixed.pairs);
        assert!(mixed.pairs[0].figures.column_cosine.unwrap() < 0.99);
        assert!(mixed.pairs[0].ancestor_cosine.is_some());
    }
}

/// An SD 2.x text encoder as diffusers stores it, and as the single file does: 14 layers, which
/// is enough to tell it from that of SD 1.x.
fn openclip() -> (File, File) {
    let (mut separate, mut single) = (File::new(), File::new());
    let prefix = "cond_stage_model.model.";
    let mut seed = 0;
    let mut tensor = |shape: &[usize]| {
        seed += 1;
        f32s(shape, &noise(seed, shape.iter().product()))
    };
    let mut both = |theirs: String, ours: String, shape: &[usize]| {
        let values = tensor(shape);
        separate.insert(theirs, values.clone());
        single.insert(format!("{prefix}{ours}"), values);
    };
    let names = [
        ("embeddings.token_embedding.weight", "token_embedding.weight", &[9, 6][..]),
        ("embeddings.position_embedding.weight", "positional_embedding", &[7, 6]),
        ("final_layer_norm.weight", "ln_final.weight", &[6]),
        ("final_layer_norm.bias", "ln_final.bias", &[6]),
    ];
    for (theirs, ours, shape) in names {
        both(format!("text_model.{theirs}"), ours.to_owned(), shape);
    }
    for layer in 0..14 {
        let (theirs, ours) = (
            format!("text_model.encoder.layers.{layer}"),
            format!("transformer.resblocks.{layer}"),
        );
        for (their, our, shape) in [
            ("layer_norm1.weight", "ln_1.weight", &[6][..]),
            ("layer_norm2.bias", "ln_2.bias", &[6]),
            ("self_attn.out_proj.weight", "attn.out_proj.weight", &[6, 6]),
            ("mlp.fc1.weight", "mlp.c_fc.weight", &[24, 6]),
            ("mlp.fc2.weight", "mlp.c_proj.weight", &[6, 24]),
        ] {
            both(format!("{theirs}.{their}"), format!("{ours}.{our}"), shape);
        }
    }
    for layer in 0..14 {
        for (kind, shape) in [("weight", &[6, 6][..]), ("bias", &[6])] {
            let thirds = ["q", "k", "v"].map(|_| tensor(shape));
            let fused = thirds.iter().flat_map(|(.., bytes)| bytes.clone()).collect();
            for (letter, third) in ["q", "k", "v"].into_iter().zip(thirds) {
                let layer = format!("text_model.encoder.layers.{layer}");
                separate.insert(format!("{layer}.self_attn.{letter}_proj.{kind}"), third);
            }
            let shape = [&[18], &shape[1..]].concat();
            let name = format!("{prefix}transformer.resblocks.{layer}.attn.in_proj_{kind}");
            single.insert(name, (weightkin_family::Dtype::F32, shape, fused));
        }
    }
    (separate, single)
}

/// Pairs of names that make both files those of an SD 2.x model.
fn with_unet(mut single: File) -> (File, File) {
    let kernel = f32s(&[4, 2, 3, 3], &noise(99, 72));
    single.insert("model.diffusion_model.input_blocks.0.0.weight".to_owned(), kernel.clone());
    (single, File::from([("conv_in.weight".to_owned(), kernel)]))
}

#[test]
fn sd2_text_encoders_in_a_folder_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (separate, single) = openclip();
    let count = single.len() as u64;
    let (whole, unet) = with_unet(single);
    write(&path("whole.safetensors"), &whole);
    write(&path("parts/unet/diffusion_pytorch_model.safetensors"), &unet);
    write(&path("parts/text_encoder/model.safetensors"), &separate);
    write(&path("alone.safetensors"), &separate);

    let report = compare(&[path("whole.safetensors"), path("parts")], &Options::default());
    assert_equal(&report, |_| false);
    assert_eq!(report.compared.tensors, count + 1);
    let report =
        compare(&[path("alone.safetensors"), path("whole.safetensors")], &Options::default());
    assert_equal(&report, |name| name == "model.diffusion_model.input_blocks.0.0.weight");
    assert_eq!(report.compared.tensors, count);
}

#[test]
fn thirds_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (mut separate, single) = openclip();
    write(&path("single.safetensors"), &single);
    // one missing, one in another format, one narrower than the others
    let layer = |n: usize| format!("text_model.encoder.layers.{n}.self_attn");
    separate.remove(&format!("{}.k_proj.weight", layer(3)));
    let half = [half::f16::from_f32(0.5).to_le_bytes(); 36].concat();
    let dtype = weightkin_family::Dtype::F16;
    separate.insert(format!("{}.k_proj.weight", layer(4)), (dtype, vec![6, 6], half));
    separate.insert(format!("{}.v_proj.weight", layer(5)), f32s(&[6, 5], &noise(1, 30)));
    write(&path("separate.safetensors"), &separate);
    let report =
        compare(&[path("single.safetensors"), path("separate.safetensors")], &Options::default());
    let left_out: Vec<&str> =
        report.compared.left_out.iter().map(|one| one.name.as_str()).collect();
    let mut expected: Vec<String> = [3, 4, 5]
        .map(|n| format!("cond_stage_model.model.transformer.resblocks.{n}.attn.in_proj_weight"))
        .into();
    for (n, letters) in [(3, "qv"), (4, "qkv"), (5, "qkv")] {
        let thirds = letters.chars().map(|letter| format!("{}.{letter}_proj.weight", layer(n)));
        expected.extend(thirds);
    }
    expected.sort();
    assert_eq!(left_out, expected);
    let missing =
        |one: &&weightkin::matching::LeftOut| matches!(one.reason, Reason::Missing { .. });
    assert_eq!(report.compared.left_out.iter().filter(missing).count(), expected.len());
    assert_equal(&report, |name| expected.iter().any(|one| one == name));
}
