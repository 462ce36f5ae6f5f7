//! Every file that is handed over is read, or listed with its reason.

use proptest::prelude::*;
use weightkin::model::{Grouping, NotReadReason, group, group_as_one, read_indices};

/// Folders and files as they come, in any mixture.
fn paths() -> impl Strategy<Value = Vec<String>> {
    let folder = prop::sample::select(vec![
        "",
        "m/",
        "m/unet/",
        "m/vae_1_0/",
        "m/text_encoder_4/",
        "m/new part/",
        "m/docs/deep/",
        "n/",
        "hub/models--org--n/snapshots/1f0e/",
    ]);
    let stem = prop::sample::select(vec!["model", "diffusion_pytorch_model", "flux.1-dev", "x"]);
    let shard = prop::sample::select(vec!["", "-1-of-2", "-2-of-2", "-00001-of-00002", "_1_of_3"]);
    let variant = prop::sample::select(vec!["", ".fp16", ".bf16", ".non_ema", ".new"]);
    let weights =
        (folder.clone(), stem, shard, variant).prop_map(|(folder, stem, shard, variant)| {
            format!("{folder}{stem}{variant}{shard}.safetensors")
        });
    let other = prop::sample::select(vec![
        "model_index.json",
        "README.md",
        "config.json",
        "model.bin",
        "a.kin.safetensors",
        "model.safetensors.index.json",
        "x.safetensors.index.fp16.json",
        "picture.png",
    ]);
    let other = (folder, other).prop_map(|(folder, file)| format!("{folder}{file}"));
    prop::collection::btree_set(prop_oneof![3 => weights, 2 => other], 0..24)
        .prop_map(|paths| paths.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

/// For each index among `paths`, which of the files in its folder and below it names, by bits.
fn contents(paths: &[String], named: u32) -> Vec<(usize, Vec<u8>)> {
    let mut contents = Vec::new();
    for (at, path) in paths.iter().enumerate() {
        if !path.contains(".safetensors.index.") || named.rotate_left(at as u32).is_multiple_of(5) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = |path: &str| -> Option<String> {
            let file = path.strip_prefix(folder)?;
            (folder.is_empty() || file.starts_with('/'))
                .then(|| file.trim_start_matches('/').to_owned())
        };
        let files = paths.iter().enumerate().filter(|(file, path)| {
            path.ends_with(".safetensors") && named.rotate_left((at * 7 + file) as u32) & 1 == 1
        });
        let files: Vec<String> = files.filter_map(|(_, path)| inside(path)).collect();
        let map: Vec<(&str, &str)> =
            files.iter().map(|file| (file.as_str(), file.as_str())).collect();
        contents.push((at, crate::index(&map)));
    }
    contents
}

/// Positions of everything in a grouping, sorted.
fn all(grouping: &Grouping) -> Vec<usize> {
    let models = grouping.models.iter();
    let inside = models.flat_map(|group| group.members.iter().chain(&group.beside));
    let mut all: Vec<usize> = inside.chain(&grouping.beside).copied().collect();
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn read_and_not_read_are_everything(paths in paths(), named: u32, wanted: bool) {
        let contents = contents(&paths, named);
        let variant = wanted.then_some("fp16");
        let grouping = group(&paths, &read_indices(contents.clone()), variant);
        prop_assert_eq!(all(&grouping), (0..paths.len()).collect::<Vec<_>>());
        for model in &grouping.models {
            prop_assert_eq!(model.files.len(), model.members.len());
            prop_assert!(!model.members.is_empty());
            // what is listed covers what lies beside it
            for at in &model.beside {
                let covers = |entry: &str| if entry.ends_with('/') { paths[*at].contains(entry) } else { paths[*at].ends_with(entry) };
                prop_assert!(model.not_read.iter().any(|entry| covers(&entry.file)));
            }
            prop_assert!(model.not_read.len() <= model.beside.len());

            // handed over alone, it is the same model; but for an index whose files another one has,
            // which may name them when that one is not there
            if model.not_read.iter().any(|entry| entry.reason == NotReadReason::StaleIndex) {
                continue;
            }
            let alone: Vec<usize> = model.members.iter().chain(&model.beside).copied().collect();
            let theirs: Vec<String> = alone.iter().map(|at| paths[*at].clone()).collect();
            let contents = alone.iter().enumerate().filter_map(|(to, at)| {
                let (_, json) = contents.iter().find(|(index, _)| index == at)?;
                Some((to, json.clone()))
            });
            let indices = read_indices(contents.collect());
            let again = group_as_one(&theirs, &indices, variant, Some(model.has_parts));
            let members: Vec<usize> = again.members.iter().map(|at| alone[*at]).collect();
            prop_assert_eq!(&members, &model.members, "{:?}", theirs);
            prop_assert_eq!(&again.files, &model.files);
            let mut left: Vec<usize> = again.beside.iter().map(|at| alone[*at]).collect();
            left.sort_unstable();
            let mut want = model.beside.clone();
            want.sort_unstable();
            prop_assert_eq!(left, want);
        }
    }

    /// One model of a folder leaves nothing out, whichever it is.
    #[test]
    fn a_folder_is_listed_as_a_whole(paths in paths(), named: u32, choice: prop::sample::Index) {
        let grouping = group(&paths, &read_indices(contents(&paths, named)), None);
        prop_assume!(!grouping.models.is_empty());
        let chosen = choice.index(grouping.models.len());
        let model = grouping.model_of(&paths, "", chosen);
        let mut all: Vec<usize> = model.members.iter().chain(&model.beside).copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..paths.len()).collect::<Vec<_>>());
        for at in &model.beside {
            let listed = model.not_read.iter().filter(|entry| if entry.file.ends_with('/') { paths[*at].starts_with(&entry.file) } else { paths[*at] == entry.file });
            prop_assert_eq!(listed.count(), 1, "{}", paths[*at]);
        }
        let of_folder = |entry: &&weightkin::model::NotRead| entry.file.ends_with('/');
        for entry in model.not_read.iter().filter(of_folder) {
            prop_assert_eq!(entry.reason, NotReadReason::NoWeights);
        }
    }
}
