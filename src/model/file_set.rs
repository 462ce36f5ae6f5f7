//! Sets of files that hold one copy of some weights: a single file, the shards of one numbering,
//! or what an index names.

use litemap::LiteMap;

use super::file_name::{FileKind, Shard, WeightsName};
use super::index::ShardIndex;
use crate::sorted::{self, sort_by};

/// A path taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Everything before the file, without the last `/`.
    pub folder: &'a str,
    pub file: &'a str,
    pub kind: FileKind<'a>,
}

impl<'a> Place<'a> {
    /// `in_part` says whether the folder is a part of a diffusers model.
    pub(super) fn of(path: &'a str, in_part: bool) -> Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        Self { folder, file, kind: FileKind::of(file, in_part) }
    }
}

/// Files that hold one copy of some weights.
#[derive(Debug, Clone)]
pub(super) struct FileSet<'a> {
    /// Folder of the index, or of the files.
    pub folder: &'a str,
    pub stem: &'a str,
    pub variant: Option<&'a str>,
    /// Positions of the files, by path.
    pub files: Vec<usize>,
    /// Position of the index.
    pub index: Option<usize>,
}

/// Contents of the index files, by position.
pub type Indices = LiteMap<usize, ShardIndex>;

/// All sets among the files at `places`, and the index files that name nothing that is there, or
/// what another index names. An index whose content is not known stands for the files of its name.
/// Of indices that share files, the one at `preferred` has them, else that of the usual name.
pub(super) fn file_sets<'a>(
    paths: &'a [String],
    places: &[Place<'a>],
    indices: &Indices,
    preferred: Option<usize>,
) -> (Vec<FileSet<'a>>, Vec<usize>) {
    let by_path = sorted::first((0..paths.len()).map(|at| (paths[at].as_str(), at)).collect());
    let mut taken = vec![false; paths.len()];
    let mut named: Vec<(usize, WeightsName<'a>)> = Vec::new();
    for (at, place) in places.iter().enumerate() {
        if let FileKind::Index(name) = place.kind {
            named.push((at, name));
        }
    }
    let rank = |(at, name): &(usize, WeightsName<'_>)| {
        (preferred != Some(*at), !name.is_library(), name.variant.is_some(), &paths[*at])
    };
    sort_by(&mut named, |a, b| rank(a).cmp(&rank(b)));
    let (mut sets, mut stale) = (Vec::new(), Vec::new());
    for (at, WeightsName { stem, variant, .. }) in named {
        let folder = places[at].folder;
        let files: Vec<usize> = match indices.get(&at) {
            Some(index) => {
                let is_weights = |at: &usize| matches!(places[*at].kind, FileKind::Weights(_));
                let there = |file: &&str| {
                    by_path.get(join(folder, file).as_str()).copied().filter(is_weights)
                };
                index.files().iter().filter_map(there).collect()
            }
            None => (0..places.len())
                .filter(|file| {
                    places[*file].folder == folder
                        && matches!(places[*file].kind, FileKind::Weights(name)
                            if name.stem == stem && name.variant == variant)
                })
                .collect(),
        };
        if files.is_empty() || files.iter().any(|file| taken[*file]) {
            stale.push(at);
            continue;
        }
        for file in &files {
            taken[*file] = true;
        }
        sets.push(FileSet { folder, stem, variant, files, index: Some(at) });
    }
    sets.extend(numbered_or_single(places, &taken));
    for set in &mut sets {
        sort_by(&mut set.files, |a, b| paths[*a].cmp(&paths[*b]));
    }
    let first = |set: &FileSet<'_>| &paths[set.files[0]];
    sort_by(&mut sets, |a, b| first(a).cmp(first(b)));
    (sets, stale)
}

/// Sets of the files that no index names.
fn numbered_or_single<'a>(places: &[Place<'a>], taken: &[bool]) -> Vec<FileSet<'a>> {
    let mut slots: LiteMap<(&str, &str, &str), usize> = LiteMap::new();
    let mut sets: Vec<FileSet<'a>> = Vec::new();
    for (at, place) in places.iter().enumerate() {
        let FileKind::Weights(WeightsName { stem, variant, shard }) = place.kind else { continue };
        if taken[at] {
            continue;
        }
        let next = sets.len();
        let slot = match shard {
            Some(Shard { prefix, suffix, .. }) => {
                *slots.entry((place.folder, prefix, suffix)).or_insert(next)
            }
            None => next,
        };
        if slot == next {
            let (folder, files) = (place.folder, Vec::new());
            sets.push(FileSet { folder, stem, variant, files, index: None });
        }
        sets[slot].files.push(at);
    }
    sets
}

