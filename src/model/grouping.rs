//! Which of the picked files belong together.
//!
//! A checkpoint too large for one file is stored as `NAME-00001-of-00003.safetensors` … with a
//! `NAME.safetensors.index.json` beside them. A diffusers model is a folder with one folder for
//! each part (`unet/`, `text_encoder/`, …), each of them possibly sharded in turn.

use litemap::LiteMap;

use crate::sorted::sort_by;

const SAFETENSORS: &str = ".safetensors";
const INDEX: &str = ".safetensors.index.json";

/// Names that say nothing about the model; the folder's name is better.
const GENERIC_STEMS: [&str; 4] =
    ["model", "diffusion_pytorch_model", "diffusion_pytorch_model.fp16", "pytorch_model"];

/// Folders of a diffusers model.
const SECTIONS: [&str; 8] = [
    "unet",
    "transformer",
    "text_encoder",
    "text_encoder_2",
    "text_encoder_3",
    "vae",
    "safety_checker",
    "image_encoder",
];

/// Files that make one model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Group {
    /// Suggested name of the model.
    pub name: String,
    /// Indices into the list of paths, shards in order, index files last.
    pub members: Vec<usize>,
    /// What to call each member inside the model: its file name, after its folder and a `/` where
    /// that is a part of a diffusers model.
    pub files: Vec<String>,
}

/// Groups `paths` (with `/` between folders) into models, in order of first appearance.
pub fn group(paths: &[String]) -> Vec<Group> {
    let mut slots: LiteMap<String, usize> = LiteMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let place = Place::of(path);
        let mut begun = || {
            let (name, members, files) = (place.model_name(), Vec::new(), Vec::new());
            groups.push(Group { name, members, files });
            groups.len() - 1
        };
        // a file that belongs to no set is a group of its own, whatever it is called
        let slot = match place.key() {
            Some(key) => *slots.entry(key).or_insert_with(begun),
            None => begun(),
        };
        groups[slot].members.push(index);
    }
    for group in &mut groups {
        sort_by(&mut group.members, |&a, &b| {
            let (a, b) = (&paths[a], &paths[b]);
            a.ends_with(INDEX).cmp(&b.ends_with(INDEX)).then_with(|| a.cmp(b))
        });
        drop_variants(&mut group.members, paths);
        group.files =
            group.members.iter().map(|&member| Place::of(&paths[member]).name()).collect();
    }
    groups
}

/// A file name without directories and without `.safetensors`.
pub fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(SAFETENSORS).unwrap_or(file)
}

/// The part of a diffusers model that a file name such as `unet/model.safetensors` lies in.
pub(super) fn section(name: &str) -> Option<&str> {
    name.split_once('/').map(|(section, _)| section)
}

/// Whether `name` is a folder of a diffusers model.
pub fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name)
}

/// Parts of diffusers models often come twice, in full and as `….fp16.safetensors`: the same
/// weights. The full ones are taken.
fn drop_variants(members: &mut Vec<usize>, paths: &[String]) {
    let is_variant = |path: &str| stem(path).contains(".fp16");
    let full: Vec<String> = members
        .iter()
        .map(|&member| Place::of(&paths[member]))
        .filter(|place| place.section.is_some() && !is_variant(place.file))
        .map(|place| place.folder.to_owned())
        .collect();
    members.retain(|&member| {
        let place = Place::of(&paths[member]);
        place.section.is_none()
            || !is_variant(place.file)
            || !full.iter().any(|folder| folder == place.folder)
    });
}

/// A path taken apart.
struct Place<'a> {
    /// Everything before the file, without the last `/`.
    folder: &'a str,
    /// The folder's own name, where it is a part of a diffusers model.
    section: Option<&'a str>,
    file: &'a str,
    /// What the shards of one set have in common.
    set: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let last = folder.rsplit('/').next().unwrap_or_default();
        let section = is_section(last).then_some(last);
        let set = shard(file).map(|shard| shard.set).or_else(|| file.strip_suffix(INDEX));
        Self { folder, section, file, set }
    }

    /// The folder that holds the parts of the diffusers model.
    fn root(&self) -> &'a str {
        let section = self.section.unwrap_or_default();
        self.folder.strip_suffix(section).unwrap_or(self.folder).trim_end_matches('/')
    }

    /// Equal for the files of one model.
    fn key(&self) -> Option<String> {
        let is_weights = self.file.ends_with(SAFETENSORS) || self.file.ends_with(INDEX);
        if self.section.is_some() && is_weights {
            return Some(format!("{}//", self.root()));
        }
        self.set.map(|set| format!("{}/{set}/", self.folder))
    }

    fn model_name(&self) -> String {
        let stem = self.set.unwrap_or_else(|| stem(self.file));
        let folder = if self.section.is_some() { self.root() } else { self.folder };
        let last = folder.rsplit('/').next().unwrap_or_default();
        let in_folder = self.section.is_some() || GENERIC_STEMS.contains(&stem);
        if in_folder && !last.is_empty() { last.to_owned() } else { stem.to_owned() }
    }

    fn name(&self) -> String {
        self.section
            .map_or_else(|| self.file.to_owned(), |section| format!("{section}/{}", self.file))
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
    let mut sets: LiteMap<&str, (u32, Vec<u32>)> = LiteMap::new();
    for shard in files.iter().filter_map(|file| shard(file)) {
        let (count, numbers) = sets.entry(shard.set).or_default();
        *count = shard.count.max(*count);
        numbers.push(shard.number);
    }
    sets.into_iter().find_map(|(set, (count, mut numbers))| {
        numbers.sort_unstable();
        (1..=count)
            .find(|number| numbers.binary_search(number).is_err())
            .map(|number| format!("{set}-{number:05}-of-{count:05}{SAFETENSORS}"))
    })
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
    fn a_diffusers_folder_is_one_model() {
        let paths: Vec<String> = [
            "xl/vae/diffusion_pytorch_model.safetensors",
            "xl/unet/diffusion_pytorch_model.safetensors",
            "xl/unet/diffusion_pytorch_model.fp16.safetensors",
            "xl/text_encoder/model.fp16.safetensors",
        ]
        .map(str::to_owned)
        .into();
        let groups = group(&paths);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].name, "xl");
        assert_eq!(groups[0].members, [3, 1, 0]);
        assert_eq!(groups[0].files[1], "unet/diffusion_pytorch_model.safetensors");
    }

    #[test]
    fn missing_shard_is_named() {
        let files = ["m-00001-of-00003.safetensors", "m-00003-of-00003.safetensors"];
        assert_eq!(missing_shard(&files).as_deref(), Some("m-00002-of-00003.safetensors"));
        assert_eq!(missing_shard(&["m.safetensors"]), None);
        assert_eq!(missing_shard(&["m-1-of-3.safetensors"]), None);
    }
}
