//! Single files under other names.

use std::path::PathBuf;

use weightkin::matching::Options;
use weightkin_family::{Family, Manifest, Projection};

use crate::kin::{File, Written, compare, read, write};
use crate::{assert_equal, assert_same_records};

const UNET: &str = "model.diffusion_model.";

fn member(manifest: Manifest) -> Written {
    Written::new(&Family::new(manifest).scale(64).files(&["base_a", "base_nai"]))
}

fn renamed(file: &File, from: &str, to: &str) -> File {
    let names = file.iter().map(|(name, tensor)| match name.strip_prefix(from) {
        Some(rest) => (format!("{to}{rest}"), tensor.clone()),
        None => (name.clone(), tensor.clone()),
    });
    names.collect()
}

fn only(file: &File, prefix: &str) -> File {
    let kept = file.iter().filter(|(name, _)| name.starts_with(prefix));
    kept.map(|(name, tensor)| (name.clone(), tensor.clone())).collect()
}

/// Writes `file` beside the family and returns its path.
fn saved(family: &Written, name: &str, file: &File) -> PathBuf {
    let path = family.path("base_a").with_file_name(format!("{name}.safetensors"));
    write(&path, file);
    path
}

#[test]
fn prefixes_of_the_unet() {
    for manifest in [Manifest::Sdxl, Manifest::Sd15] {
        let family = member(manifest);
        let whole = read(&family.path("base_a"));
        let unet = only(&whole, UNET);
        let mut paths = vec![family.path("base_a")];
        for (name, prefix) in [("full", UNET), ("short", "diffusion_model."), ("bare", "")] {
            paths.push(saved(&family, name, &renamed(&unet, UNET, prefix)));
        }
        let report = compare(&paths, &Options::default());
        assert_equal(&report, |name| !name.starts_with(UNET));
        assert_eq!(report.compared.tensors, unet.len() as u64);
        let alone = compare(&[paths[1].clone(), paths[1].clone()], &Options::default());
        assert_eq!(report.compared.columns, alone.compared.columns);

        // another member against each of them gives one and the same record
        let other = family.path("base_nai");
        let records =
            paths.iter().map(|path| compare(&[other.clone(), path.clone()], &Options::default()));
        let records: Vec<_> = records.collect();
        for other in &records[1..] {
            assert_same_records(other, &records[0]);
        }
    }
}

#[test]
fn a_whole_file_with_a_short_prefix() {
    let family = member(Manifest::Sdxl);
    let whole = read(&family.path("base_a"));
    let short = saved(&family, "short", &renamed(&whole, UNET, "diffusion_model."));
    let report = compare(&[family.path("base_a"), short], &Options::default());
    assert_equal(&report, |name| name.starts_with("first_stage_model."));
    assert_eq!(report.compared.tensors, 2515 - 248);
}

#[test]
fn names_of_the_nai_leak() {
    let (long, short) =
        ("cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.");
    let family = member(Manifest::Sd15);
    let file = renamed(&read(&family.path("base_a")), long, short);
    let nai = saved(&family, "nai", &file);
    assert!(file.keys().all(|name| !name.starts_with(long)));
    let report = compare(&[family.path("base_a"), nai.clone()], &Options::default());
    assert_equal(&report, |name| name.starts_with("first_stage_model."));
    assert_eq!(report.compared.tensors, 1131 - 248);

    let folder = Family::new(Manifest::Sd15).scale(64).files(&["base_a"]);
    let folder = Written::new(&folder.diffusers(Projection::Matrix));
    let report = compare(&[nai, folder.path("base_a")], &Options::default());
    assert_equal(&report, |name| name.starts_with("first_stage_model."));
    assert_eq!(report.compared.tensors, 1131 - 248);
}

#[test]
fn text_encoders_alone() {
    for (manifest, parts) in [
        (
            Manifest::Sdxl,
            &[
                ("text_encoder", "conditioner.embedders.0.", 0),
                ("text_encoder_2", "conditioner.embedders.1.", 1),
            ][..],
        ),
        (Manifest::Sd15, &[("text_encoder", "cond_stage_model.", 0)]),
    ] {
        let family = member(manifest.clone());
        let whole = family.path("base_a");
        let folder = Family::new(manifest).scale(64).files(&["base_a"]);
        let folder = Written::new(&folder.diffusers(Projection::Matrix));
        for &(part, prefix, logit_scale) in parts {
            let in_folder = folder.path("base_a").join(part).join("model.safetensors");
            let elsewhere = saved(&family, part, &read(&in_folder));
            let count = only(&read(&whole), prefix).len() as u64;
            for alone in [in_folder, elsewhere] {
                for paths in [[whole.clone(), alone.clone()], [alone, whole.clone()]] {
                    let report = compare(&paths, &Options::default());
                    assert_equal(&report, |name| {
                        !name.starts_with(prefix) || name.ends_with("logit_scale")
                    });
                    assert_eq!(report.compared.tensors, count - logit_scale, "{part}");
                }
            }
        }
    }
}

#[test]
fn convolutions_meet_matrices_in_one_layout() {
    let family = member(Manifest::Sd15);
    let mut file = read(&family.path("base_a"));
    let mut flattened = 0;
    for (_, shape, _) in file.values_mut() {
        if shape.len() == 4 && shape[2..] == [1, 1] {
            shape.truncate(2);
            flattened += 1;
        }
    }
    assert!(flattened > 30, "{flattened}");
    let matrices = saved(&family, "matrices", &file);
    let options = Options { include_vae: true, ..Options::default() };
    let report = compare(&[family.path("base_a"), matrices], &options);
    assert_equal(&report, |_| false);
    assert_eq!(report.compared.tensors, 1131);
}