/// The path of `file`, as an index in `folder` names it.
fn join(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { [folder, "/", file].concat() }
}

/// The numbered shards that `files` should hold and do not: the first one's name, and how many.
pub(super) fn missing_shards(files: &[&str]) -> Option<(String, u64)> {
    let mut shards: Vec<(Shard<'_>, &str)> = Vec::new();
    for path in files {
        let (folder, file) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
        if let FileKind::Weights(WeightsName { shard: Some(shard), .. }) = FileKind::of(file, false)
        {
            shards.push((shard, folder));
        }
    }
    sort_by(&mut shards, |a, b| set(a).cmp(&set(b)).then_with(|| a.0.number.cmp(&b.0.number)));
    shards.chunk_by(|a, b| set(a) == set(b)).find_map(|shards| {
        let (Shard { prefix, suffix, count, .. }, folder) = shards[0];
        let numbers = || shards.iter().map(|(shard, _)| shard.number);
        // some count from 0, and of these some to the very number
        let start = u32::from(numbers().next() != Some(0));
        let end =
            if start == 0 && !numbers().any(|number| number == count) { count - 1 } else { count };
        let mut present: Vec<u32> = numbers().collect();
        present.dedup();
        let missing = u64::from(end - start) + 1 - present.len() as u64;
        let number = (start..=end).zip(present.iter().map(Some).chain(std::iter::repeat(None)));
        let mut number = number.skip_while(|(want, there)| *there == Some(want));
        let (first, _) = number.next().filter(|_| missing > 0)?;
        let digits = shards[0].0.digits;
        let width = if digits.starts_with('0') { digits.len() } else { 1 };
        Some((format!("{folder}{prefix}{first:0width$}{suffix}"), missing))
    })
}

/// What the shards of one set have in common.
fn set<'a>((shard, folder): &(Shard<'a>, &'a str)) -> (&'a str, &'a str, &'a str) {
    (folder, shard.prefix, shard.suffix)
}

#[cfg(test)]
mod tests {
    use super::missing_shards;

    #[test]
    fn missing_shards_are_named_and_counted() {
        let missing = |files: &[&str]| {
            missing_shards(files)
                .map(|(first, count)| (first.trim_end_matches(".safetensors").to_owned(), count))
        };
        let some = |first: &str, count| Some((first.to_owned(), count));
        for (files, want) in [
            (
                &["m-00001-of-00003.safetensors", "m-00003-of-00003.safetensors"][..],
                some("m-00002-of-00003", 1),
            ),
            (&["m-00003-of-00003.safetensors"], some("m-00001-of-00003", 2)),
            (&["m-2-of-61.safetensors"], some("m-1-of-61", 60)),
            (&["m-00001-of-000163.safetensors"], some("m-00002-of-000163", 162)),
            (&["m-1-of-2.safetensors", "m-2-of-2.safetensors"], None),
            (&["m-0-of-2.safetensors", "m-1-of-2.safetensors"], None),
            (&["m-0-of-2.safetensors", "m-1-of-2.safetensors", "m-2-of-2.safetensors"], None),
            (&["m-0-of-3.safetensors", "m-2-of-3.safetensors"], some("m-1-of-3", 1)),
            (&["m-0-of-3.safetensors", "m-3-of-3.safetensors"], some("m-1-of-3", 2)),
            (&["u/m-1-of-2.safetensors", "t/m-2-of-2.safetensors"], some("t/m-1-of-2", 1)),
            (&["m.safetensors"], None),
            (&["m-1-of-4294967295.safetensors"], some("m-2-of-4294967295", 4_294_967_294)),
        ] {
            assert_eq!(missing(files), want, "{files:?}");
        }
    }
}
