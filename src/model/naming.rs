//! What to call models.

use super::file_name::{FileKind, is_library_stem, stem};
use crate::sorted::sort_by;

/// Folders that say what a part of a model does, not which model it is. They lend no name, and
/// say something only together with files whose names a library chose.
const ROLES: [&str; 12] = [
    "unet",
    "transformer",
    "vae",
    "text_encoder",
    "image_encoder",
    "safety_checker",
    "prior",
    "decoder",
    "controlnet",
    "movq",
    "vqvae",
    "dit",
];

/// Folder of a repository in the hub's cache: `models--org--name`.
const HUB: &str = "models--";

/// Whether `folder` is called after a part of a model, perhaps with a number: `transformer_2`.
pub(super) fn is_role(folder: &str) -> bool {
    let name =
        folder.trim_end_matches(|character: char| character.is_ascii_digit() || character == '_');
    ROLES.contains(&name)
}

/// What to call the files of stem `stem` in `folder`.
pub(super) fn model_name(folder: &str, stem: &str) -> String {
    if !is_library_stem(stem) {
        return stem.to_owned();
    }
    let folder = match folder.rsplit_once('/') {
        Some((parent, last)) if is_role(last) => parent,
        _ => folder,
    };
    let folder = outside_of_cache(folder);
    let name = folder.rsplit('/').find(|name| !name.is_empty() && *name != ".");
    let name = name.map(|name| match name.strip_prefix(HUB) {
        Some(repository) => repository.rsplit("--").next().unwrap_or(repository),
        None => name,
    });
    name.unwrap_or(stem).to_owned()
}

/// `models--org--name` where `folder` is one of its snapshots in the hub's cache, else `folder`.
fn outside_of_cache(folder: &str) -> &str {
    let snapshots = folder.rsplit_once('/').map(|(rest, _)| rest);
    snapshots.and_then(|rest| rest.strip_suffix("/snapshots")).unwrap_or(folder)
}

/// `names`, of which those that are the same are told apart by the shortest ends of their `paths`
/// that differ. Models of one path keep one name.
pub fn told_apart(names: &[String], paths: &[String]) -> Vec<String> {
    let paths: Vec<Vec<&str>> = paths.iter().map(|path| segments(path)).collect();
    let places: Vec<&[&str]> = paths.iter().map(|path| place(path)).collect();
    let mut told = names.to_vec();
    let mut order: Vec<usize> = (0..names.len().min(paths.len())).collect();
    sort_by(&mut order, |a, b| names[*a].cmp(&names[*b]));
    for group in order.chunk_by(|a, b| names[*a] == names[*b]) {
        for &model in group {
            let differs = |other: &&usize| paths[**other] != paths[model];
            let ends = |other: &usize| common_end(places[model], places[*other]);
            if let Some(common) = group.iter().filter(differs).map(ends).max() {
                told[model] = match places[model].len() {
                    all if common < all => places[model][all - common - 1..].join("/"),
                    // in one folder, or in one that has nothing above it
                    _ => paths[model][paths[model].len().saturating_sub(2)..].join("/"),
                };
            }
        }
    }
    told
}

/// The names of the folders and of the file in `path`, without the file's ending. A snapshot in
/// the hub's cache is `HASH/org/name`: the hash tells only revisions of one repository apart.
fn segments(path: &str) -> Vec<&str> {
    let is_named = |name: &&str| !name.is_empty() && *name != ".";
    let mut names: Vec<&str> = path.split('/').filter(is_named).collect();
    if let Some(file) = names.last_mut() {
        *file = stem(file);
    }
    let repository =
        names.windows(2).position(|pair| pair[0].starts_with(HUB) && pair[1] == "snapshots");
    if let Some(at) = repository
        && at + 2 < names.len()
    {
        let hash = names[at + 2];
        let repository = names[at].trim_start_matches(HUB).split("--");
        names.splice(at..at + 3, std::iter::once(hash).chain(repository));
    }
    names
}

/// How many segments from the last two paths have in common.
fn common_end(a: &[&str], b: &[&str]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// `segments` without what a library called the file, where there are folders to say more.
fn place<'a, 'b>(segments: &'b [&'a str]) -> &'b [&'a str] {
    match segments.split_last() {
        Some((file, folders)) if is_library_file(file) && !folders.is_empty() => folders,
        _ => segments,
    }
}

fn is_library_file(stem: &str) -> bool {
    let name = [stem, ".safetensors"].concat();
    matches!(FileKind::of(&name, false), FileKind::Weights(name) if name.is_library())
}

#[cfg(test)]
mod tests {
    use super::{model_name, told_apart};

    #[test]
    fn models_are_called_after_files_folders_or_repositories() {
        for (folder, stem, name) in [
            ("models/unet", "flux-base", "flux-base"),
            ("models/qwen", "model", "qwen"),
            ("xl/unet", "diffusion_pytorch_model", "xl"),
            ("unet", "diffusion_pytorch_model", "unet"),
            ("", "model", "model"),
            ("hub/models--org--base/snapshots/1f0e", "model", "base"),
            ("models--gpt2/snapshots/1f0e", "model", "gpt2"),
            ("models--org--base/snapshots/1f0e", "other", "other"),
            ("models--org--xl/snapshots/1f0e/vae", "diffusion_pytorch_model", "xl"),
        ] {
            assert_eq!(model_name(folder, stem), name, "{folder}/{stem}");
        }
    }

    #[test]
    fn models_of_one_name_are_told_apart_by_what_differs() {
        let told = |paths: &[&str]| {
            let names = vec!["x".to_owned(); paths.len()];
            told_apart(&names, &paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(told(&["a/x.safetensors", "b/x.safetensors"]), ["a/x", "b/x"]);
        assert_eq!(told(&["x.safetensors", "b/x.safetensors"]), ["x", "b/x"]);
        assert_eq!(told(&["r/1/x/model.safetensors", "r/2/x"]), ["1/x", "2/x"]);
        let library = ["r/1/x/model.safetensors", "r/2/x/model.fp16.safetensors"];
        assert_eq!(told(&library), ["1/x", "2/x"]);
        let one_folder = ["x/model.safetensors", "x/model-1-of-2.safetensors"];
        assert_eq!(told(&one_folder), ["x/model", "x/model-1-of-2"]);
        assert_eq!(told(&["d/x.safetensors", "d/x.kin.safetensors"]), ["x", "x.kin"]);
        assert_eq!(told(&["d/x.safetensors", "./d/x.safetensors"]), ["x", "x"]);
        let hub = ["h/models--a--x/snapshots/1", "h/models--b--x/snapshots/2"];
        assert_eq!(told(&hub), ["a/x", "b/x"]);
        let revisions = ["h/models--a--x/snapshots/1", "h/models--a--x/snapshots/2"];
        assert_eq!(told(&revisions), ["1/a/x", "2/a/x"]);
        let names = ["x", "y", "x"].map(str::to_owned);
        let paths = ["1/x", "1/y", "2/x"].map(str::to_owned);
        assert_eq!(told_apart(&names, &paths), ["1/x", "y", "2/x"]);
    }
}
