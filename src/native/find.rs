//! Which files on disk make a model.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::identify::FILE_NAME;
use crate::model::{
    FINGERPRINT_SUFFIX, Group, Indices, NotRead, OpenError, ShardIndex, deciding_files, group,
    group_around, read_indices,
};

/// Folder of a repository in the hub's cache.
const HUB: &str = "models--";

/// The files of a model, and what lies beside them.
#[derive(Debug, Clone)]
pub struct Found {
    /// What belongs to it.
    pub group: Group,
    /// Paths of its members.
    pub paths: Vec<PathBuf>,
    /// The path that stands for it.
    pub path: PathBuf,
}

/// Models in a folder, and what belongs to none of them.
#[derive(Debug, Clone)]
pub struct FoundAll {
    /// The models.
    pub models: Vec<Found>,
    /// What belongs to none of them, by path from the folder.
    pub not_read: Vec<NotRead>,
}

/// The model files that `path` stands for: itself, its fellow shards, or the one model of a folder
/// (a diffusers folder is one model). Of variants, `variant` is read where it is there.
///
/// # Errors
/// When the path does not exist, or a folder holds no model or more than one, or its model comes
/// in variants of which none is `variant`.
pub fn find(path: &Path, variant: Option<&str>) -> Result<Found, OpenError> {
    if !fs::metadata(path).map_err(|error| read_error(path, &error))?.is_dir() {
        return find_around(path);
    }
    let folder = snapshot(path).unwrap_or_else(|| path.to_owned());
    let listed = Listed::below(&folder, usize::MAX)?;
    let grouping = group(&listed.names, &listed.indices(), variant);
    match grouping.only_model(&listed.root) {
        Ok(chosen) => {
            let group = grouping.model_of(&listed.names, &listed.root, chosen);
            group.check_variant(variant)?;
            Ok(listed.found(group))
        }
        Err(several) if several.is_empty() => {
            Err(OpenError::NoFiles { model: path.display().to_string() })
        }
        Err(several) => {
            let path_of = |at: &usize| listed.path_of(&grouping.models[*at]).display().to_string();
            Err(OpenError::SeveralModels {
                folder: path.display().to_string(),
                models: several.iter().map(path_of).collect(),
            })
        }
    }
}

/// All models in `folder` and in the folders below it, fingerprints left out, by path.
///
/// # Errors
/// When the folder cannot be read.
pub fn find_all(folder: &Path, variant: Option<&str>) -> Result<FoundAll, OpenError> {
    let folder = snapshot(folder).unwrap_or_else(|| folder.to_owned());
    let listed = Listed::below(&folder, usize::MAX)?;
    let grouping = group(&listed.names, &listed.indices(), variant);
    let models = grouping.models.into_iter().filter(|group| !group.is_fingerprint);
    let mut models: Vec<Found> = models.map(|group| listed.found(group)).collect();
    models.sort_by(|a, b| a.path.cmp(&b.path));
    let mut not_read = grouping.not_read;
    for entry in &mut not_read {
        entry.file = inside(&entry.file, &listed.root).to_owned();
    }
    Ok(FoundAll { models, not_read })
}

/// The fingerprints in `folder` and in the folders below it, by path.
///
/// # Errors
/// When the folder cannot be read.
pub fn find_fingerprints(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Listed::below(folder, usize::MAX)?.paths;
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(FINGERPRINT_SUFFIX) && name != FILE_NAME
    });
    found.sort();
    Ok(found)
}

/// The file at `path` with its fellow shards.
fn find_around(path: &Path) -> Result<Found, OpenError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut listed = Listed::below(folder, 1)?;
    let name = join(&listed.root, &path.file_name().unwrap_or_default().to_string_lossy());
    let Some(mut at) = listed.paths.iter().position(|file| file == path) else {
        let listed = Listed { names: vec![name], paths: vec![path.to_owned()], ..listed };
        let group = group_around(&listed.names, &listed.indices(), 0);
        return Ok(listed.found(group));
    };
    if !deciding_files(&listed.names).is_empty() {
        // an index may name files in folders below
        listed = Listed::below(folder, usize::MAX)?;
        at = listed.paths.iter().position(|file| file == path).unwrap_or(at);
    }
    let indices = listed.indices();
    // the folders beside it tell whether its own is a part of a diffusers model
    let parent = Path::new(&listed.root).parent().filter(|_| !listed.root.is_empty());
    if let Some(beside) = parent.and_then(|parent| Listed::below(parent, 2).ok()) {
        for (name, path) in beside.names.into_iter().zip(beside.paths) {
            if inside(&name, &listed.root) == name {
                listed.names.push(name);
                listed.paths.push(path);
            }
        }
    }
    let group = group_around(&listed.names, &indices, at);
    Ok(listed.found(group))
}

