//! Which folders are diffusers models: they hold a folder with weights for each of their parts.

use super::file_name::FileKind;
use super::file_set::Place;
use super::naming::is_role;
use crate::sorted::sort_by;

/// Folders of diffusers models, sorted.
///
/// One is known by the list of its parts, or by what diffusers calls the files in them: then all
/// folders with weights must hold nothing else, and some must be called after a part or stand
/// beside files of another library, or the folders of several models would be taken for one. What
/// a folder is called makes it no part by itself.
///
/// `has_parts` says of all folders with weights whether they are parts, where that is known.
pub(super) fn pipeline_roots<'a>(places: &[Place<'a>], has_parts: Option<bool>) -> Vec<&'a str> {
    let mut listed: Vec<&str> = places
        .iter()
        .filter(|place| place.kind == FileKind::PipelineIndex)
        .map(|place| place.folder)
        .collect();
    sort_by(&mut listed, Ord::cmp);
    let mut weights: Vec<(&'a str, &'a str, &'a str)> = Vec::new();
    for place in places {
        if let FileKind::Weights(name) | FileKind::Index(name) = place.kind
            && !place.folder.is_empty()
        {
            weights.push((parent(place.folder), place.folder, name.stem));
        }
    }
    sort_by(&mut weights, Ord::cmp);
    let parts = |files: &&[(&str, &str, &str)]| {
        has_parts.unwrap_or_else(|| listed.binary_search(&files[0].0).is_ok() || is_pipeline(files))
    };
    weights.chunk_by(|a, b| a.0 == b.0).filter(parts).map(|files| files[0].0).collect()
}

/// Whether a folder is a part of a model in one of `roots`.
pub(super) fn is_part(folder: &str, roots: &[&str]) -> bool {
    !folder.is_empty() && roots.binary_search(&parent(folder)).is_ok()
}

/// The folder that `folder` lies in.
pub(super) fn parent(folder: &str) -> &str {
    folder.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether files of weights, given as parent, folder and stem, are the parts of one model.
fn is_pipeline(files: &[(&str, &str, &str)]) -> bool {
    const DIFFUSERS: &str = "diffusion_pytorch_model";
    const TRANSFORMERS: &str = "model";
    let has = |stem: &str| files.iter().any(|file| file.2 == stem);
    let named = |(_, folder, _): &(&str, &str, &str)| {
        is_role(folder.rsplit('/').next().unwrap_or_default())
    };
    files.iter().all(|file| [DIFFUSERS, TRANSFORMERS].contains(&file.2))
        && has(DIFFUSERS)
        && (has(TRANSFORMERS) || files.iter().any(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diffusers_model_is_known_by_its_list_or_by_the_names_of_its_files() {
        for (paths, want) in [
            (&["m/unet/a.safetensors", "m/vae/b.safetensors"][..], &[][..]),
            (&["m/unet/a.safetensors", "m/model_index.json"], &["m"]),
            (&["vae_1_0/diffusion_pytorch_model.safetensors"], &[""]),
            (&["m/transformer_2/diffusion_pytorch_model-1-of-2.safetensors"], &["m"]),
            (
                &["m/new/diffusion_pytorch_model.safetensors", "m/text/model.fp16.safetensors"],
                &["m"],
            ),
            // models side by side
            (&["m/canny/diffusion_pytorch_model.safetensors"], &[]),
            (&["m/unet/diffusion_pytorch_model.safetensors", "m/unet/flux.safetensors"], &[]),
            (&["m/vae/diffusion_pytorch_model.safetensors", "m/unet/flux.safetensors"], &[]),
            (&["runs/decoder/model.safetensors", "runs/prior/model.safetensors"], &[]),
            (&["diffusion_pytorch_model.safetensors", "model_index.json"], &[]),
        ] {
            let places: Vec<Place<'_>> = paths.iter().map(|path| Place::of(path, false)).collect();
            assert_eq!(pipeline_roots(&places, None), want, "{paths:?}");
        }
    }
}
