//! The VAE under its three names.

use weightkin::matching::{MatchError, Options};
use weightkin::native::open_model;
use weightkin_family::{Family, Manifest};

use crate::assert_equal;
use crate::kin::{File, Written, compare, read, write};
use crate::support::comparison::match_models;

const PREFIX: &str = "first_stage_model.";

/// The name that diffusers gives to what the single file calls `name`, and whether it stores a
/// 1×1 convolution as a matrix. From the names of both, apart from the crate's own translation.
fn diffusers_name(name: &str) -> (String, bool) {
    let words: Vec<&str> = name.split('.').collect();
    let resnet = |rest: &[&str]| rest.join(".").replace("nin_shortcut", "conv_shortcut");
    match words[..] {
        [half, "mid", part, ref rest @ ..] if part.starts_with("block_") => {
            let index = part.replace("block_1", "0").replace("block_2", "1");
            (format!("{half}.mid_block.resnets.{index}.{}", resnet(rest)), false)
        }
        [half, "mid", "attn_1", layer, end] => {
            let layer = match layer {
                "norm" => "group_norm",
                "q" => "to_q",
                "k" => "to_k",
                "v" => "to_v",
                "proj_out" => "to_out.0",
                other => panic!("{other}"),
            };
            (format!("{half}.mid_block.attentions.0.{layer}.{end}"), layer != "group_norm")
        }
        [half, "norm_out", end] => (format!("{half}.conv_norm_out.{end}"), false),
        ["encoder", "down", level, "block", index, ref rest @ ..] => {
            (format!("encoder.down_blocks.{level}.resnets.{index}.{}", resnet(rest)), false)
        }
        ["encoder", "down", level, "downsample", ref rest @ ..] => {
            (format!("encoder.down_blocks.{level}.downsamplers.0.{}", rest.join(".")), false)
        }
        ["decoder", "up", level, ref rest @ ..] => {
            // counted from the other end
            let level = ["3", "2", "1", "0"][level.parse::<usize>().unwrap()];
            let rest = match rest {
                ["block", index, rest @ ..] => format!("resnets.{index}.{}", resnet(rest)),
                ["upsample", rest @ ..] => format!("upsamplers.0.{}", rest.join(".")),
                other => panic!("{other:?}"),
            };
            (format!("decoder.up_blocks.{level}.{rest}"), false)
        }
        _ => (name.to_owned(), false),
    }
}

/// The VAE of a file, with its prefix, without it, and as diffusers stores it.
fn vaes(whole: &File) -> [File; 3] {
    let prefixed: File = whole
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    let bare: File = prefixed
        .iter()
        .map(|(name, tensor)| (name[PREFIX.len()..].to_owned(), tensor.clone()))
        .collect();
    let diffusers: File = bare
        .iter()
        .map(|(name, (dtype, shape, bytes))| {
            let (name, is_matrix) = diffusers_name(name);
            let dims = if is_matrix && shape.len() == 4 { 2 } else { shape.len() };
            (name, (*dtype, shape[..dims].to_vec(), bytes.clone()))
        })
        .collect();
    assert_eq!(diffusers.len(), 248);
    [prefixed, bare, diffusers]
}

#[test]
fn all_three_meet() {
    let family =
        Written::new(&Family::new(Manifest::Sdxl).scale(64).files(&["base_a", "unrelated"]));
    let whole = read(&family.path("base_a"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut paths = vec![family.path("base_a")];
    for (name, file) in ["prefixed", "bare", "diffusers"].into_iter().zip(vaes(&whole)) {
        let file_path = path(&format!("{name}.safetensors"));
        write(&file_path, &file);
        paths.push(file_path);
    }
    write(&path("parts/vae/diffusion_pytorch_model.safetensors"), &vaes(&whole)[2]);
    write(
        &path("parts/unet/diffusion_pytorch_model.safetensors"),
        &File::from([(
            "conv_in.weight".to_owned(),
            whole["model.diffusion_model.input_blocks.0.0.weight"].clone(),
        )]),
    );
    paths.push(path("parts"));
    let options = Options { include_vae: true, ..Options::default() };
    let report = compare(&paths, &options);
    assert_equal(&report, |name| !name.starts_with(PREFIX));
    assert_eq!(report.compared.tensors, 248);

    // two that are nothing but a VAE are compared without being asked
    let report = compare(&paths[1..4], &Options::default());
    assert_equal(&report, |_| false);
    assert_eq!(report.compared.tensors, 248);
    // and without one, a VAE beside other things is left out
    let report = compare(&[paths[0].clone(), paths[4].clone()], &Options::default());
    assert_eq!(report.compared.tensors, 1);
}

#[test]
fn a_unet_and_a_vae_have_nothing_in_common() {
    let family = Written::new(&Family::new(Manifest::Sdxl).scale(64).files(&["base_a"]));
    let whole = read(&family.path("base_a"));
    let folder = tempfile::tempdir().unwrap();
    let [prefixed, ..] = vaes(&whole);
    let rest = whole.into_iter().filter(|(name, _)| !name.starts_with(PREFIX)).collect();
    let models = [("vae", &prefixed), ("rest", &rest)].map(|(name, file)| {
        let path = folder.path().join(format!("{name}.safetensors"));
        write(&path, file);
        open_model(&path).unwrap().0
    });
    let models: Vec<_> = models.iter().collect();
    let error = match_models(&models, &Options::default()).unwrap_err();
    assert!(matches!(error, MatchError::NothingInCommon { left_out: 2515, .. }), "{error:?}");
}