/// Files of a folder, by path.
struct Listed {
    /// The folder as the user wrote it.
    folder: PathBuf,
    /// The folder as the system calls it, with `/` between the parts.
    root: String,
    /// Paths of the files as [`group`] takes them.
    names: Vec<String>,
    /// Where they are.
    paths: Vec<PathBuf>,
}

impl Listed {
    fn below(folder: &Path, depth: usize) -> Result<Self, OpenError> {
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // what a folder cannot be read for is said; what lies deeper may well be closed to the user
        fs::read_dir(listed).map_err(|error| read_error(listed, &error))?;
        let root = listed.canonicalize().map_err(|error| read_error(listed, &error))?;
        let root = root.to_string_lossy().replace('\\', "/");
        let (mut names, mut paths) = (Vec::new(), Vec::new());
        // links are followed, and one that leads back up is not
        let walk = WalkDir::new(listed).min_depth(1).max_depth(depth).follow_links(true);
        let walk = walk.sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !is_storage(entry.path())) {
            let path = match entry {
                Ok(entry) if entry.file_type().is_dir() => continue,
                Ok(entry) => entry.into_path(),
                // a link to what is gone is a file that cannot be read, and whoever reads it says so
                Err(error) => match error.path() {
                    Some(path) if error.loop_ancestor().is_none() => path.to_owned(),
                    _ => continue,
                },
            };
            let within = path.strip_prefix(listed).unwrap_or(&path);
            names.push(join(&root, &relative_name(listed, &path)));
            paths.push(folder.join(within));
        }
        Ok(Self { folder: folder.to_owned(), root, names, paths })
    }

    /// What its index files say.
    fn indices(&self) -> Indices {
        let read = |at: usize| {
            let bytes = fs::metadata(&self.paths[at]).ok()?.len();
            ShardIndex::check_size(&self.names[at], bytes).ok()?;
            Some((at, fs::read(&self.paths[at]).ok()?))
        };
        read_indices(deciding_files(&self.names).into_iter().filter_map(read).collect())
    }

    fn found(&self, group: Group) -> Found {
        let paths = group.members.iter().map(|member| self.paths[*member].clone()).collect();
        Found { path: self.path_of(&group), paths, group }
    }

    /// The path that stands for a model, as the user would write it.
    fn path_of(&self, group: &Group) -> PathBuf {
        match inside(&group.path, &self.root) {
            path if path == group.path && path != self.root => PathBuf::from(path),
            path if path == self.root => self.folder.clone(),
            path => self.folder.join(path),
        }
    }
}

/// Whether `path` is a folder of the hub's cache that is reached through the links of snapshots.
fn is_storage(path: &Path) -> bool {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    ["blobs", "refs", ".no_exist"].contains(&name(path).as_str())
        && path.parent().is_some_and(|parent| name(parent).starts_with(HUB))
}

/// The one snapshot that the folder of a repository in the hub's cache stands for: that of the main
/// branch, or the only one.
fn snapshot(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    real.file_name()?.to_str()?.starts_with(HUB).then_some(())?;
    let snapshots = folder.join("snapshots");
    if let Ok(main) = fs::read_to_string(folder.join("refs").join("main")) {
        let snapshot = snapshots.join(main.trim());
        if snapshot.is_dir() {
            return Some(snapshot);
        }
    }
    let mut found = fs::read_dir(&snapshots).ok()?.filter_map(Result::ok);
    let only = found.next()?.path();
    found.next().is_none().then_some(only)
}

fn join(folder: &str, file: &str) -> String {
    format!("{}/{file}", folder.trim_end_matches('/'))
}

/// `name` from `root`, or as it is where it lies elsewhere.
fn inside<'a>(name: &'a str, root: &str) -> &'a str {
    name.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

/// The path of `file` from `folder`, with `/` between the parts on any system.
pub(super) fn relative_name(folder: &Path, file: &Path) -> String {
    let parts = file.strip_prefix(folder).unwrap_or(file).components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

pub(super) fn read_error(path: &Path, error: &std::io::Error) -> OpenError {
    OpenError::Read { file: path.display().to_string(), message: error.to_string() }
}
