//! A diffusers folder holds the same weights as the single file.

use std::collections::BTreeMap;

use weightkin_family::{Edge, Error, Family, Manifest, Projection};

use crate::support::{Read, read};

const UNET: &str = "base_a/unet/diffusion_pytorch_model.safetensors";
const CLIP_L: &str = "base_a/text_encoder/model.safetensors";
const CLIP_G: &str = "base_a/text_encoder_2/model.safetensors";

fn folder(family: &Family) -> BTreeMap<String, BTreeMap<String, Read>> {
    family.to_memory().unwrap().into_iter().map(|(path, bytes)| (path, read(&bytes))).collect()
}

fn sdxl() -> Family {
    Family::new(Manifest::Sdxl).scale(64).files(&["base_a"])
}

fn bits(read: &Read) -> Vec<u64> {
    read.2.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn the_files_have_the_tensors_of_real_folders() {
    let family = sdxl().diffusers(Projection::Matrix);
    let counts: Vec<(String, usize)> =
        folder(&family).into_iter().map(|(path, tensors)| (path, tensors.len())).collect();
    // 196 tensors of CLIP-L and the position ids of older files
    let wanted = [(CLIP_L, 197), (CLIP_G, 517), (UNET, 1680)];
    assert_eq!(counts, wanted.map(|(path, count)| (path.to_owned(), count)));
    let left_out = &family.expected().unwrap().files[0].edges[0].tensors;
    assert_eq!(left_out.len(), 248 + 1);
    assert!(left_out.contains(&"conditioner.embedders.1.model.logit_scale".to_owned()));
}

#[test]
fn every_weight_is_in_both_layouts() {
    let single = folder(&sdxl()).remove("base_a.safetensors").unwrap();
    let folder = folder(&sdxl().diffusers(Projection::Matrix));
    let count = |tensors: &BTreeMap<String, Read>, prefix: &str| {
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        let values = tensors.iter().filter(|(name, _)| name.starts_with(prefix));
        let values = values.filter(|(name, _)| !name.ends_with("logit_scale"));
        values.flat_map(|(_, read)| bits(read)).for_each(|x| *counts.entry(x).or_default() += 1);
        counts
    };
    assert!(count(&single, "model.diffusion_model.") == count(&folder[UNET], ""));
    assert!(count(&single, "conditioner.embedders.0.") == count(&folder[CLIP_L], ""));
    assert!(count(&single, "conditioner.embedders.1.") == count(&folder[CLIP_G], ""));
}

#[test]
fn tensors_are_cut_and_turned() {
    let single = folder(&sdxl()).remove("base_a.safetensors").unwrap();
    let folder = folder(&sdxl().diffusers(Projection::Convolution));
    let clip_g = |path: &str| &single[&format!("conditioner.embedders.1.model.{path}")];
    for kind in ["weight", "bias"] {
        let fused = clip_g(&format!("transformer.resblocks.3.attn.in_proj_{kind}"));
        let third = |letter| {
            let name = format!("text_model.encoder.layers.3.self_attn.{letter}_proj.{kind}");
            &folder[CLIP_G][&name]
        };
        let parts = ["q", "k", "v"].map(third);
        assert_eq!(fused.2, parts.map(|part| part.2.clone()).concat());
        assert_eq!(parts[0].1[0] * 3, fused.1[0]);
    }
    let (from, to) = (clip_g("text_projection"), &folder[CLIP_G]["text_projection.weight"]);
    let side = from.1[0];
    for (row, column) in [(0, 0), (0, 1), (3, 7), (side - 1, 2)] {
        assert_eq!(from.2[row * side + column], to.2[column * side + row]);
    }
    let matrix = &single["model.diffusion_model.middle_block.1.proj_in.weight"];
    let conv = &folder[UNET]["mid_block.attentions.0.proj_in.weight"];
    assert_eq!((&matrix.2, matrix.1.len()), (&conv.2, 2));
    assert_eq!(conv.1, [&matrix.1[..], &[1, 1]].concat());
    let same = &folder[UNET]["up_blocks.0.attentions.2.transformer_blocks.9.ff.net.2.weight"];
    let path = "model.diffusion_model.output_blocks.2.1.transformer_blocks.9.ff.net.2.weight";
    assert_eq!(&single[path], same);
}

#[test]
fn sd15_folders_store_projections_as_matrices_on_demand() {
    let family = Family::new(Manifest::Sd15).scale(64).files(&["base_a"]);
    let shape = |family: &Family| {
        folder(family)[UNET]["down_blocks.0.attentions.0.proj_in.weight"].1.clone()
    };
    assert_eq!(shape(&family.clone().diffusers(Projection::Convolution)), [5, 5, 1, 1]);
    assert_eq!(shape(&family.diffusers(Projection::Matrix)), [5, 5]);
}

#[test]
fn edge_cases_and_layouts_go_together() {
    let with = |family: Family| family.file_edges("base_a", &[Edge::Nan, Edge::Odd, Edge::Ema]);
    let single = folder(&with(sdxl())).remove("base_a.safetensors").unwrap();
    let family = with(sdxl().diffusers(Projection::Matrix));
    let folder = folder(&family);
    let is_odd = |name: &str| {
        let prefixes = ["odd.", "model_ema.", "first_stage_model."];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    let kept = single.iter().filter(|(name, _)| !is_odd(name));
    let nans = |read: &Read| read.2.iter().filter(|value| value.is_nan()).count();
    let in_folder: usize = folder.values().flat_map(BTreeMap::values).map(nans).sum();
    assert!(in_folder > 5);
    assert_eq!(in_folder, kept.map(|(_, read)| nans(read)).sum::<usize>());
}

#[test]
fn rows_that_cannot_be_shared_out_are_refused() {
    let error = sdxl().scale(9).diffusers(Projection::Matrix).expected().unwrap_err();
    assert!(matches!(&error, Error::Uncuttable { rows: 427, .. }), "{error}");
}
