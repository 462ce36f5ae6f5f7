//! Which of the picked files belong together.
//!
//! A checkpoint too large for one file is stored as `NAME-00001-of-00003.safetensors` … with a
//! `NAME.safetensors.index.json` beside them.

use std::collections::BTreeMap;

const SAFETENSORS: &str = ".safetensors";
const INDEX: &str = ".safetensors.index.json";

/// Names that say nothing about the model; the folder's name is better.
const GENERIC_STEMS: [&str; 3] = ["model", "diffusion_pytorch_model", "pytorch_model"];

/// Files that make one model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Group {
    /// Suggested name of the model.
    pub name: String,
    /// Indices into the list of paths, shards in order, the index file last.
    pub members: Vec<usize>,
}

/// Groups `paths` (with `/` between folders) into models, in order of first appearance.
pub fn group(paths: &[String]) -> Vec<Group> {
    let mut slots: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let set = shard(file)
            .map(|shard| shard.set.to_owned())
            .or_else(|| file.strip_suffix(INDEX).map(str::to_owned));
        // a file that is no shard is a group of its own, whatever it is called
        let key = set.as_ref().map_or_else(|| format!("{index}"), |set| format!("{folder}/{set}/"));
        let slot = *slots.entry(key).or_insert_with(|| {
            let plain = set.as_deref().unwrap_or_else(|| stem(file));
            groups.push(Group { name: model_name(folder, plain), members: Vec::new() });
            groups.len() - 1
        });
        groups[slot].members.push(index);
    }
    for group in &mut groups {
        group.members.sort_by_key(|&member| {
            let path = &paths[member];
            (path.ends_with(INDEX), path.clone(), member)
        });
    }
    groups
}

/// A file name without directories and without `.safetensors`.
pub fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(SAFETENSORS).unwrap_or(file)
}

fn model_name(folder: &str, stem: &str) -> String {
    match folder.rsplit('/').next() {
        Some(last) if !last.is_empty() && GENERIC_STEMS.contains(&stem) => last.to_owned(),
        _ => stem.to_owned(),
    }
}

struct Shard<'a> {
    set: &'a str,
    number: u32,
    count: u32,
}

/// Reads `SET-00001-of-00003.safetensors`.
fn shard(file: &str) -> Option<Shard<'_>> {
    let (rest, count) = file.strip_suffix(SAFETENSORS)?.rsplit_once("-of-")?;
    let (set, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| -> Option<u32> {
        (text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    Some(Shard { set, number: digits(number)?, count: digits(count)? })
}

/// The first numbered shard that `files` should hold and does not.
pub(super) fn missing_shard(files: &[&str]) -> Option<String> {
    let shards: Vec<_> = files.iter().filter_map(|file| shard(file)).collect();
    let first = shards.first()?;
    (1..=first.count)
        .find(|&number| !shards.iter().any(|shard| shard.number == number))
        .map(|number| format!("{}-{number:05}-of-{:05}{SAFETENSORS}", first.set, first.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Vec<(String, Vec<usize>)> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        group(&paths).into_iter().map(|group| (group.name, group.members)).collect()
    }

    #[test]
    fn single_files_stay_apart() {
        assert_eq!(
            names(&["a.safetensors", "x/a.safetensors", "notes.txt"]),
            [("a".into(), vec![0]), ("a".into(), vec![1]), ("notes.txt".into(), vec![2])]
        );
    }

    #[test]
    fn shards_and_index_meet_in_order() {
        assert_eq!(
            names(&[
                "qwen/model-00002-of-00002.safetensors",
                "qwen/model.safetensors.index.json",
                "qwen/model-00001-of-00002.safetensors",
                "other.safetensors",
            ]),
            [("qwen".into(), vec![2, 0, 1]), ("other".into(), vec![3])]
        );
    }

    #[test]
    fn missing_shard_is_named() {
        let files = ["m-00001-of-00003.safetensors", "m-00003-of-00003.safetensors"];
        assert_eq!(missing_shard(&files).as_deref(), Some("m-00002-of-00003.safetensors"));
        assert_eq!(missing_shard(&["m.safetensors"]), None);
        assert_eq!(missing_shard(&["m-1-of-3.safetensors"]), None);
    }
}
